#include "theater/log/merkle/proof.h"

#include "theater/base/testing/temporary_folder.h"
#include "theater/log/merkle/tiles.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/testing/sample_leaves.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <stdlib.h>

#include <bit>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace theater::log::proof_test {

using Leaves = std::vector<Hash>;

Hash root_of(std::span<const Hash> leaves) {
  Tree tree;
  for (const Hash& leaf : leaves)
    tree.append(leaf);
  return tree.root();
}

SubtreeHash hashes_of(const Leaves& leaves) {
  return [&leaves](unsigned level, uint64_t index) -> Result<Hash> {
    uint64_t width = uint64_t{1} << level;
    EXPECT_LE((index + 1) * width, leaves.size());
    return root_of(std::span(leaves).subspan(index * width, width));
  };
}

// PATH(m, D[n]) of RFC 6962 section 2.1.1, word for word.
std::vector<Hash> defined_path(size_t m, std::span<const Hash> d) {
  if (d.size() == 1) return {};
  size_t k = std::bit_floor(d.size() - 1);
  bool is_left = m < k;
  std::vector<Hash> path =
      is_left ? defined_path(m, d.first(k)) : defined_path(m - k, d.subspan(k));
  path.push_back(root_of(is_left ? d.subspan(k) : d.first(k)));
  return path;
}

// SUBPROOF(m, D[n], b) of section 2.1.2, word for word.
std::vector<Hash> defined_subproof(size_t m, std::span<const Hash> d, bool b) {
  if (m == d.size()) return b ? std::vector<Hash>{} : std::vector<Hash>{root_of(d)};
  size_t k = std::bit_floor(d.size() - 1);
  bool is_left = m <= k;
  std::vector<Hash> proof =
      is_left ? defined_subproof(m, d.first(k), b) : defined_subproof(m - k, d.subspan(k), false);
  proof.push_back(root_of(is_left ? d.subspan(k) : d.first(k)));
  return proof;
}

void flip(Hash& hash, size_t bit) {
  hash.bytes[bit / 8 % Hash::kSize] ^= static_cast<uint8_t>(1U << (bit % 8));
}

// Calls `check` with each proof that one change makes of a good one: a hash changed, left out,
// doubled, or two in another order.
template <class Check>
void for_each_change(const std::vector<Hash>& good, const Check& check) {
  for (size_t i = 0; i < good.size(); ++i) {
    std::vector<Hash> changed = good;
    flip(changed[i], 31 * i);
    check(changed);
    changed = good;
    changed.erase(changed.begin() + static_cast<ptrdiff_t>(i));
    check(changed);
    changed = good;
    changed.insert(changed.begin() + static_cast<ptrdiff_t>(i), good[i]);
    check(changed);
    if (i == 0) continue;
    changed = good;
    std::swap(changed[i - 1], changed[i]);
    check(changed);
  }
  std::vector<Hash> longer = good;
  longer.emplace_back();
  check(longer);
}

void expect_refused(const Result<void>& result) {
  ASSERT_FALSE(result);
  ASSERT_EQ(result.error().code(), ErrorCode::kCorrupt);
}

TEST(InclusionProof, IsThatOfTheDefinitionForAllUpTo64) {
  for (size_t size = 1; size <= 64; ++size) {
    Leaves leaves = sample_leaves(size);
    Hash root = root_of(leaves);
    for (size_t index = 0; index < size; ++index) {
      std::vector<Hash> proof = inclusion_proof(index, size, hashes_of(leaves)).value();
      ASSERT_EQ(proof, defined_path(index, leaves));
      ASSERT_TRUE(verify_inclusion(leaves[index], index, size, proof, root));
    }
  }
}

TEST(InclusionProof, IsRefusedForAnyOtherLeafIndexOrRoot) {
  for (size_t size = 1; size <= 64; ++size) {
    Leaves leaves = sample_leaves(size);
    Hash root = root_of(leaves);
    for (size_t index = 0; index < size; ++index) {
      std::vector<Hash> proof = inclusion_proof(index, size, hashes_of(leaves)).value();
      for (size_t other = 0; other < size + 2; ++other) {
        if (other == index) continue;
        expect_refused(verify_inclusion(leaves[index], other, size, proof, root));
        if (other < size) expect_refused(verify_inclusion(leaves[other], index, size, proof, root));
      }
      expect_refused(verify_inclusion(leaves[index], index, 0, proof, root));
      Hash other_root = root;
      flip(other_root, index);
      expect_refused(verify_inclusion(leaves[index], index, size, proof, other_root));
    }
  }
}

