#include "theater/log/merkle/tiles.h"

#include "theater/base/bytes.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/testing/sample_leaves.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace theater::log::tiles_test {

// A folder with tiles in it.
class Folder : public TemporaryFolder {
 public:
  // Paths of all files, relative to the folder.
  std::set<std::string> files() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
      if (entry.is_regular_file())
        found.insert(std::filesystem::relative(entry.path(), path()).string());
    }
    return found;
  }

  void flip_byte(const std::string& file, size_t at) const {
    Bytes bytes = read_file(path() / file).value();
    bytes.at(at) ^= 1;
    ASSERT_TRUE(write_file(path() / file, bytes));
  }
};

Tree tree_of(std::span<const Hash> leaves) {
  Tree tree;
  for (const Hash& leaf : leaves)
    tree.append(leaf);
  return tree;
}

void write_tiles(const Folder& folder, std::span<const Hash> leaves) {
  TileWriter writer = TileWriter::open(folder.path(), Tree()).value();
  ASSERT_TRUE(writer.append(leaves));
  ASSERT_TRUE(writer.publish());
  ASSERT_EQ(writer.size(), leaves.size());
}

TEST(TilePath, HasGroupsOfThreeDigits) {
  EXPECT_EQ(tile_path(0, 0, 256), "tile/0/000");
  EXPECT_EQ(tile_path(0, 67, 112), "tile/0/067.p/112");
  EXPECT_EQ(tile_path(1, 999, 256), "tile/1/999");
  EXPECT_EQ(tile_path(0, 1067, 256), "tile/0/x001/067");
  EXPECT_EQ(tile_path(2, 1067, 1), "tile/2/x001/067.p/1");
  EXPECT_EQ(tile_path(3, 1234067, 255), "tile/3/x001/x234/067.p/255");
  EXPECT_EQ(tile_path(0, 1000000, 256), "tile/0/x001/x000/000");
}

// The example of the specification: https://c2sp.org/tlog-tiles, "Partial Tiles".
TEST(TileWriter, WritesTheTilesOfATreeOf70000) {
  Folder folder;
  std::vector<Hash> leaves = sample_leaves(70000);
  write_tiles(folder, leaves);
  std::set<std::string> expected{"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17",
                                 "tile/2/000.p/1"};
  for (uint64_t i = 0; i < 273; ++i)
    expected.insert(tile_path(0, i, 256));
  EXPECT_EQ(folder.files(), expected);

  Bytes last = read_file(folder.path() / "tile/0/273.p/112").value();
  ASSERT_EQ(last.size(), 112u * 32);
  EXPECT_TRUE(std::equal(last.end() - 32, last.end(), leaves.back().bytes.begin()));
  Bytes top = read_file(folder.path() / "tile/2/000.p/1").value();
  EXPECT_EQ(Hash::from_bytes(top).value(), tree_of(std::span(leaves).first(65536)).root());
}

TEST(TileWriter, WritesNoEmptyTile) {
  Folder folder;
  write_tiles(folder, {});
  EXPECT_TRUE(folder.files().empty());
  write_tiles(folder, sample_leaves(256));
  EXPECT_EQ(folder.files(), (std::set<std::string>{"tile/0/000", "tile/1/000.p/1"}));
}

TEST(TileWriter, RemovesThePartialTilesThatItReplaces) {
  Folder folder;
  std::vector<Hash> leaves = sample_leaves(600);
  TileWriter writer = TileWriter::open(folder.path(), Tree()).value();
  for (size_t i = 0; i < 600; i += 20) {
    ASSERT_TRUE(writer.append(std::span(leaves).subspan(i, 20)));
    ASSERT_TRUE(writer.publish());
  }
  EXPECT_EQ(folder.files(), (std::set<std::string>{"tile/0/000", "tile/0/001", "tile/0/002.p/88",
                                                   "tile/1/000.p/2"}));
}

TEST(TileWriter, LeavesWhatIsPublishedAlone) {
  Folder folder;
  TileWriter writer = TileWriter::open(folder.path(), Tree()).value();
  ASSERT_TRUE(writer.append(sample_leaves(257)));
  ASSERT_TRUE(writer.publish());
  ASSERT_TRUE(std::filesystem::remove(folder.path() / "tile/1/000.p/1"));
  ASSERT_TRUE(writer.append(sample_leaves(1)));
  ASSERT_TRUE(writer.publish());
  EXPECT_EQ(folder.files(), (std::set<std::string>{"tile/0/000", "tile/0/001.p/2"}));
}

