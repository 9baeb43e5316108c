// Proofs from outside: as text, against sizes and roots of the input's choice, and good ones with
// one thing changed.
//
// Nothing may crash. What parses prints as it was; a made proof shows what it was made for, and
// shows nothing once it is changed.

#include "theater/log/merkle/proof.h"

#include "theater/base/check.h"
#include "theater/log/merkle/tree.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace {

using theater::ByteView;
using theater::Hash;
using theater::Result;
using namespace theater::log;  // The subject of this file.

constexpr uint64_t kLeavesMax = 300;

// Takes numbers and hashes from the input; zeros when it is used up.
class Source {
 public:
  explicit Source(ByteView input) : rest_(input) {}

  bool at_end() const { return rest_.empty(); }

  template <class T>
  T take() {
    T value{};
    size_t count = std::min(sizeof value, rest_.size());
    std::memcpy(&value, rest_.data(), count);
    rest_ = rest_.subspan(count);
    return value;
  }

 private:
  ByteView rest_;
};

void read_as_text(std::string_view text) {
  Result<std::vector<Hash>> proof = parse_proof(text);
  if (!proof) return;
  THEATER_CHECK(proof->size() <= kProofHashesMax);
  THEATER_CHECK(proof_text(*proof) == text);
}

void check_any(ByteView input) {
  Source source(input);
  auto first = source.take<uint64_t>();
  auto size = source.take<uint64_t>();
  Hash leaf{source.take<decltype(Hash::bytes)>()};
  Hash root{source.take<decltype(Hash::bytes)>()};
  std::vector<Hash> proof;
  while (!source.at_end())
    proof.push_back(Hash{source.take<decltype(Hash::bytes)>()});
  bool is_in = verify_inclusion(leaf, first, size, proof, root).has_value();
  THEATER_CHECK(!is_in || (first < size && proof.size() <= 64));
  bool goes_on = verify_consistency(first, leaf, size, root, proof).has_value();
  THEATER_CHECK(!goes_on || (first > 0 && first <= size && proof.size() <= kProofHashesMax));
}

// A tree whose leaves are all different, with the roots of all smaller ones.
struct Trees {
  std::vector<Hash> leaves;
  std::vector<Hash> roots;

  Trees() {
    Tree tree;
    roots.push_back(tree.root());
    for (uint64_t i = 0; i < kLeavesMax; ++i) {
      uint8_t bytes[] = {static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)};
      leaves.push_back(theater::leaf_hash(bytes));
      tree.append(leaves.back());
      roots.push_back(tree.root());
    }
  }

  Result<Hash> subtree(unsigned level, uint64_t index) const {
    uint64_t width = uint64_t{1} << level;
    THEATER_CHECK((index + 1) * width <= leaves.size(), "subtree {} of level {}", index, level);
    Tree tree;
    for (const Hash& leaf : std::span(leaves).subspan(index * width, width))
      tree.append(leaf);
    return tree.root();
  }
};

// Changes one thing, and says whether anything is different then.
bool change(std::vector<Hash>& proof, Source& source) {
  std::vector<Hash> before = proof;
  auto how = source.take<uint8_t>();
  auto at = source.take<uint8_t>();
  if (proof.empty() || how % 4 == 0) {
    proof.insert(proof.begin() + at % static_cast<ptrdiff_t>(proof.size() + 1),
                 Hash{source.take<decltype(Hash::bytes)>()});
  } else if (how % 4 == 1) {
    proof.erase(proof.begin() + at % static_cast<ptrdiff_t>(proof.size()));
  } else if (how % 4 == 2) {
    std::swap(proof[at % proof.size()], proof[source.take<uint8_t>() % proof.size()]);
  } else {
    proof[at % proof.size()].bytes[source.take<uint8_t>() % Hash::kSize] ^= source.take<uint8_t>();
  }
  return proof != before;
}

void check_made(ByteView input) {
  static const Trees trees;
  Source source(input);
  uint64_t size = 1 + source.take<uint16_t>() % kLeavesMax;
  uint64_t index = source.take<uint16_t>() % size;
  uint64_t old_size = index + 1;
  uint64_t other = source.take<uint16_t>() % (2 * kLeavesMax);
  const Hash& leaf = trees.leaves[index];
  const Hash& root = trees.roots[size];
  const Hash& old_root = trees.roots[old_size];
  SubtreeHash hashes = [](unsigned level, uint64_t i) { return trees.subtree(level, i); };

  std::vector<Hash> inclusion = inclusion_proof(index, size, hashes).value();
  std::vector<Hash> consistency = consistency_proof(old_size, size, hashes).value();
  THEATER_CHECK(verify_inclusion(leaf, index, size, inclusion, root).has_value());
  THEATER_CHECK(verify_consistency(old_size, old_root, size, root, consistency).has_value());
  THEATER_CHECK(other == index || !verify_inclusion(leaf, other, size, inclusion, root));
  THEATER_CHECK(other == old_size || !verify_consistency(other, old_root, size, root, consistency));

  Source changes = source;
  if (change(inclusion, changes))
    THEATER_CHECK(!verify_inclusion(leaf, index, size, inclusion, root));
  if (change(consistency, source))
    THEATER_CHECK(!verify_consistency(old_size, old_root, size, root, consistency));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView input(data, size);
  read_as_text(theater::as_text(input));
  check_any(input);
  check_made(input);
  return 0;
}
