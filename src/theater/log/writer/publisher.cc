#include "theater/log/writer/publisher.h"

#include "theater/base/file_handle.h"
#include "theater/base/log.h"
#include "theater/base/thread_name.h"
#include "theater/log/event/event.h"
#include "theater/log/reader/log_reader.h"

#include <utility>

namespace theater::log {

namespace {

// Half of a checkpoint's time is for gathering leaves, the other half for writing it.
constexpr int kGatheringShare = 2;

// The leaves of a few milliseconds of work.
constexpr size_t kLeavesAtOnce = 4096;

// Writes the tiles of the first `size` events of the log in `folder` again, from the events, which
// are all on disk. Returns a writer for the next leaves. Calls `between` every few milliseconds,
// and fails as it does.
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

}  // namespace

Result<std::unique_ptr<Publisher>> Publisher::start(Parts parts, const Tree& published,
                                                    std::span<const Hash> unpublished) {
  std::unique_ptr<Publisher> publisher(
      new Publisher(std::move(parts)));  // tidy: owned by the unique_ptr
  Result<TileWriter> tiles = TileWriter::open(publisher->parts_.folder, published);
  if (tiles) {
    publisher->tiles_ = *std::move(tiles);
    THEATER_TRY_VOID(publisher->tiles_->append(unpublished));
  } else if (tiles.error().code() == ErrorCode::kNotFound) {
    publisher->rebuild_size_ = published.size() + unpublished.size();
    log_line(LogLevel::kInfo, {.actor = {}, .part = "log"},
             "making the tiles of {} events again: {}", publisher->rebuild_size_,
             tiles.error().message());
  } else {
    return Failure(std::move(tiles).error());
  }
  publisher->thread_ = std::thread([raw = publisher.get()] { raw->run(); });
  return publisher;
}

Publisher::~Publisher() {
  abandon();
}

void Publisher::submit(std::span<const Hash> leaves, const LogPosition& position) {
  // Whoever waits for the time of a checkpoint is not woken up for each group before it.
  bool wakes = state_.wait(
      [](const State& state) {
        return state.leaves.size() < kWaitingMax || state.failure || state.abandoned;
      },
      [&](State& state) {
        if (state.failure || state.abandoned) return false;
        state.leaves.insert(state.leaves.end(), leaves.begin(), leaves.end());
        state.position = position;
        if (state.is_new) return state.leaves.size() >= kWaitingMax;
        state.is_new = true;
        state.due = std::chrono::steady_clock::now() + parts_.delay / kGatheringShare;
        return true;
      });
  if (wakes) state_.notify_all();
}

bool Publisher::has_room() const {
  return state_.with([](const State& state) { return state.leaves.size() < kWaitingMax; });
}

void Publisher::join() {
  state_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> Publisher::finish() {
  state_.with([](State& state) { state.finishing = true; });
  join();
  std::optional<Error> failure = state_.with([](const State& state) { return state.failure; });
  if (failure) return Failure(*failure);
  return {};
}

void Publisher::abandon() {
  state_.with([](State& state) { state.abandoned = true; });
  join();
}

void Publisher::run() {
  name_this_thread("publisher");
  Result<void> published = publish_all();
  bool is_wanted = !state_.with([](const State& state) { return state.abandoned; });
  if (published || !is_wanted) return;
  Error error = std::move(published).error().with_context("publishing the log");
  state_.with([&](State& state) { state.failure = error; });
  state_.notify_all();
  parts_.on_failure(error);
}

// Tiles come before the checkpoint that speaks of them.
Result<void> Publisher::publish_all() {
  if (!tiles_) THEATER_TRY_VOID(rebuild());
  while (std::optional<Work> work = next_work()) {
    THEATER_TRY_VOID(tiles_->append(work->leaves));
    THEATER_TRY_VOID(tiles_->publish());
    // The first one after an opening is made to last: what a crash removed must not come back.
    bool lasts = work->is_last || !has_written_;
    THEATER_TRY_VOID(write_checkpoint(work->position, lasts ? Lasting::kNow : Lasting::kSoon));
    if (work->is_last) return {};
  }
  return {};
}

// Waits for something to publish; none if there is nothing more to be done.
std::optional<Publisher::Work> Publisher::next_work() {
  auto ends = [](const State& state) { return state.finishing || state.abandoned; };
  auto patience =
      state_.wait([&](const State& state) { return ends(state) || state.is_new; },
                  [](const State& state) { return state.due - std::chrono::steady_clock::now(); });
  std::optional<Work> work = state_.wait_for(
      patience,
      [&](const State& state) { return ends(state) || state.leaves.size() >= kWaitingMax; },
      [](State& state) -> std::optional<Work> {
        if (state.abandoned || state.position.size == 0) return std::nullopt;
        Work taken{std::exchange(state.leaves, {}), state.position, state.finishing};
        state.is_new = false;
        return taken;
      });
  state_.notify_all();
  return work;
}

// Checkpoints do not wait for tiles that take long.
Result<void> Publisher::checkpoint_if_due() {
  auto now = std::chrono::steady_clock::now();
  auto position = state_.with([&](State& state) -> std::optional<LogPosition> {
    if (!state.is_new || state.due > now) return std::nullopt;
    state.due = now + parts_.delay / kGatheringShare;
    return state.position;
  });
  return position ? write_checkpoint(*position, Lasting::kSoon) : Result<void>();
}

Result<void> Publisher::rebuild() {
  auto between = [this]() -> Result<void> {
    if (state_.with([](const State& state) { return state.abandoned; })) {
      return fail(ErrorCode::kCancelled, "the log has closed");
    }
    return checkpoint_if_due();
  };
  tiles_ = THEATER_TRY_CONTEXT(rebuild_tiles(parts_.folder, rebuild_size_, between),
                               "making the tiles again");
  return {};
}

Result<void> Publisher::write_checkpoint(const LogPosition& position, Lasting lasting) {
  Checkpoint checkpoint{
      .origin = log_origin(parts_.log_id), .size = position.size, .root = position.root};
  has_written_ = true;
  return write_checkpoint_file(parts_.folder, sign_checkpoint(checkpoint, parts_.key), lasting);
}

}  // namespace theater::log
