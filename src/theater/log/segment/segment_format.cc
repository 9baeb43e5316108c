#include "theater/log/segment/segment_format.h"

#include "theater/base/check.h"
#include "theater/base/crc32c.h"
#include "theater/log/event/format_version.h"
#include "theater/log/event/little_endian.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string_view>

namespace theater::log {

namespace {

constexpr std::string_view kHeaderMagic = "theaterL";
constexpr std::string_view kTailMagic = "theaterE";
constexpr std::string_view kSegmentSuffix = ".segment";
constexpr std::string_view kBodiesSuffix = ".bodies";
constexpr size_t kNumberDigits = 10;

// A header without peaks, and the most peaks that one has: one for each bit of `first`.
constexpr size_t kHeaderSize = 60;
constexpr size_t kPeaksMax = 64;
constexpr size_t kTrailerSize = 88;
constexpr size_t kFooterActorSize = 36;  // Without offsets.

constexpr unsigned kKindShift = 56;
constexpr uint64_t kActorMask = (uint64_t{1} << kKindShift) - 1;

size_t header_size(uint64_t first) {
  return kHeaderSize + Hash::kSize * static_cast<size_t>(std::popcount(first));
}

// Makes room for a frame's head. What is appended between this and end_frame() is the payload.
size_t begin_frame(Bytes& out) {
  size_t start = out.size();
  out.resize(start + kFrameHeadSize);
  return start;
}

void end_frame(Bytes& out, size_t start, FrameKind kind, ActorNumber actor) {
  size_t size = out.size() - start - kFrameHeadSize;
  THEATER_CHECK(size <= std::numeric_limits<uint32_t>::max(), "a frame of {} bytes", size);
  THEATER_CHECK(actor.value <= kActorMask, "actor number {}", actor.value);
  std::span<uint8_t> frame = std::span(out).subspan(start);
  store_u32(frame.subspan(4), static_cast<uint32_t>(size));
  store_u64(frame.subspan(8), actor.value | uint64_t{static_cast<uint8_t>(kind)} << kKindShift);
  store_u32(frame, crc32c(frame.subspan(4)));
}

// A frame's kind and what follows from it, after its checksum was found right.
Result<void> check_kind(const Frame& frame) {
  switch (frame.kind) {
    case FrameKind::kEvent:
      return {};
    case FrameKind::kEventWithBodies:
      if (frame.payload.size() >= sizeof(uint64_t)) return {};
      return fail(ErrorCode::kCorrupt, "the frame at {} is too short to say where its bodies begin",
                  frame.offset);
    case FrameKind::kTrailer:
    case FrameKind::kFooter:
      if (frame.actor == kNodeActor) return {};
      return fail(ErrorCode::kCorrupt, "the trailer or footer at {} has actor number {}",
                  frame.offset, frame.actor.value);
  }
  return fail(ErrorCode::kCorrupt, "the frame at {} is of unknown kind {}", frame.offset,
              static_cast<unsigned>(frame.kind));
}

Result<FooterActor> read_footer_actor(LittleEndianReader& reader) {
  if (reader.left() < kFooterActorSize) {
    return fail(ErrorCode::kCorrupt, "the footer ends inside of an actor");
  }
  FooterActor actor;
  actor.number = ActorNumber{reader.u64()};
  actor.id = reader.actor_id();
  actor.first_seq = reader.u64();
  uint32_t count = reader.u32();
  if (count == 0 || reader.left() / sizeof(uint32_t) < count) {
    return fail(ErrorCode::kCorrupt, "the footer says that actor number {} has {} events",
                actor.number.value, count);
  }
  actor.offsets.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t offset = reader.u32();
    if (i > 0 && offset <= actor.offsets.back()) {
      return fail(ErrorCode::kCorrupt, "the footer's offsets of actor number {} do not ascend",
                  actor.number.value);
    }
    actor.offsets.push_back(offset);
  }
  return actor;
}

std::string numbered_name(uint64_t number, std::string_view suffix) {
  return fmt::format("{:0{}}{}", number, kNumberDigits, suffix);
}

}  // namespace

ByteView Frame::event() const {
  return kind == FrameKind::kEventWithBodies ? payload.subspan(sizeof(uint64_t)) : payload;
}

