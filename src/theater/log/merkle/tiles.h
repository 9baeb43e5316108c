// The tree's hashes as files (C2SP tlog-tiles): tile/<level>/<index>, 256 hashes each. A static
// file server over the folder is a log server, and a reader finds the hash of any subtree.
//
// Acknowledgements do not wait for tiles, and tiles cover only events on disk. They are a cache of
// the segments, and are rebuilt when they are missing or differ.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/merkle/tree.h"

#include <cstdint>
#include <filesystem>
#include <list>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace theater::log {

// A full tile has the lowest level of a subtree of 2^8 hashes.
inline constexpr unsigned kTileLevels = 8;
inline constexpr unsigned kTileWidth = 1U << kTileLevels;

// Not thread-safe. After a failure of append() or publish(), destroy the writer and open another
// one.
class TileWriter {
 public:
  // Continues after `tree`, in the `folder` that holds `tile/`. Fails with kNotFound if needed
  // tiles are missing or not those of `tree`. The caller then begins with an empty tree, which
  // removes all existing tiles. Fails with kIo.
  static Result<TileWriter> open(const std::filesystem::path& folder, const Tree& tree);

  // Takes leaves, writes every tile that becomes full, and removes the partial tiles that it
  // replaces. A reader sees a tile whole or not at all. Syncs nothing. Fails with kIo or
  // kResourceExhausted.
  Result<void> append(std::span<const Hash> leaves);

  // Writes the partial tiles of the current size, and removes those that they replace. Fails as
  // append() does.
  Result<void> publish();

  uint64_t size() const { return size_; }

 private:
  explicit TileWriter(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<void> finish_tile(unsigned level);
  Result<void> publish_tile(unsigned level);

  std::filesystem::path folder_;
  uint64_t size_ = 0;
  uint64_t published_ = 0;               // The size at the last publish(); 0 before the first.
  std::vector<std::vector<Hash>> open_;  // The hashes of the partial tile of each level.
};

// Reads hashes back. Not thread-safe. Keeps a bounded number of the last read tiles.
//
// The reader checks each full tile against the tile above it, up to the partial ones. A caller that
// trusts the root of tree() can therefore trust every hash.
class TileReader {
 public:
  explicit TileReader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The tree of `size` leaves, as the partial tiles have it. It may be smaller than the last
  // published one. Fails with kNotFound or kCorrupt, naming the file.
  Result<Tree> tree(uint64_t size);

  // The hash of a perfect subtree (see SubtreeHash) of a tree of `size` leaves. Fails with
  // kNotFound or kCorrupt, naming the file, and with kInvalidArgument for a subtree outside the
  // tree.
  Result<Hash> subtree(unsigned level, uint64_t index, uint64_t size);

 private:
  static constexpr size_t kTilesMax = 64;

  struct Tile {
    unsigned level = 0;
    uint64_t index = 0;
    std::vector<Hash> hashes;
  };

  Result<const Tile*> tile(unsigned level, uint64_t index, uint64_t size);

  std::filesystem::path folder_;
  std::list<Tile> tiles_;  // The last used one first.
};

// "tile/0/x001/067" or, with a width below 256, "tile/0/x001/067.p/112".
std::string tile_path(unsigned level, uint64_t index, unsigned width);

}  // namespace theater::log
