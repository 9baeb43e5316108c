#include "theater/log/merkle/tiles.h"

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/base/file_handle.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace theater::log {

namespace {

constexpr size_t kTileBytesMax = size_t{kTileWidth} * Hash::kSize;
constexpr unsigned kLevelsMax = 64 / kTileLevels;
// How often a reader looks for a tile whose name changes as it grows.
constexpr int kAttempts = 3;

// How many hashes the tiles of a level have, in a tree of `size` leaves.
uint64_t hashes_at(unsigned level, uint64_t size) {
  return level < kLevelsMax ? size >> (level * kTileLevels) : 0;
}

// How many of them are in tile `index`.
unsigned width_of(unsigned level, uint64_t index, uint64_t size) {
  uint64_t before = index * kTileWidth;
  return static_cast<unsigned>(std::min<uint64_t>(hashes_at(level, size) - before, kTileWidth));
}

Tree tree_over(std::span<const Hash> hashes) {
  Tree tree;
  for (const Hash& hash : hashes)
    tree.append(hash);
  return tree;
}

// The folder of a tile's partial forms.
std::filesystem::path partials_folder(const std::filesystem::path& folder, unsigned level,
                                      uint64_t index) {
  return folder / (tile_path(level, index, kTileWidth) + ".p");
}

// Renamed into place, so that no reader sees a part of it. Nothing is synced: after a crash it may
// be empty, torn or missing, and its reader finds that.
Result<void> write_tile(const std::filesystem::path& path, std::span<const Hash> hashes) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  Result<FileHandle> file = FileHandle::open(temporary, OpenMode::kCreate);
  if (!file && file.error().code() == ErrorCode::kNotFound) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) {
      return fail(ErrorCode::kIo, "cannot make {}: {}", path.parent_path().string(),
                  error.message());
    }
    file = FileHandle::open(temporary, OpenMode::kCreate);
  }
  if (!file) return Failure(std::move(file).error());
  Bytes bytes;
  bytes.reserve(hashes.size() * Hash::kSize);
  for (const Hash& hash : hashes)
    append(bytes, hash.view());
  THEATER_TRY_VOID(file->write_at(0, bytes));
  THEATER_TRY_VOID(file->truncate(bytes.size()));
  return rename_file(temporary, path);
}

Result<void> remove_tree(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (!error) return {};
  return fail(ErrorCode::kIo, "cannot remove {}: {}", path.string(), error.message());
}

// The hashes of a tile's file.
Result<std::vector<Hash>> read_hashes(const std::filesystem::path& path, unsigned width) {
  Result<Bytes> bytes = read_file(path, kTileBytesMax);
  if (!bytes) {
    ErrorCode code = bytes.error().code();
    bool is_other_file = code != ErrorCode::kNotFound && code != ErrorCode::kIo;
    if (!is_other_file) return Failure(std::move(bytes).error());
    return fail(ErrorCode::kCorrupt, "{}", bytes.error().message());
  }
  if (bytes->size() != width * Hash::kSize) {
    return fail(ErrorCode::kCorrupt, "tile {} has {} bytes, not {} hashes of {}", path.string(),
                bytes->size(), width, Hash::kSize);
  }
  std::vector<Hash> hashes(width);
  for (size_t i = 0; i < width; ++i) {
    std::copy_n(bytes->begin() + static_cast<ptrdiff_t>(i * Hash::kSize), Hash::kSize,
                hashes[i].bytes.begin());
  }
  return hashes;
}

// The width that the name of a partial tile says; 0 for any other name.
unsigned partial_width(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  unsigned width = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), width);
  bool is_width = error == std::errc() && end == name.data() + name.size() && width < kTileWidth;
  return is_width ? width : 0;
}