std::optional<uint64_t> Frame::bodies() const {
  if (kind != FrameKind::kEventWithBodies) return std::nullopt;
  return load_u64(payload);
}

void append_header(Bytes& out, const SegmentHeader& header) {
  size_t start = out.size();
  size_t size = header_size(header.first);
  THEATER_CHECK(size == kHeaderSize + Hash::kSize * header.peaks.size(),
                "{} peaks for a tree of {} leaves", header.peaks.size(), header.first);
  append(out, as_bytes(kHeaderMagic));
  append_u32(out, kSegmentVersion);
  append_u32(out, static_cast<uint32_t>(size));
  append(out, header.log_id.bytes);
  append_u64(out, header.number);
  append_u64(out, header.first);
  append_u64(out, header.next_actor);
  for (const Hash& peak : header.peaks)
    append(out, peak.bytes);
  append_u32(out, crc32c(ByteView(out).subspan(start)));
}

void append_event_frame(Bytes& out, ActorNumber actor, ByteView event,
                        std::optional<uint64_t> bodies) {
  size_t start = begin_frame(out);
  if (bodies) append_u64(out, *bodies);
  append(out, event);
  end_frame(out, start, bodies ? FrameKind::kEventWithBodies : FrameKind::kEvent, actor);
}

void append_trailer(Bytes& out, const GroupTrailer& trailer) {
  size_t start = begin_frame(out);
  append(out, trailer.log_id.bytes);
  append_u64(out, trailer.segment);
  append_u64(out, trailer.first);
  append_u64(out, trailer.count);
  append_u64(out, trailer.offset);
  append_u64(out, trailer.bodies_end);
  append(out, trailer.root.bytes);
  end_frame(out, start, FrameKind::kTrailer, kNodeActor);
}

void append_footer(Bytes& out, const SegmentFooter& footer, uint64_t offset) {
  size_t start = begin_frame(out);
  append_u64(out, footer.events);
  append_u32(out, static_cast<uint32_t>(footer.actors.size()));
  for (const FooterActor& actor : footer.actors) {
    append_u64(out, actor.number.value);
    append(out, actor.id.bytes);
    append_u64(out, actor.first_seq);
    append_u32(out, static_cast<uint32_t>(actor.offsets.size()));
    for (uint32_t event : actor.offsets)
      append_u32(out, event);
  }
  end_frame(out, start, FrameKind::kFooter, kNodeActor);
  append_u64(out, offset);
  append(out, as_bytes(kTailMagic));
}

Result<ReadHeader> read_header(ByteView segment) {
  LittleEndianReader reader(segment);
  if (segment.size() < kHeaderSize || as_text(reader.bytes(8)) != kHeaderMagic) {
    return fail(ErrorCode::kCorrupt, "it does not begin as a segment does");
  }
  uint32_t version = reader.u32();
  if (version != kSegmentVersion) return unknown_version("segment", version, kSegmentVersion);
  uint32_t size = reader.u32();
  if (size < kHeaderSize || size > kHeaderSize + Hash::kSize * kPeaksMax || size > segment.size()) {
    return fail(ErrorCode::kCorrupt, "the segment's header has an impossible length ({})", size);
  }
  if (load_u32(segment.subspan(size - 4)) != crc32c(segment.first(size - 4))) {
    return fail(ErrorCode::kCorrupt, "the checksum of the segment's header differs");
  }
  ReadHeader read{.end = size};
  read.header.log_id = reader.actor_id();
  read.header.number = reader.u64();
  read.header.first = reader.u64();
  read.header.next_actor = reader.u64();
  if (size != header_size(read.header.first)) {
    return fail(ErrorCode::kCorrupt, "the segment's header of {} bytes does not fit {} events",
                size, read.header.first);
  }
  read.header.peaks.resize(static_cast<size_t>(std::popcount(read.header.first)));
  for (Hash& peak : read.header.peaks)
    peak = reader.hash();
  return read;
}

