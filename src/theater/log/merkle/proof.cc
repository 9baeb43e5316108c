#include "theater/log/merkle/proof.h"

#include "theater/log/merkle/tree.h"
#include "theater/wit/base64.h"

#include <algorithm>
#include <bit>

namespace theater::log {

namespace {

// The root over leaves [begin, end), where `begin` is a multiple of the least power of two that the
// range fits in: such a range falls into perfect subtrees as a whole tree does.
Result<Hash> range_root(uint64_t begin, uint64_t end, const SubtreeHash& hashes) {
  std::vector<Hash> peaks;
  for (uint64_t at = begin; at < end;) {
    auto level = static_cast<unsigned>(std::bit_width(end - at)) - 1;
    peaks.push_back(THEATER_TRY(hashes(level, at >> level)));
    at += uint64_t{1} << level;
  }
  return Tree(end - begin, std::move(peaks)).root();
}

// Shifts both until the first is odd or zero.
void shift_to_odd(uint64_t& first, uint64_t& second) {
  while ((first & 1) == 0 && first != 0) {
    first >>= 1;
    second >>= 1;
  }
}

Failure not_shown(std::string_view what) {
  return fail(ErrorCode::kCorrupt, "the proof does not show that {}", what);
}

}  // namespace

// PATH of RFC 6962 section 2.1.1, from the root downwards.
Result<std::vector<Hash>> inclusion_proof(uint64_t index, uint64_t size,
                                          const SubtreeHash& hashes) {
  if (index >= size) {
    return fail(ErrorCode::kInvalidArgument, "leaf {} is not in a tree of {} leaves", index, size);
  }
  std::vector<Hash> proof;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    uint64_t middle = begin + std::bit_floor(end - begin - 1);
    bool is_left = index < middle;
    proof.push_back(
        THEATER_TRY(is_left ? range_root(middle, end, hashes) : range_root(begin, middle, hashes)));
    (is_left ? end : begin) = middle;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

// SUBPROOF of RFC 6962 section 2.1.2, from the root downwards.
Result<std::vector<Hash>> consistency_proof(uint64_t old_size, uint64_t size,
                                            const SubtreeHash& hashes) {
  if (old_size == 0 || old_size > size) {
    return fail(ErrorCode::kInvalidArgument,
                "a tree of {} leaves has no proof from one of {} leaves", size, old_size);
  }
  std::vector<Hash> proof;
  uint64_t begin = 0;
  uint64_t end = size;
  while (old_size != end) {
    uint64_t middle = begin + std::bit_floor(end - begin - 1);
    bool is_left = old_size <= middle;
    proof.push_back(
        THEATER_TRY(is_left ? range_root(middle, end, hashes) : range_root(begin, middle, hashes)));
    (is_left ? end : begin) = middle;
  }
  // A verifier of the proof has the root of the old tree, but of no part of it.
  if (begin != 0) proof.push_back(THEATER_TRY(range_root(begin, end, hashes)));
  std::reverse(proof.begin(), proof.end());
  return proof;
}

// RFC 9162 section 2.1.3.2, with its names fn and sn written out.
Result<void> verify_inclusion(const Hash& leaf, uint64_t index, uint64_t size,
                              std::span<const Hash> proof, const Hash& root) {
  if (index >= size) {
    return fail(ErrorCode::kCorrupt, "leaf {} is not in a tree of {} leaves", index, size);
  }
  uint64_t first = index;
  uint64_t second = size - 1;
  Hash hash = leaf;
  for (const Hash& other : proof) {
    if (second == 0) return not_shown("the leaf is in the tree: it has hashes left over");
    if ((first & 1) != 0 || first == second) {
      hash = node_hash(other, hash);
      shift_to_odd(first, second);
    } else {
      hash = node_hash(hash, other);
    }
    first >>= 1;
    second >>= 1;
  }
  if (second != 0) return not_shown("the leaf is in the tree: it has too few hashes");
  if (hash != root) return not_shown("the leaf is in the tree: it comes to another root");
  return {};
}

// RFC 9162 section 2.1.4.2.
Result<void> verify_consistency(uint64_t old_size, const Hash& old_root, uint64_t size,
                                const Hash& root, std::span<const Hash> proof) {
  if (old_size == 0 || old_size > size) {
    return fail(ErrorCode::kCorrupt, "a tree of {} leaves cannot continue one of {}", size,
                old_size);
  }
  if (old_size == size) {
    if (proof.empty() && old_root == root) return {};
    return not_shown("the trees are the same: their roots differ, or it is not empty");
  }
  uint64_t first = old_size - 1;
  uint64_t second = size - 1;
  while ((first & 1) != 0) {
    first >>= 1;
    second >>= 1;
  }
  // An old tree that is one perfect subtree is where the way begins, and not in the proof.
  Hash start = old_root;
  if (!std::has_single_bit(old_size)) {
    if (proof.empty()) return not_shown("the tree continues the old one: it is empty");
    start = proof.front();
    proof = proof.subspan(1);
  }
  Hash old_hash = start;
  Hash hash = start;
  for (const Hash& other : proof) {
    if (second == 0) return not_shown("the tree continues the old one: it has hashes left over");
    if ((first & 1) != 0 || first == second) {
      old_hash = node_hash(other, old_hash);
      hash = node_hash(other, hash);
      shift_to_odd(first, second);
    } else {
      hash = node_hash(hash, other);
    }
    first >>= 1;
    second >>= 1;
  }
  if (second != 0) return not_shown("the tree continues the old one: it has too few hashes");
  if (old_hash != old_root) {
    return not_shown("the tree continues the old one: it comes to another old root");
  }
  if (hash != root) {
    return not_shown("the tree continues the old one: it comes to another new root");
  }
  return {};
}

std::string proof_text(std::span<const Hash> proof) {
  std::string text;
  for (const Hash& hash : proof)
    text += wit::to_base64(hash.view()) + "\n";
  return text;
}

Result<std::vector<Hash>> parse_proof(std::string_view text) {
  std::vector<Hash> proof;
  while (!text.empty()) {
    size_t number = proof.size() + 1;
    if (number > kProofHashesMax) {
      return fail(ErrorCode::kInvalidArgument, "a proof has at most {} lines, this has more",
                  kProofHashesMax);
    }
    size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return fail(ErrorCode::kInvalidArgument,
                  "line {} of the proof does not end with a newline: is it all of it?", number);
    }
    Bytes bytes =
        THEATER_TRY_CONTEXT(wit::from_base64(text.substr(0, end)), "line {} of the proof", number);
    proof.push_back(THEATER_TRY_CONTEXT(Hash::from_bytes(bytes), "line {} of the proof", number));
    text.remove_prefix(end + 1);
  }
  return proof;
}

}  // namespace theater::log
