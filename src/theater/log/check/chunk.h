// The data that the stages of check_log() pass on: a segment in memory, and some of its events at a
// time.
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

// Memory for a segment. The operating system gives large pages where it can: for a log of a few
// segments, getting small pages costs as much as reading the log. Not thread-safe.
class SegmentMemory {
 public:
  // At least `size` bytes, of any value. Invalidates the memory of an earlier call.
  std::span<uint8_t> room(size_t size);

 private:
  struct Free {
    void operator()(uint8_t* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<uint8_t[], Free> bytes_;
  size_t size_ = 0;
};

// A segment as read, with its body file, which is read where events need it.
struct SegmentImage {
  uint64_t number = 0;
  bool is_newest = false;
  ActorId log_id;
  SegmentMemory memory;  // Reused from segment to segment.
  ByteView bytes;        // The segment, at the beginning of the memory.
  std::optional<FileHandle> bodies;
  uint64_t bodies_size = 0;
  std::optional<SegmentFooter> footer;
  uint64_t footer_offset = 0;
};

// A difference between an event and one of its bodies.
struct BodyFault {
  Verdict verdict = Verdict::kInvalid;
  bool is_removed = false;
  // The end of a record that reaches beyond the end of the body file.
  std::optional<uint64_t> beyond = std::nullopt;
  uint64_t offset = 0;  // The offset of the body's record.
  std::string what;
};

struct CheckedEvent {
  Frame frame;
  uint64_t index = 0;  // The event's position in the log.

  // The fields that prepare() fills.
  Hash hash;
  Event event;        // Its payloads borrow from the segment.
  std::string fault;  // The reason for which it is no event; empty if it is one.
  uint32_t bodies = 0;
  uint32_t bodies_recomputable = 0;    // Those that a replay makes again.
  uint32_t bodies_beyond = 0;          // Those behind a record whose end is not known.
  uint32_t bodies_refused = 0;         // Those past the allowance of the log.
  std::optional<uint64_t> bodies_end;  // The end of its last record, if it is known.
  std::vector<BodyFault> body_faults;
  // SHA-256 of the data in `child-ended` or `terminated`, if the event has data and they exist.
  std::optional<Hash> end_data;
};

// Marks between events.
struct SegmentBegin {
  SegmentHeader header;
  bool follows = true;  // No segment is missing before it.
};
struct Gap {};  // Events are missing here.
struct GroupEnd {
  GroupTrailer trailer;
  uint64_t offset = 0;  // The offset of the trailer.
};
struct SegmentEnd {
  bool is_whole = true;  // The segment has lost nothing.
};
struct Mark {
  size_t at = 0;  // The index of the next event in the chunk.
  std::variant<SegmentBegin, Gap, GroupEnd, SegmentEnd> what;
};

// Some events of one segment, in order. A chunk is reused, so `events` may be longer than `size`.
struct Chunk {
  // Shared by the chunks of a segment; the last one releases it.
  std::shared_ptr<SegmentImage> segment;
  std::vector<CheckedEvent> events;
  size_t size = 0;
  size_t bytes = 0;
  size_t with_bodies = 0;  // How many of the events have bodies.
  std::vector<Mark> marks;

  CheckedEvent& add_event() {
    if (size == events.size()) events.emplace_back();
    return events[size++];
  }
  void clear() {
    segment.reset();
    size = 0;
    bytes = 0;
    with_bodies = 0;
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
