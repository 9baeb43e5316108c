#include "theater/log/reader/tile_rebuild.h"

#include "theater/log/event/event.h"
#include "theater/log/reader/log_reader.h"

#include <vector>

namespace theater::log {

namespace {

// So many leaves are a few milliseconds of work.
constexpr size_t kLeavesAtOnce = 4096;

}  // namespace

Result<TileWriter> rebuild_tiles(const std::filesystem::path& folder, uint64_t size,
                                 const std::function<Result<void>()>& between) {
  TileWriter tiles = THEATER_TRY(TileWriter::open(folder, Tree()));
  std::unique_ptr<LogReader> reader = THEATER_TRY(LogReader::open(folder));
  LogCursor cursor = reader->node_cursor();
  std::vector<Hash> leaves;
  while (tiles.size() < size) {
    leaves.clear();
    while (leaves.size() < kLeavesAtOnce && tiles.size() + leaves.size() < size) {
      std::optional<StoredEvent> event = THEATER_TRY(cursor.next());
      if (!event) {
        return fail(ErrorCode::kCorrupt, "{} ends after event {}, but {} events were written",
                    folder.string(), tiles.size() + leaves.size(), size);
      }
      leaves.push_back(event_hash(event->bytes));
    }
    THEATER_TRY_VOID(tiles.append(leaves));
    THEATER_TRY_VOID(between());
  }
  return tiles;
}

}  // namespace theater::log
