// How a cursor stands in a log. LogCursor in log_reader.h is what others see of it.
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
  // Goes through the events of `actor` from its `seq` on, or without one through all, from the
  // index `next` on. The catalog outlives it.
  State(Catalog& catalog, std::optional<ActorNumber> actor, uint64_t next)
      : catalog_(catalog), actor_(actor), next_(next) {}

  // As those of LogCursor.
  Result<std::optional<StoredEvent>> next();
  Result<std::vector<std::optional<StoredBody>>> bodies(size_t count);

 private:
  // The segment that the cursor is in.
  struct Place {
    uint64_t segment;
    std::shared_ptr<const SegmentIndex> index;
    FrameWindow window;
    BodyReader bodies;
  };

  // Which segment has the next event, and the how manieth of its or of its actor's it is there.
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
