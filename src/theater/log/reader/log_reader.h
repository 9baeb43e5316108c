// Reads a log in a folder, concurrently with its writer: by node, by actor, and its end as it
// grows.
//
// A reader sees whole groups only. It reads files, takes no lock, and changes nothing. It checks
// only the frames, and that segments follow each other; log_check.h proves a log.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/payload.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace theater::log {

// An event in a log. `bytes` is valid until its cursor moves.
struct StoredEvent {
  uint64_t index = 0;  // The event's position in the log.
  ActorNumber actor;
  ByteView bytes;
  uint64_t segment = 0;
  uint64_t offset = 0;             // The offset of its frame.
  std::optional<uint64_t> bodies;  // The offset of its detached payloads in the body file.
};

// The bytes of a detached payload, and the salt of its hash. Of an absent one, which a replay makes
// again, the log has the salt alone. A payload whose bytes the reader did not want looks the same.
struct StoredBody {
  Salt salt{};
  std::shared_ptr<const Bytes> shared = nullptr;  // Null for an absent one.

  bool is_absent() const { return shared == nullptr; }
  // Of one that is not absent.
  ByteView bytes() const { return *shared; }
};

// One actor of a log.
struct ActorEntry {
  ActorNumber number;
  ActorId id;
  uint64_t events = 0;
};

class LogReader;

// Reads events in their order. Not thread-safe; its reader outlives it.
class LogCursor {
 public:
  ~LogCursor();
  LogCursor(LogCursor&&) noexcept;
  LogCursor& operator=(LogCursor&&) noexcept;

  // The next event; none at the current end. A later call looks for new events. Fails with
  // kCorrupt, naming segment and offset.
  Result<std::optional<StoredEvent>> next();

  // The `count` detached payloads of the last event, in their order; none for a removed one. Fails
  // with kCorrupt if a record is damaged.
  Result<std::vector<std::optional<StoredBody>>> bodies(size_t count);
  // The same, one for each entry of `wanted`. Of a payload that is not wanted, only the salt is
  // read: it looks absent, and damage of its bytes goes unseen.
  Result<std::vector<std::optional<StoredBody>>> bodies(const std::vector<bool>& wanted);

 private:
  friend class LogReader;
  struct State;
  explicit LogCursor(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// Not thread-safe.
class LogReader {
 public:
  // `folder` holds `segments/`. Fails with kNotFound if there is no log, kCorrupt or kUnsupported,
  // naming the file.
  static Result<std::unique_ptr<LogReader>> open(const std::filesystem::path& folder);
  ~LogReader();

  const ActorId& log_id() const;
  const std::filesystem::path& folder() const;

  // Looks for new groups and segments.
  Result<void> refresh();

  // The number of events at the last refresh().
  uint64_t size() const;

  // All actors at the last refresh(), the node itself first.
  const std::vector<ActorEntry>& actors() const;
  // Null for an unknown actor.
  const ActorEntry* find(const ActorId& id) const;

  // Reads all events from index `from` on.
  LogCursor node_cursor(uint64_t from = 0) const;
  // Reads one actor's events from `seq` on. `actor` must be in actors().
  LogCursor actor_cursor(const ActorId& actor, uint64_t seq = 0) const;

 private:
  friend class LogCursor;
  struct State;
  explicit LogReader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace theater::log
