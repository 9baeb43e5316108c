#include "theater/log/check/prepare.h"

#include "theater/log/event/body_use.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/segment/body_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace theater::log::check {

namespace {

// The fault of a body that is not there.
BodyFault unverifiable(uint64_t offset, std::string what) {
  return {.verdict = Verdict::kUnverifiable,
          .is_removed = true,
          .offset = offset,
          .what = std::move(what)};
}

// The fault of the record at `offset` whose body is not there; none for one that a replay makes.
std::optional<BodyFault> missing_body(const UnpackedBody& body, uint64_t offset, uint64_t length,
                                      bool is_output) {
  switch (body.state) {
    case UnpackedBody::State::kBeyondEnd: {
      BodyFault fault = unverifiable(
          offset, fmt::format("a body of {} bytes is beyond the end of the body file", length));
      fault.beyond = offset + std::max<uint64_t>(body.record_size, kBodyHeadSize);
      return fault;
    }
    case UnpackedBody::State::kTooLarge:
      return unverifiable(offset,
                          fmt::format("a body of {} bytes is too large to be checked", length));
    case UnpackedBody::State::kRemoved:
      return unverifiable(offset, fmt::format("a body of {} bytes was removed", length));
    case UnpackedBody::State::kLost:
      return unverifiable(
          offset,
          fmt::format("a body of {} bytes is lost with a removed one that it needs", length));
    case UnpackedBody::State::kAbsent:
      if (is_output) return std::nullopt;
      return unverifiable(
          offset, fmt::format("an input of {} bytes is absent, and no replay can make it", length));
    case UnpackedBody::State::kWhole:
    case UnpackedBody::State::kRefused:
      break;
  }
  return std::nullopt;
}

BodyFault reading_fault(uint64_t offset, const Error& error) {
  if (error.code() == ErrorCode::kCorrupt) return {.offset = offset, .what = error.message()};
  BodyFault fault = unverifiable(offset, "a body cannot be read: " + error.to_string());
  fault.is_removed = false;
  return fault;
}

struct BodyCheck {
  std::optional<BodyFault> fault;
  UnpackedBody body;
};

// Compares the record at `offset` with the payload that its event says.
BodyCheck check_record(const SegmentImage& image, uint64_t offset, const Detached& wanted,
                       bool is_output, BodyUnpacker& unpacker) {
  BodyCheck check;
  check.body.state = UnpackedBody::State::kBeyondEnd;
  if (wanted.length > std::numeric_limits<uint32_t>::max()) {
    check.fault = {
        .offset = offset,
        .what = fmt::format("the event says that a body has {} bytes; none can have so many",
                            wanted.length)};
    return check;
  }
  if (image.bodies) {
    Result<UnpackedBody> read = unpacker.read(
        offset, [&](uint64_t at) { return load_body(*image.bodies, image.bodies_size, at); });
    if (!read) {
      check.fault = reading_fault(offset, read.error());
      return check;
    }
    check.body = *std::move(read);
  }
  const UnpackedBody& body = check.body;
  bool is_beyond_end = body.state == UnpackedBody::State::kBeyondEnd;
  if (!is_beyond_end && body.length != wanted.length) {
    check.fault = {
        .offset = offset,
        .what = fmt::format("the record of a body says that it has {} bytes, its event says {}",
                            body.length, wanted.length)};
  } else if (!body.bytes) {
    check.fault = missing_body(body, offset, wanted.length, is_output);
  } else if (detached_hash(body.salt, *body.bytes) != wanted.hash) {
    check.fault = {
        .offset = offset,
        .what = fmt::format("a body of {} bytes does not have the hash that its event says",
                            wanted.length)};
  }
  return check;
}

bool tells_an_end(const Body& body) {
  return std::holds_alternative<Terminated>(body) || std::holds_alternative<ChildEnded>(body);
}

void check_bodies(CheckedEvent& event, const SegmentImage& image, BodyUnpacker& unpacker) {
  bool is_end = tells_an_end(event.event.body);
  // None once a record's end is unknown: nothing tells where the next one begins.
  std::optional<uint64_t> at = event.frame.bodies();
  size_t ordinal = 0;
  for_each_payload(std::as_const(event.event.body), [&](const Payload& payload) {
    size_t mine = ordinal++;
    const auto* detached = std::get_if<Detached>(&payload);
    if (detached == nullptr) {
      if (is_end) event.end_data = sha256(std::get<Inline>(payload).value.view());
      return;
    }
    ++event.bodies;
    if (!event.frame.bodies()) return;
    if (!at) {
      ++event.bodies_beyond;
      return;
    }
    BodyCheck check =
        check_record(image, *at, *detached, is_output(event.event.body, mine), unpacker);
    if (check.body.state == UnpackedBody::State::kRefused) {
      ++event.bodies_refused;
    } else if (!check.fault && !check.body.bytes) {
      ++event.bodies_recomputable;
    }
    if (check.fault) event.body_faults.push_back(*std::move(check.fault));
    if (is_end && check.body.bytes) event.end_data = sha256(*check.body.bytes);
    bool is_end_known =
        check.body.record_size > 0 && check.body.state != UnpackedBody::State::kBeyondEnd;
    if (is_end_known) {
      *at += check.body.record_size;
    } else {
      at.reset();
    }
  });
  event.bodies_end = at;
}

}  // namespace

void prepare(Chunk& chunk, BodyBench& bench) {
  if (bench.segment != chunk.segment->number) bench.unpacker.clear();
  bench.segment = chunk.segment->number;
  for (size_t i = 0; i < chunk.size; ++i) {
    CheckedEvent& event = chunk.events[i];
    event.fault.clear();
    event.bodies = 0;
    event.bodies_recomputable = 0;
    event.bodies_beyond = 0;
    event.bodies_refused = 0;
    event.bodies_end.reset();
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
    check_bodies(event, *chunk.segment, bench.unpacker);
  }
}

}  // namespace theater::log::check
