// Reading a log that lies in a folder, beside whoever writes it: by node, by actor, and its end as
// it grows.
//
// A reader sees whole groups only, and looks at nothing but the files; it takes no lock and changes
// nothing. It checks what it must to read (frames, and that segments follow each other); proving
// the log is the business of log_check.h.
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

// An event where it lies in a log. `bytes` is valid until the cursor that gave it is moved.
struct StoredEvent {
  uint64_t index = 0;  // In the log.
  ActorNumber actor;
  ByteView bytes;
  uint64_t segment = 0;
  uint64_t offset = 0;             // Of its frame.
  std::optional<uint64_t> bodies;  // Where its detached payloads begin in the body file.
};

// A detached payload's bytes, with what they were hashed with.
struct StoredBody {
  Salt salt{};
  Bytes bytes;
};

// What a log holds of one actor.
struct ActorEntry {
  ActorNumber number;
  ActorId id;
  uint64_t events = 0;
};

class LogReader;

// Walks over events in their order. Not thread-safe; its reader outlives it.
class LogCursor {
 public:
  ~LogCursor();
  LogCursor(LogCursor&&) noexcept;
  LogCursor& operator=(LogCursor&&) noexcept;

  // The next event; none at the end of what is there, after which it may be called again: it looks
  // for more. Fails with kCorrupt, naming segment and offset.
  Result<std::optional<StoredEvent>> next();

  // The detached payloads of the event that next() gave last, in their order; none for one that was
  // removed. `count` is how many it has. Fails with kCorrupt if a record is damaged.
  Result<std::vector<std::optional<StoredBody>>> bodies(size_t count);

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

  // Looks for groups and segments that were added.
  Result<void> refresh();

  // How many events there are, as of the last refresh().
  uint64_t size() const;

  // All actors, the node itself first, as of the last refresh().
  const std::vector<ActorEntry>& actors() const;
  // Null if there is none.
  const ActorEntry* find(const ActorId& id) const;

  // Everything from index `from` on.
  LogCursor node_cursor(uint64_t from = 0) const;
  // One actor's events from `seq` on. `actor` must be in actors().
  LogCursor actor_cursor(const ActorId& actor, uint64_t seq = 0) const;

 private:
  friend class LogCursor;
  struct State;
  explicit LogReader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace theater::log
