#include "theater/log/reader/log_reader.h"

#include "theater/base/check.h"
#include "theater/log/reader/catalog.h"
#include "theater/log/reader/log_cursor.h"

#include <unordered_map>
#include <utility>

namespace theater::log {

// A cursor at the end makes the catalog look for more, while its user may be going through
// actors(): so that what refresh() found is apart from what the catalog knows.
struct LogReader::State {
  explicit State(const std::filesystem::path& folder) : catalog(folder) {}

  void publish() {
    if (catalog.size() == size) return;
    size = catalog.size();
    actors.clear();
    by_id.clear();
    for (const auto& [number, actor] : catalog.actors()) {
      by_id.try_emplace(actor.id, actors.size());
      actors.push_back({.number = number, .id = actor.id, .events = actor.events});
    }
  }

  Catalog catalog;
  uint64_t size = 0;
  std::vector<ActorEntry> actors;
  std::unordered_map<ActorId, size_t> by_id;
};

Result<std::unique_ptr<LogReader>> LogReader::open(const std::filesystem::path& folder) {
  auto state = std::make_unique<State>(folder);
  THEATER_TRY_VOID(state->catalog.refresh());
  state->publish();
  return std::unique_ptr<LogReader>(
      new LogReader(std::move(state)));  // tidy: owned by the unique_ptr
}

LogReader::LogReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogReader::~LogReader() = default;

const ActorId& LogReader::log_id() const {
  return state_->catalog.segments().front().header.header.log_id;
}

const std::filesystem::path& LogReader::folder() const {
  return state_->catalog.folder();
}

Result<void> LogReader::refresh() {
  Result<void> refreshed = state_->catalog.refresh();
  state_->publish();
  return refreshed;
}

uint64_t LogReader::size() const {
  return state_->size;
}

const std::vector<ActorEntry>& LogReader::actors() const {
  return state_->actors;
}

const ActorEntry* LogReader::find(const ActorId& id) const {
  auto found = state_->by_id.find(id);
  return found == state_->by_id.end() ? nullptr : &state_->actors[found->second];
}

LogCursor LogReader::node_cursor(uint64_t from) const {
  return LogCursor(std::make_unique<LogCursor::State>(state_->catalog, std::nullopt, from));
}

LogCursor LogReader::actor_cursor(const ActorId& actor, uint64_t seq) const {
  const ActorEntry* entry = find(actor);
  THEATER_CHECK(entry != nullptr, "actor {} is not in the log", actor.to_string());
  return LogCursor(std::make_unique<LogCursor::State>(state_->catalog, entry->number, seq));
}

}  // namespace theater::log