TEST(InclusionProof, IsRefusedForATreeOfAnotherSize) {
  Leaves leaves = sample_leaves(64);
  for (size_t size = 1; size <= 64; ++size) {
    for (size_t index = 0; index < size; ++index) {
      std::vector<Hash> proof = inclusion_proof(index, size, hashes_of(leaves)).value();
      for (size_t other = 0; other <= 64; ++other) {
        if (other == size) continue;
        Hash root = root_of(std::span(leaves).first(other));
        expect_refused(verify_inclusion(leaves[index], index, other, proof, root));
      }
    }
  }
}

TEST(InclusionProof, IsRefusedIfAnyOfItChanges) {
  for (size_t size = 1; size <= 40; ++size) {
    Leaves leaves = sample_leaves(size);
    Hash root = root_of(leaves);
    for (size_t index = 0; index < size; ++index) {
      std::vector<Hash> good = inclusion_proof(index, size, hashes_of(leaves)).value();
      for_each_change(good, [&](const std::vector<Hash>& proof) {
        expect_refused(verify_inclusion(leaves[index], index, size, proof, root));
      });
    }
  }
}

TEST(ConsistencyProof, IsThatOfTheDefinitionForAllUpTo64) {
  Leaves leaves = sample_leaves(64);
  for (size_t size = 1; size <= 64; ++size) {
    std::span<const Hash> all = std::span(leaves).first(size);
    for (size_t old_size = 1; old_size <= size; ++old_size) {
      std::vector<Hash> proof = consistency_proof(old_size, size, hashes_of(leaves)).value();
      ASSERT_EQ(proof, defined_subproof(old_size, all, true));
      ASSERT_TRUE(
          verify_consistency(old_size, root_of(all.first(old_size)), size, root_of(all), proof));
    }
  }
}

TEST(ConsistencyProof, IsRefusedForAnyOtherSizeOrRoot) {
  Leaves leaves = sample_leaves(40);
  std::vector<Hash> roots;
  for (size_t size = 0; size <= 40; ++size)
    roots.push_back(root_of(std::span(leaves).first(size)));
  for (size_t size = 1; size <= 40; ++size) {
    for (size_t old_size = 1; old_size <= size; ++old_size) {
      std::vector<Hash> proof = consistency_proof(old_size, size, hashes_of(leaves)).value();
      for (size_t other = 0; other <= 40; ++other) {
        if (other != old_size) {
          expect_refused(verify_consistency(other, roots[old_size], size, roots[size], proof));
          expect_refused(verify_consistency(old_size, roots[other], size, roots[size], proof));
          expect_refused(verify_consistency(other, roots[other], size, roots[size], proof));
        }
        if (other == size) continue;
        expect_refused(verify_consistency(old_size, roots[old_size], size, roots[other], proof));
        expect_refused(verify_consistency(old_size, roots[old_size], other, roots[other], proof));
      }
    }
  }
}

TEST(ConsistencyProof, IsRefusedIfAnyOfItChanges) {
  Leaves leaves = sample_leaves(40);
  for (size_t size = 1; size <= 40; ++size) {
    Hash root = root_of(std::span(leaves).first(size));
    for (size_t old_size = 1; old_size <= size; ++old_size) {
      Hash old_root = root_of(std::span(leaves).first(old_size));
      std::vector<Hash> good = consistency_proof(old_size, size, hashes_of(leaves)).value();
      for_each_change(good, [&](const std::vector<Hash>& proof) {
        expect_refused(verify_consistency(old_size, old_root, size, root, proof));
      });
    }
  }
}