Result<std::optional<Frame>> read_frame(ByteView segment, uint64_t offset, uint64_t begin) {
  if (offset < begin || offset - begin > segment.size()) {
    return fail(ErrorCode::kCorrupt, "there is no frame at {}: bytes {} to {} are there", offset,
                begin, begin + segment.size());
  }
  ByteView rest = segment.subspan(static_cast<size_t>(offset - begin));
  if (all_zero(rest.first(std::min(rest.size(), kFrameHeadSize)))) return std::nullopt;
  if (rest.size() < kFrameHeadSize) {
    return fail(ErrorCode::kCorrupt, "the frame at {} ends too early", offset);
  }
  size_t size = load_u32(rest.subspan(4));
  if (size > rest.size() - kFrameHeadSize) {
    return fail(ErrorCode::kCorrupt, "the frame at {} ends too early: of its {} bytes there are {}",
                offset, size, rest.size() - kFrameHeadSize);
  }
  rest = rest.first(kFrameHeadSize + size);
  if (load_u32(rest) != crc32c(rest.subspan(4))) {
    return fail(ErrorCode::kCorrupt, "the checksum of the frame at {} differs", offset);
  }
  uint64_t kind_and_actor = load_u64(rest.subspan(8));
  Frame frame{.kind = static_cast<FrameKind>(kind_and_actor >> kKindShift),
              .actor = ActorNumber{kind_and_actor & kActorMask},
              .payload = rest.subspan(kFrameHeadSize),
              .offset = offset,
              .end = offset + rest.size()};
  THEATER_TRY_VOID(check_kind(frame));
  return frame;
}

Result<GroupTrailer> read_trailer(ByteView payload) {
  if (payload.size() != kTrailerSize) {
    return fail(ErrorCode::kCorrupt, "a trailer of {} bytes instead of {}", payload.size(),
                kTrailerSize);
  }
  LittleEndianReader reader(payload);
  GroupTrailer trailer;
  trailer.log_id = reader.actor_id();
  trailer.segment = reader.u64();
  trailer.first = reader.u64();
  trailer.count = reader.u64();
  trailer.offset = reader.u64();
  trailer.bodies_end = reader.u64();
  trailer.root = reader.hash();
  return trailer;
}

Result<SegmentFooter> read_footer(ByteView payload) {
  LittleEndianReader reader(payload);
  if (reader.left() < sizeof(uint64_t) + sizeof(uint32_t)) {
    return fail(ErrorCode::kCorrupt, "a footer of {} bytes", payload.size());
  }
  SegmentFooter footer;
  footer.events = reader.u64();
  uint32_t count = reader.u32();
  if (reader.left() / kFooterActorSize < count) {
    return fail(ErrorCode::kCorrupt, "the footer says that there are {} actors", count);
  }
  footer.actors.reserve(count);
  uint64_t events = 0;
  for (uint32_t i = 0; i < count; ++i) {
    FooterActor actor = THEATER_TRY(read_footer_actor(reader));
    if (actor.number.value > kActorMask || (i > 0 && actor.number <= footer.actors.back().number)) {
      return fail(ErrorCode::kCorrupt, "actor number {} is out of place in the footer",
                  actor.number.value);
    }
    events += actor.offsets.size();
    footer.actors.push_back(std::move(actor));
  }
  if (reader.left() != 0 || events != footer.events) {
    return fail(ErrorCode::kCorrupt, "the footer's counts contradict each other");
  }
  return footer;
}

std::optional<uint64_t> footer_offset(ByteView last_bytes) {
  if (last_bytes.size() < kTailSize) return std::nullopt;
  ByteView tail = last_bytes.last(kTailSize);
  if (as_text(tail.last(kTailMagic.size())) != kTailMagic) return std::nullopt;
  return load_u64(tail);
}

std::string segment_file_name(uint64_t number) {
  return numbered_name(number, kSegmentSuffix);
}

std::string bodies_file_name(uint64_t number) {
  return numbered_name(number, kBodiesSuffix);
}

std::optional<uint64_t> segment_number(std::string_view file_name) {
  if (file_name.size() != kNumberDigits + kSegmentSuffix.size()) return std::nullopt;
  if (!file_name.ends_with(kSegmentSuffix)) return std::nullopt;
  uint64_t number = 0;
  for (char c : file_name.substr(0, kNumberDigits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number;
}

}  // namespace theater::log
