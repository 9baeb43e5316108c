// The position of a cursor in a log, behind LogCursor in log_reader.h.
#pragma once

#include "theater/log/reader/body_reader.h"
#include "theater/log/reader/catalog.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/segment/frame_window.h"
#include "theater/log/segment/segment_index.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace theater::log {

// Not thread-safe.
struct LogCursor::State {
  // Reads the events of `actor` from its `seq` `next` on; without an actor, all events from the
  // index `next` on. The catalog outlives it.
  State(Catalog& catalog, std::optional<ActorNumber> actor, uint64_t next)
      : catalog_(catalog), actor_(actor), next_(next) {}

  // The operations of LogCursor.
  Result<std::optional<StoredEvent>> next();
  Result<std::vector<std::optional<StoredBody>>> bodies(const std::vector<bool>& wanted);

 private:
  // The cursor's segment.
  struct Place {
    uint64_t segment;
    std::shared_ptr<const SegmentIndex> index;
    FrameWindow window;
    BodyReader bodies;
  };

  // The segment of the next event, and the event's position among the segment's or the actor's
  // there.
  struct Target {
    uint64_t segment;
    uint64_t position;
  };

  std::optional<Target> find_next() const;
  Result<void> enter(uint64_t segment);
  Result<StoredEvent> read(const Target& target);

  Catalog& catalog_;
  std::optional<ActorNumber> actor_;
  uint64_t next_;
  std::optional<Place> place_;
  std::optional<StoredEvent> last_;
};

}  // namespace theater::log