// Each of these roots is what the hashes come to, but of a tree with more levels than the size has.
TEST(Proof, IsRefusedIfItGoesOnAboveTheRoot) {
  Leaves leaves = sample_leaves(4);
  Hash pair = node_hash(leaves[0], leaves[1]);
  Hash above = node_hash(leaves[3], pair);
  expect_refused(verify_inclusion(leaves[1], 0, 1, std::vector{leaves[0]}, pair));
  expect_refused(verify_inclusion(leaves[1], 1, 2, std::vector{leaves[0], leaves[3]}, above));
  Hash three = node_hash(pair, leaves[2]);
  expect_refused(verify_consistency(2, pair, 3, node_hash(three, leaves[3]),
                                    std::vector{leaves[2], leaves[3]}));
  expect_refused(
      verify_consistency(3, node_hash(leaves[3], three), 4,
                         node_hash(leaves[3], node_hash(pair, node_hash(leaves[2], leaves[3]))),
                         std::vector{leaves[2], leaves[3], pair, leaves[3]}));
}

TEST(Proof, IsNotMadeOfWhatIsNotThere) {
  Leaves leaves = sample_leaves(8);
  auto expect_invalid = [](const Result<std::vector<Hash>>& proof) {
    ASSERT_FALSE(proof);
    EXPECT_EQ(proof.error().code(), ErrorCode::kInvalidArgument);
  };
  expect_invalid(inclusion_proof(8, 8, hashes_of(leaves)));
  expect_invalid(inclusion_proof(0, 0, hashes_of(leaves)));
  expect_invalid(consistency_proof(0, 8, hashes_of(leaves)));
  expect_invalid(consistency_proof(9, 8, hashes_of(leaves)));
}

TEST(Proof, FailsAsItsHashesDo) {
  SubtreeHash none = [](unsigned, uint64_t) -> Result<Hash> {
    return fail(ErrorCode::kNotFound, "no such tile");
  };
  EXPECT_EQ(inclusion_proof(1, 8, none).error().message(), "no such tile");
  EXPECT_EQ(consistency_proof(3, 8, none).error().message(), "no such tile");
  EXPECT_EQ(consistency_proof(8, 8, none).value().size(), 0u);
}

// All subtrees of a level are alike when all leaves are, so that the largest trees need no memory.
TEST(Proof, ReachesTheLargestTree) {
  std::vector<Hash> levels{Hash{}};
  while (levels.size() < 64)
    levels.push_back(node_hash(levels.back(), levels.back()));
  SubtreeHash hashes = [&](unsigned level, uint64_t) -> Result<Hash> { return levels.at(level); };
  auto root = [&](uint64_t size) {
    std::vector<Hash> peaks;
    for (unsigned level = 64; level-- > 0;) {
      if ((size >> level & 1) != 0) peaks.push_back(levels[level]);
    }
    return Tree(size, peaks).root();
  };
  constexpr uint64_t kMost = UINT64_MAX;
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  for (uint64_t size : {kHalf - 1, kHalf, kHalf + 1, kMost - 1, kMost}) {
    for (uint64_t index : {uint64_t{0}, uint64_t{1}, kHalf - 2, size / 2, size - 1}) {
      std::vector<Hash> proof = inclusion_proof(index, size, hashes).value();
      EXPECT_LE(proof.size(), kProofHashesMax);
      EXPECT_TRUE(verify_inclusion(levels[0], index, size, proof, root(size))) << size;
      proof = consistency_proof(index + 1, size, hashes).value();
      EXPECT_LE(proof.size(), kProofHashesMax);
      EXPECT_TRUE(verify_consistency(index + 1, root(index + 1), size, root(size), proof)) << size;
    }
  }
}

TEST(ProofText, HasOneHashALine) {
  std::vector<Hash> proof{Hash{}, sha256(as_bytes("a"))};
  std::string text = proof_text(proof);
  EXPECT_EQ(text,
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
            "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=\n");
  EXPECT_EQ(parse_proof(text).value(), proof);
  EXPECT_EQ(parse_proof("").value(), std::vector<Hash>());
}

