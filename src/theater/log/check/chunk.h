// What the stages of check_log() hand on: a segment in memory, and some of its events at a time.
#pragma once

#include "theater/base/file_handle.h"
#include "theater/base/hash.h"
#include "theater/log/check/findings.h"
#include "theater/log/event/event.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace theater::log::check {

// Memory for a segment. The operating system gives it in large pages where it can: with small ones,
// getting memory costs a log of a few segments as much as reading it. Not thread-safe.
class SegmentMemory {
 public:
  // At least `size` bytes, of any value. Those that it gave before are gone.
  std::span<uint8_t> room(size_t size);

 private:
  struct Free {
    void operator()(uint8_t* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<uint8_t[], Free> bytes_;
  size_t size_ = 0;
};

// A segment as it was read, with its body file, which is read where events need it.
struct SegmentImage {
  uint64_t number = 0;
  bool is_newest = false;
  ActorId log_id;
  SegmentMemory memory;  // Kept from segment to segment.
  ByteView bytes;        // The beginning of it.
  std::optional<FileHandle> bodies;
  uint64_t bodies_size = 0;
  std::optional<SegmentFooter> footer;
  uint64_t footer_offset = 0;
};

// Something that is not as the event says about one of its bodies.
struct BodyFault {
  Verdict verdict = Verdict::kInvalid;
  bool is_removed = false;
  uint64_t offset = 0;  // Of its record.
  std::string what;
};

struct CheckedEvent {
  Frame frame;
  uint64_t index = 0;  // In the log.

  // Filled by prepare():
  Hash hash;
  Event event;        // Borrows from the segment.
  std::string fault;  // Why it is no event; empty if it is one.
  uint32_t bodies = 0;
  uint64_t bodies_end = 0;  // Where its last record ends.
  std::vector<BodyFault> body_faults;
  // Of `child-ended` and `terminated`: SHA-256 of the data that somebody completed with, if they
  // are there.
  std::optional<Hash> end_data;
};

// What stands between events.
struct SegmentBegin {
  SegmentHeader header;
  bool follows = true;  // Nothing is missing before it.
};
struct Gap {};  // Events are missing here.
struct GroupEnd {
  GroupTrailer trailer;
  uint64_t offset = 0;  // Of the trailer.
};
struct SegmentEnd {
  bool is_whole = true;  // Nothing is missing in it.
};
struct Mark {
  size_t at = 0;  // Before the event of this number in the chunk.
  std::variant<SegmentBegin, Gap, GroupEnd, SegmentEnd> what;
};

// Some events of one segment, in order. Reused: `events` is longer than `size` at times.
struct Chunk {
  // Shared: the last chunk of a segment, whichever that is, lets go of it.
  std::shared_ptr<SegmentImage> segment;
  std::vector<CheckedEvent> events;
  size_t size = 0;
  size_t bytes = 0;
  std::vector<Mark> marks;

  CheckedEvent& add_event() {
    if (size == events.size()) events.emplace_back();
    return events[size++];
  }
  void clear() {
    segment.reset();
    size = 0;
    bytes = 0;
    marks.clear();
  }
};

// Calls `on_mark(what)` and `on_event(event)` in their order.
template <class OnMark, class OnEvent>
void walk(Chunk& chunk, const OnMark& on_mark, const OnEvent& on_event) {
  size_t next = 0;
  for (size_t i = 0; i <= chunk.size; ++i) {
    for (; next < chunk.marks.size() && chunk.marks[next].at == i; ++next)
      std::visit(on_mark, chunk.marks[next].what);
    if (i < chunk.size) on_event(chunk.events[i]);
  }
}

}  // namespace theater::log::check
