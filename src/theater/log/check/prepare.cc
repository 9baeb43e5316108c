#include "theater/log/check/prepare.h"

#include "theater/log/event/for_each_payload.h"
#include "theater/log/segment/body_format.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace theater::log::check {

namespace {

// A larger body is not read: nobody makes one, and memory for it would be needed at a stranger's
// word.
constexpr uint64_t kBodyBytesMax = uint64_t{1} << 30;
// More memory than this is given back after use.
constexpr size_t kScratchKept = size_t{16} << 20;

BodyFault beyond_end(uint64_t offset, uint64_t length) {
  return {.verdict = Verdict::kUnverifiable,
          .is_removed = true,
          .offset = offset,
          .what = fmt::format("a body of {} bytes is beyond the end of the body file", length)};
}

// Why the record at `offset` is not the body that the event says; nothing if it is.
std::optional<BodyFault> check_record(const SegmentImage& image, uint64_t offset,
                                      const Detached& wanted, Bytes& scratch) {
  BodyFault fault{.offset = offset, .what = {}};
  if (wanted.length > std::numeric_limits<uint32_t>::max()) {
    fault.what = fmt::format("the event says that a body has {} bytes; none can have so many",
                             wanted.length);
    return fault;
  }
  uint64_t record = kBodyHeadSize + wanted.length;
  uint64_t there = image.bodies && offset < image.bodies_size ? image.bodies_size - offset : 0;
  // Of a record that is cut off, the head says whether it was this one.
  if (there < record && there >= kBodyHeadSize) record = kBodyHeadSize;
  if (there < record) return beyond_end(offset, wanted.length);
  if (record > kBodyBytesMax) {
    fault.verdict = Verdict::kUnverifiable;
    fault.what = fmt::format("a body of {} bytes is too large to be checked", wanted.length);
    return fault;
  }
  if (scratch.size() < record) scratch.resize(static_cast<size_t>(record));
  std::span<uint8_t> room = std::span(scratch).first(static_cast<size_t>(record));
  if (Result<void> read = image.bodies->read_exactly_at(offset, room); !read) {
    fault.verdict = Verdict::kUnverifiable;
    fault.what = fmt::format("a body cannot be read: {}", read.error().to_string());
    return fault;
  }
  BodyHead head = read_body_head(room.first(kBodyHeadSize));
  if (head.length != wanted.length) {
    fault.what = fmt::format("the record of a body says that it has {} bytes, its event says {}",
                             head.length, wanted.length);
    return fault;
  }
  ByteView bytes = room.subspan(kBodyHeadSize);
  if (bytes.size() < wanted.length) return beyond_end(offset, wanted.length);
  switch (body_state(head, bytes)) {
    case BodyState::kDamaged:
      fault.what = fmt::format("the checksum of a body of {} bytes differs", wanted.length);
      return fault;
    case BodyState::kRemoved:
      fault.verdict = Verdict::kUnverifiable;
      fault.is_removed = true;
      fault.what = fmt::format("a body of {} bytes was removed", wanted.length);
      return fault;
    case BodyState::kWhole:
      break;
  }
  if (detached_hash(head.salt, bytes) == wanted.hash) return std::nullopt;
  fault.what =
      fmt::format("a body of {} bytes has not the hash that its event says", wanted.length);
  return fault;
}

bool tells_an_end(const Body& body) {
  return std::holds_alternative<Terminated>(body) || std::holds_alternative<ChildEnded>(body);
}

void check_bodies(CheckedEvent& event, const SegmentImage& image, Bytes& scratch) {
  bool is_end = tells_an_end(event.event.body);
  std::optional<uint64_t> begin = event.frame.bodies();
  uint64_t at = begin.value_or(0);
  for_each_payload(std::as_const(event.event.body), [&](const Payload& payload) {
    const auto* detached = std::get_if<Detached>(&payload);
    if (detached == nullptr) {
      if (is_end) event.end_data = sha256(std::get<Inline>(payload).value.view());
      return;
    }
    ++event.bodies;
    if (!begin) return;
    if (auto fault = check_record(image, at, *detached, scratch)) {
      event.body_faults.push_back(*std::move(fault));
    } else if (is_end) {
      event.end_data = sha256(ByteView(scratch).subspan(kBodyHeadSize, detached->length));
    }
    // Beyond all files, and no wrapping round, whatever the event says.
    uint64_t room = std::numeric_limits<uint64_t>::max() - kBodyHeadSize;
    at =
        detached->length > room - std::min(at, room) ? room : at + kBodyHeadSize + detached->length;
  });
  event.bodies_end = at;
}

}  // namespace

void prepare(Chunk& chunk, Bytes& scratch) {
  for (size_t i = 0; i < chunk.size; ++i) {
    CheckedEvent& event = chunk.events[i];
    event.fault.clear();
    event.bodies = 0;
    event.bodies_end = 0;
    event.body_faults.clear();
    event.end_data.reset();
    ByteView bytes = event.frame.event();
    event.hash = event_hash(bytes);
    Result<void> decoded = decode_event_in_place(bytes, event.event);
    if (!decoded) {
      event.fault = decoded.error().to_string();
      event.event = {};
      continue;
    }
    check_bodies(event, *chunk.segment, scratch);
    if (scratch.size() > kScratchKept) scratch = Bytes();
  }
}

}  // namespace theater::log::check