// The width of a form of this tile that is wider than `width`: of a partial one if there is one,
// else that of the full one.
unsigned wider_width(const std::filesystem::path& partials, unsigned width) {
  std::error_code error;
  std::filesystem::directory_iterator entries(partials, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    unsigned other = partial_width(entries->path());
    if (other > width) return other;
  }
  return kTileWidth;
}

// The first `width` hashes of a tile. A writer replaces partial tiles by wider ones, and these by
// the full one, which begin with the same hashes. It removes a form only after the next one is
// there.
Result<std::vector<Hash>> read_tile(const std::filesystem::path& folder, unsigned level,
                                    uint64_t index, unsigned width) {
  std::filesystem::path exact = folder / tile_path(level, index, width);
  for (int attempt = 1;; ++attempt) {
    Result<std::vector<Hash>> hashes = read_hashes(exact, width);
    if (hashes || hashes.error().code() != ErrorCode::kNotFound || width == kTileWidth)
      return hashes;
    unsigned wider = wider_width(partials_folder(folder, level, index), width);
    Result<std::vector<Hash>> more = read_hashes(folder / tile_path(level, index, wider), wider);
    if (more) more->resize(width);
    if (more || more.error().code() != ErrorCode::kNotFound) return more;
    if (attempt == kAttempts) return hashes;
  }
}

}  // namespace

std::string tile_path(unsigned level, uint64_t index, unsigned width) {
  THEATER_CHECK(width >= 1 && width <= kTileWidth, "a tile of {} hashes", width);
  std::string groups = fmt::format("{:03}", index % 1000);
  for (uint64_t rest = index / 1000; rest != 0; rest /= 1000)
    groups = fmt::format("x{:03}/{}", rest % 1000, groups);
  std::string path = fmt::format("tile/{}/{}", level, groups);
  return width == kTileWidth ? path : fmt::format("{}.p/{}", path, width);
}

Result<TileWriter> TileWriter::open(const std::filesystem::path& folder, const Tree& tree) {
  TileWriter writer(folder);
  writer.size_ = tree.size();
  if (tree.size() == 0) THEATER_TRY_VOID(remove_tree(folder / "tile"));
  std::vector<Hash> peaks;
  for (unsigned level = kLevelsMax; level-- > 0;) {
    auto width = static_cast<unsigned>(hashes_at(level, tree.size()) % kTileWidth);
    if (width == 0) continue;
    uint64_t index = hashes_at(level, tree.size()) / kTileWidth;
    Result<std::vector<Hash>> hashes = read_tile(folder, level, index, width);
    if (!hashes && hashes.error().code() == ErrorCode::kCorrupt)
      return fail(ErrorCode::kNotFound, "{}", hashes.error().message());
    if (!hashes) return Failure(std::move(hashes).error());
    if (writer.open_.size() <= level) writer.open_.resize(level + 1);
    writer.open_[level] = *std::move(hashes);
    Tree part = tree_over(writer.open_[level]);
    peaks.insert(peaks.end(), part.peaks().begin(), part.peaks().end());
  }
  if (peaks != tree.peaks()) {
    return fail(ErrorCode::kNotFound, "the tiles in {} are not those of this tree of {} leaves",
                (folder / "tile").string(), tree.size());
  }
  return writer;
}

Result<void> TileWriter::append(std::span<const Hash> leaves) {
  if (open_.empty()) open_.resize(1);
  for (const Hash& leaf : leaves) {
    open_[0].push_back(leaf);
    ++size_;
    for (unsigned level = 0; open_[level].size() == kTileWidth; ++level)
      THEATER_TRY_VOID(finish_tile(level));
  }
  return {};
}

Result<void> TileWriter::finish_tile(unsigned level) {
  uint64_t index = hashes_at(level, size_) / kTileWidth - 1;
  THEATER_TRY_VOID(write_tile(folder_ / tile_path(level, index, kTileWidth), open_[level]));
  THEATER_TRY_VOID(remove_tree(partials_folder(folder_, level, index)));
  if (open_.size() == level + 1) open_.emplace_back();
  open_[level + 1].push_back(tree_over(open_[level]).root());
  open_[level].clear();
  return {};
}