TEST(ProofText, IsRefusedInAnyOtherForm) {
  std::string line = proof_text(std::vector<Hash>(1));
  auto refusal = [&](const std::string& second) {
    Result<std::vector<Hash>> read = parse_proof(line + second);
    if (read) return std::string("accepted");
    EXPECT_EQ(read.error().code(), ErrorCode::kInvalidArgument);
    return read.error().to_string();
  };
  for (const std::string& wrong : {std::string("\n"), line.substr(0, line.size() - 1), " " + line,
                                   line.substr(4), "AAAA" + line, "\r\n" + line,
                                   std::string("AAAA*AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")})
    EXPECT_NE(refusal(wrong).find("line 2"), std::string::npos) << refusal(wrong);
  EXPECT_EQ(refusal(line), "accepted");
  std::vector<Hash> most(kProofHashesMax);
  EXPECT_EQ(parse_proof(proof_text(most)).value(), most);
  most.emplace_back();
  EXPECT_NE(parse_proof(proof_text(most)).error().message().find("at most 65 lines"),
            std::string::npos);
}

RC_GTEST_PROP(ProofProperty, ShowsWhatIsTrueAndNothingElse, (uint64_t seed)) {
  std::mt19937_64 engine(seed);
  Leaves leaves = sample_leaves(1 + engine() % 700, seed);
  uint64_t size = leaves.size();
  uint64_t index = engine() % size;
  uint64_t old_size = 1 + engine() % size;
  Hash root = root_of(leaves);
  Hash old_root = root_of(std::span(leaves).first(old_size));

  std::vector<Hash> inclusion = inclusion_proof(index, size, hashes_of(leaves)).value();
  std::vector<Hash> consistency = consistency_proof(old_size, size, hashes_of(leaves)).value();
  RC_ASSERT(inclusion == defined_path(index, leaves));
  RC_ASSERT(consistency == defined_subproof(old_size, leaves, true));
  RC_ASSERT(verify_inclusion(leaves[index], index, size, inclusion, root).has_value());
  RC_ASSERT(verify_consistency(old_size, old_root, size, root, consistency).has_value());
  RC_ASSERT(parse_proof(proof_text(consistency)).value() == consistency);

  for_each_change(inclusion, [&](const std::vector<Hash>& proof) {
    RC_ASSERT_FALSE(verify_inclusion(leaves[index], index, size, proof, root).has_value());
  });
  for_each_change(consistency, [&](const std::vector<Hash>& proof) {
    RC_ASSERT_FALSE(verify_consistency(old_size, old_root, size, root, proof).has_value());
  });
  uint64_t other = engine() % (2 * size);
  if (other != index)
    RC_ASSERT_FALSE(verify_inclusion(leaves[index], other, size, inclusion, root).has_value());
  if (other != old_size)
    RC_ASSERT_FALSE(verify_consistency(other, old_root, size, root, consistency).has_value());
}

TEST(Proof, IsMadeFromTiles) {
  TemporaryFolder temporary;
  const std::filesystem::path& folder = temporary.path();
  Leaves leaves = sample_leaves(70000);
  {
    TileWriter writer = TileWriter::open(folder, Tree()).value();
    ASSERT_TRUE(writer.append(leaves));
    ASSERT_TRUE(writer.publish());
  }
  TileReader reader(folder);
  for (uint64_t size : {uint64_t{1}, uint64_t{255}, uint64_t{256}, uint64_t{65536}, uint64_t{65537},
                        uint64_t{69999}, uint64_t{70000}}) {
    SubtreeHash hashes = [&](unsigned level, uint64_t index) {
      return reader.subtree(level, index, size);
    };
    Hash root = root_of(std::span(leaves).first(size));
    for (uint64_t index : {uint64_t{0}, size / 3, size - 1}) {
      Result<std::vector<Hash>> proof = inclusion_proof(index, size, hashes);
      ASSERT_TRUE(proof) << proof.error().to_string();
      EXPECT_TRUE(verify_inclusion(leaves[index], index, size, *proof, root));
      proof = consistency_proof(index + 1, size, hashes);
      ASSERT_TRUE(proof) << proof.error().to_string();
      Hash old_root = root_of(std::span(leaves).first(index + 1));
      EXPECT_TRUE(verify_consistency(index + 1, old_root, size, root, *proof));
    }
  }
  std::filesystem::remove_all(folder);
}

}  // namespace theater::log::proof_test
