#include "theater/log/merkle/tree.h"

#include "theater/base/hex.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <random>
#include <span>
#include <string_view>
#include <vector>

namespace theater::log::tree_test {

// MTH of RFC 6962 section 2.1 word for word, over leaf hashes and without anything of tree.cc.
Hash defined_root(std::span<const Hash> leaves) {
  static constexpr uint8_t kPrefix[] = {0x01};
  if (leaves.empty()) return sha256(ByteView());
  if (leaves.size() == 1) return leaves.front();
  size_t split = std::bit_floor(leaves.size() - 1);
  Hash left = defined_root(leaves.first(split));
  Hash right = defined_root(leaves.subspan(split));
  return sha256({ByteView(kPrefix), left.view(), right.view()});
}

std::vector<Hash> random_leaves(uint64_t seed, size_t count) {
  std::mt19937_64 engine(seed);
  std::vector<Hash> leaves(count);
  for (Hash& leaf : leaves) {
    for (uint8_t& byte : leaf.bytes)
      byte = static_cast<uint8_t>(engine());
  }
  return leaves;
}

// The leaves and roots that the implementations of Certificate Transparency test with.
constexpr std::string_view kLeaves[] = {"",
                                        "00",
                                        "10",
                                        "2021",
                                        "3031",
                                        "40414243",
                                        "5051525354555657",
                                        "606162636465666768696a6b6c6d6e6f"};
constexpr std::string_view kRoots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

TEST(Tree, HasTheRootsOfCertificateTransparency) {
  Tree tree;
  EXPECT_EQ(tree.root().to_string(), kRoots[0]);
  EXPECT_EQ(empty_root().to_string(), kRoots[0]);
  for (size_t i = 0; i < std::size(kLeaves); ++i) {
    tree.append(leaf_hash(from_hex(kLeaves[i]).value()));
    EXPECT_EQ(tree.size(), i + 1);
    EXPECT_EQ(tree.root().to_string(), kRoots[i + 1]);
  }
}

TEST(Tree, FollowsTheDefinitionAtEverySize) {
  std::vector<Hash> leaves = random_leaves(1, 300);
  Tree tree;
  for (size_t size = 0; size < leaves.size(); ++size) {
    ASSERT_EQ(tree.root(), defined_root(std::span(leaves).first(size))) << size;
    tree.append(leaves[size]);
  }
}

TEST(Tree, HasOneLeafAsItsOwnRoot) {
  std::vector<Hash> leaves = random_leaves(2, 1);
  Tree tree;
  tree.append(leaves[0]);
  EXPECT_EQ(tree.root(), leaves[0]);
  EXPECT_EQ(tree.peaks(), leaves);
}

TEST(Tree, TellsLeftFromRight) {
  std::vector<Hash> leaves = random_leaves(3, 2);
  EXPECT_NE(node_hash(leaves[0], leaves[1]), node_hash(leaves[1], leaves[0]));
}

TEST(TreeDeathTest, RefusesPeaksThatAreNotThoseOfItsSize) {
  std::vector<Hash> peaks = random_leaves(4, 2);
  EXPECT_DEATH(Tree(4, peaks), "a tree of 4 leaves has 1 peaks, not 2");
  EXPECT_DEATH(Tree(7, peaks), "a tree of 7 leaves has 3 peaks, not 2");
}

RC_GTEST_PROP(TreeProperty, FollowsTheDefinition, (uint64_t seed)) {
  std::vector<Hash> leaves = random_leaves(seed, seed % 2000);
  Tree tree;
  for (const Hash& leaf : leaves)
    tree.append(leaf);
  RC_ASSERT(tree.root() == defined_root(leaves));
}

RC_GTEST_PROP(TreeProperty, HasThePerfectSubtreesAsPeaks, (uint64_t seed)) {
  std::vector<Hash> leaves = random_leaves(seed, seed % 700);
  Tree tree;
  for (const Hash& leaf : leaves)
    tree.append(leaf);
  std::span<const Hash> rest = leaves;
  for (const Hash& peak : tree.peaks()) {
    size_t width = std::bit_floor(rest.size());
    RC_ASSERT(peak == defined_root(rest.first(width)));
    rest = rest.subspan(width);
  }
  RC_ASSERT(rest.empty());
}

RC_GTEST_PROP(TreeProperty, GoesOnFromSizeAndPeaks, (uint64_t seed)) {
  std::vector<Hash> leaves = random_leaves(seed, seed % 500);
  size_t half = leaves.empty() ? 0 : (seed >> 32) % leaves.size();
  Tree whole;
  Tree resumed;
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (i == half) resumed = Tree(whole.size(), whole.peaks());
    whole.append(leaves[i]);
    if (i >= half) resumed.append(leaves[i]);
  }
  RC_ASSERT(resumed == whole);
}

}  // namespace theater::log::tree_test