Result<void> TileWriter::publish() {
  for (unsigned level = 0; level < open_.size(); ++level) {
    bool is_published = published_ != 0 && hashes_at(level, published_) == hashes_at(level, size_);
    if (open_[level].empty() || is_published) continue;
    THEATER_TRY_VOID(publish_tile(level));
  }
  published_ = size_;
  return {};
}

// What else there is of this tile goes: narrower ones, and after a log that was cut short also
// wider ones and the full one, whose further hashes may not come again.
Result<void> TileWriter::publish_tile(unsigned level) {
  uint64_t index = hashes_at(level, size_) / kTileWidth;
  std::filesystem::path path =
      folder_ / tile_path(level, index, static_cast<unsigned>(open_[level].size()));
  THEATER_TRY_VOID(write_tile(path, open_[level]));
  std::error_code error;
  std::vector<std::filesystem::path> others{folder_ / tile_path(level, index, kTileWidth)};
  std::filesystem::directory_iterator entries(path.parent_path(), error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    if (entries->path() != path) others.push_back(entries->path());
  }
  for (const std::filesystem::path& other : others) {
    if (!error) std::filesystem::remove(other, error);
  }
  if (error) {
    return fail(ErrorCode::kIo, "cannot remove what {} replaces: {}", path.string(),
                error.message());
  }
  return {};
}

Result<Tree> TileReader::tree(uint64_t size) {
  std::vector<Hash> peaks;
  for (unsigned level = kLevelsMax; level-- > 0;) {
    uint64_t hashes = hashes_at(level, size);
    if (hashes % kTileWidth == 0) continue;
    const Tile* partial = THEATER_TRY(tile(level, hashes / kTileWidth, size));
    Tree part = tree_over(partial->hashes);
    peaks.insert(peaks.end(), part.peaks().begin(), part.peaks().end());
  }
  return Tree(size, std::move(peaks));
}

Result<Hash> TileReader::subtree(unsigned level, uint64_t index, uint64_t size) {
  if (level >= 64 || index >= size >> level) {
    return fail(ErrorCode::kInvalidArgument,
                "a tree of {} leaves has no perfect subtree {} of 2^{} leaves", size, index, level);
  }
  unsigned inside = level % kTileLevels;
  uint64_t first = index << inside;
  const Tile* found = THEATER_TRY(tile(level / kTileLevels, first / kTileWidth, size));
  return tree_over(std::span(found->hashes).subspan(first % kTileWidth, size_t{1} << inside))
      .root();
}

Result<const TileReader::Tile*> TileReader::tile(unsigned level, uint64_t index, uint64_t size) {
  unsigned width = width_of(level, index, size);
  auto found = std::find_if(tiles_.begin(), tiles_.end(), [&](const Tile& kept) {
    return kept.level == level && kept.index == index && kept.hashes.size() == width;
  });
  if (found != tiles_.end()) {
    tiles_.splice(tiles_.begin(), tiles_, found);
    return &tiles_.front();
  }
  auto hashes = THEATER_TRY(read_tile(folder_, level, index, width));
  Tile read{level, index, std::move(hashes)};
  if (width == kTileWidth) {
    const Tile* above = THEATER_TRY(tile(level + 1, index / kTileWidth, size));
    if (tree_over(read.hashes).root() != above->hashes[index % kTileWidth]) {
      return fail(ErrorCode::kCorrupt,
                  "{} does not hash to what the tile above it says: remove {}, it is made again "
                  "when the log is opened",
                  (folder_ / tile_path(level, index, width)).string(), (folder_ / "tile").string());
    }
  }
  tiles_.push_front(std::move(read));
  if (tiles_.size() > kTilesMax) tiles_.pop_back();
  return &tiles_.front();
}

}  // namespace theater::log