TEST(TileWriter, GoesOnAfterEverySize) {
  std::vector<Hash> leaves = sample_leaves(700);
  Folder whole;
  write_tiles(whole, leaves);
  for (size_t size : {0, 1, 2, 3, 127, 255, 256, 257, 511, 512, 513, 699, 700}) {
    Folder folder;
    write_tiles(folder, std::span(leaves).first(size));
    Tree tree = tree_of(std::span(leaves).first(size));
    Result<TileWriter> writer = TileWriter::open(folder.path(), tree);
    ASSERT_TRUE(writer) << size << ": " << writer.error().to_string();
    EXPECT_EQ(writer->size(), size);
    ASSERT_TRUE(writer->append(std::span(leaves).subspan(size)));
    ASSERT_TRUE(writer->publish());
    EXPECT_EQ(folder.files(), whole.files());
    for (const std::string& file : whole.files())
      EXPECT_EQ(read_file(folder.path() / file).value(), read_file(whole.path() / file).value());
  }
}

TEST(TileWriter, DoesNotGoOnWithoutTheTilesOfItsTree) {
  std::vector<Hash> leaves = sample_leaves(70000);
  Tree tree = tree_of(leaves);
  Folder folder;
  auto expect_refused = [&](const char* what) {
    Result<TileWriter> writer = TileWriter::open(folder.path(), tree);
    ASSERT_FALSE(writer) << what;
    EXPECT_EQ(writer.error().code(), ErrorCode::kNotFound) << what;
  };
  expect_refused("nothing there");
  for (const char* file : {"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"}) {
    write_tiles(folder, leaves);
    ASSERT_TRUE(TileWriter::open(folder.path(), tree));
    folder.flip_byte(file, 31);
    expect_refused("another hash");
    std::filesystem::resize_file(folder.path() / file, 31);
    expect_refused("too short");
    std::filesystem::resize_file(folder.path() / file, 9000);
    expect_refused("too long");
    std::filesystem::remove(folder.path() / file);
    expect_refused("missing");
    std::filesystem::create_directory(folder.path() / file);
    expect_refused("a folder");
    std::filesystem::remove_all(folder.path() / "tile");
  }
  write_tiles(folder, sample_leaves(70000, 2));
  expect_refused("tiles of another tree");
}

// The log was cut short, so that its tiles know more than it does, and then went another way.
TEST(TileWriter, ReplacesTilesThatWereAheadOfTheLog) {
  for (size_t ahead : {240, 256, 300}) {
    Folder folder;
    std::vector<Hash> leaves = sample_leaves(ahead);
    write_tiles(folder, leaves);
    leaves.resize(200);
    Result<TileWriter> writer = TileWriter::open(folder.path(), tree_of(leaves));
    ASSERT_TRUE(writer) << ahead << ": " << writer.error().to_string();
    for (const Hash& leaf : sample_leaves(30, 2))
      leaves.push_back(leaf);
    ASSERT_TRUE(writer->append(std::span(leaves).subspan(200, 10)));
    ASSERT_TRUE(writer->publish());
    ASSERT_TRUE(writer->append(std::span(leaves).subspan(210)));
    ASSERT_TRUE(writer->publish());
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "tile/0/000"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "tile/0/000.p/240"));
    TileReader reader(folder.path());
    for (size_t size : {200, 210, 220, 230})
      EXPECT_EQ(reader.tree(size).value(), tree_of(std::span(leaves).first(size))) << size;
  }
}

TEST(TileWriter, BeginsAnewWithoutTheTilesThatWereThere) {
  Folder folder;
  write_tiles(folder, sample_leaves(70000));
  write_tiles(folder, sample_leaves(3, 2));
  EXPECT_EQ(folder.files(), (std::set<std::string>{"tile/0/000.p/3"}));
}

TEST(TileWriter, SaysThatItCannotWrite) {
  Folder folder;
  TileWriter writer = TileWriter::open(folder.path(), Tree()).value();
  ASSERT_TRUE(write_file(folder.path() / "tile", as_bytes("a file")));
  ASSERT_TRUE(writer.append(sample_leaves(3)));
  Result<void> published = writer.publish();
  ASSERT_FALSE(published);
  EXPECT_NE(published.error().to_string().find("tile"), std::string::npos);
}

