// The tree's hashes as files (C2SP tlog-tiles): tile/<level>/<index>, 256 hashes each, so that a
// static file server over the folder is a log server, and any subtree's hash can be found again.
//
// Tiles are written off the acknowledgement path and only for what is on disk; they are a cache of
// what the segments say, and are rebuilt when they are missing or disagree.
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

// Hashes in a full tile: the lowest level of a subtree of 2^8 of them.
inline constexpr unsigned kTileLevels = 8;
inline constexpr unsigned kTileWidth = 1U << kTileLevels;

// Not thread-safe. After a failure of append() or publish() it is for nothing more than to be
// destroyed, and another to be opened.
class TileWriter {
 public:
  // Goes on after `tree`, in `folder` (the one that holds `tile/`). Fails with kNotFound if tiles
  // that are needed to go on are missing or are not those of `tree`: begin with an empty tree then,
  // which removes all tiles that are there. Fails with kIo.
  static Result<TileWriter> open(const std::filesystem::path& folder, const Tree& tree);

  // Takes leaves; writes every tile that becomes full, and removes the partial ones that it
  // replaces. A reader sees a tile whole or not at all; nothing is synced. Fails with kIo or
  // kResourceExhausted.
  Result<void> append(std::span<const Hash> leaves);

  // Writes the partial tiles of the present size, and removes those that they replace. Fails as
  // append() does.
  Result<void> publish();

  uint64_t size() const { return size_; }

 private:
  explicit TileWriter(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<void> finish_tile(unsigned level);
  Result<void> publish_tile(unsigned level);

  std::filesystem::path folder_;
  uint64_t size_ = 0;
  uint64_t published_ = 0;               // The size at the last publish(); 0 if there was none.
  std::vector<std::vector<Hash>> open_;  // By level: the hashes of the tile that is not full.
};

// Reads hashes back. Not thread-safe; keeps the tiles that were read last, a bounded number.
//
// Each full tile is checked against the tile above it, and so on up to the partial ones. So
// whoever has found that tree().root() is the root he trusts can trust every hash.
class TileReader {
 public:
  explicit TileReader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The tree of `size` leaves, as the partial tiles have it. It may be smaller than what was
  // published last. Fails with kNotFound or kCorrupt, naming the file.
  Result<Tree> tree(uint64_t size);

  // The hash of a perfect subtree (see SubtreeHash) of a tree of `size` leaves. Fails with
  // kNotFound or kCorrupt, naming the file, and with kInvalidArgument if it is not inside the tree.
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
  std::list<Tile> tiles_;  // Used last first.
};

// "tile/0/x001/067" or, with a width below 256, "tile/0/x001/067.p/112".
std::string tile_path(unsigned level, uint64_t index, unsigned width);

}  // namespace theater::log