TEST(TileReader, FindsEverySubtree) {
  std::vector<Hash> leaves = sample_leaves(1500);
  Folder folder;
  write_tiles(folder, leaves);
  TileReader reader(folder.path());
  for (unsigned level = 0; level < 12; ++level) {
    uint64_t width = uint64_t{1} << level;
    uint64_t count = leaves.size() / width;
    for (uint64_t i = 0; i < count; ++i) {
      Result<Hash> hash = reader.subtree(level, i, leaves.size());
      ASSERT_TRUE(hash) << hash.error().to_string();
      ASSERT_EQ(*hash, tree_of(std::span(leaves).subspan(i * width, width)).root())
          << level << ", " << i;
    }
    Result<Hash> beyond = reader.subtree(level, count, leaves.size());
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(reader.subtree(64, 0, leaves.size()));
  EXPECT_FALSE(reader.subtree(0, 0, 0));
}

TEST(TileReader, GivesEveryTreeThatWasThere) {
  std::vector<Hash> leaves = sample_leaves(1000);
  Folder folder;
  write_tiles(folder, leaves);
  Tree tree;
  for (uint64_t size = 0;; ++size) {
    TileReader reader(folder.path());
    ASSERT_EQ(reader.tree(size).value(), tree) << size;
    if (size == leaves.size()) break;
    tree.append(leaves[size]);
  }
  TileReader reader(folder.path());
  Result<Tree> larger = reader.tree(1001);
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().code(), ErrorCode::kNotFound);
  EXPECT_NE(larger.error().to_string().find("tile/0/003.p/233"), std::string::npos);
}

TEST(TileReader, FindsDamageInAFullTile) {
  std::vector<Hash> leaves = sample_leaves(70000);
  Folder folder;
  write_tiles(folder, leaves);
  folder.flip_byte("tile/0/007", 5000);
  Result<Hash> hash = TileReader(folder.path()).subtree(0, 7 * 256 + 200, leaves.size());
  ASSERT_FALSE(hash);
  EXPECT_EQ(hash.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(hash.error().to_string().find("tile/0/007"), std::string::npos);
  EXPECT_TRUE(TileReader(folder.path()).subtree(0, 8 * 256, leaves.size()));

  // Two levels above the leaves: found by the partial tile at the top.
  folder.flip_byte("tile/1/000", 0);
  EXPECT_FALSE(TileReader(folder.path()).subtree(0, 8 * 256, leaves.size()));
  std::filesystem::resize_file(folder.path() / "tile/0/008", 8191);
  EXPECT_FALSE(TileReader(folder.path()).subtree(0, 8 * 256, leaves.size()));
}

TEST(TileReader, FindsDamageInAPartialTileByTheRoot) {
  std::vector<Hash> leaves = sample_leaves(70000);
  Hash root = tree_of(leaves).root();
  for (const char* file : {"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"}) {
    Folder folder;
    write_tiles(folder, leaves);
    EXPECT_EQ(TileReader(folder.path()).tree(leaves.size())->root(), root);
    folder.flip_byte(file, 3);
    EXPECT_NE(TileReader(folder.path()).tree(leaves.size())->root(), root) << file;
  }
}

TEST(TileReader, KeepsReadingWhenTilesGrow) {
  std::vector<Hash> leaves = sample_leaves(520);
  Folder folder;
  TileWriter writer = TileWriter::open(folder.path(), Tree()).value();
  TileReader reader(folder.path());
  for (size_t size = 0; size < leaves.size(); size += 13) {
    ASSERT_EQ(reader.tree(size).value(), tree_of(std::span(leaves).first(size)));
    ASSERT_TRUE(writer.append(std::span(leaves).subspan(size, 13)));
    ASSERT_TRUE(writer.publish());
    ASSERT_EQ(reader.tree(size).value(), tree_of(std::span(leaves).first(size)));
  }
}

RC_GTEST_PROP(TilesProperty, SayTheSameHoweverTheyWereWritten, (uint64_t seed)) {
  std::mt19937_64 engine(seed);
  std::vector<Hash> leaves = sample_leaves(engine() % 800, seed);
  Folder folder;
  Tree tree;
  auto writer = TileWriter::open(folder.path(), tree);
  while (tree.size() < leaves.size()) {
    size_t step = std::min<size_t>(1 + engine() % 500, leaves.size() - tree.size());
    std::span<const Hash> next = std::span(leaves).subspan(tree.size(), step);
    RC_ASSERT(writer->append(next).has_value());
    for (const Hash& leaf : next)
      tree.append(leaf);
    if (engine() % 2 == 0) continue;
    RC_ASSERT(writer->publish().has_value());
    if (engine() % 2 == 0) writer = TileWriter::open(folder.path(), tree);
    RC_ASSERT(writer.has_value());
  }
  RC_ASSERT(writer->publish().has_value());
  Folder at_once;
  write_tiles(at_once, leaves);
  RC_ASSERT(folder.files() == at_once.files());
  RC_ASSERT(TileReader(folder.path()).tree(leaves.size()).value() == tree);
}

}  // namespace theater::log::tiles_test
