#include "theater/log/segment/segment_format.h"

#include "theater/base/crc32c.h"
#include "theater/base/hex.h"
#include "theater/log/event/little_endian.h"
#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <random>
#include <utility>

namespace theater::log::segment_format_test {

const ActorId kLog = sample_actor(0x1d);

SegmentHeader sample_header() {
  return {.log_id = kLog,
          .number = 7,
          .first = 5,
          .next_actor = 3,
          .peaks = {sample_hash(0xaa), sample_hash(0xbb)}};
}

GroupTrailer sample_trailer() {
  return {.log_id = kLog,
          .segment = 7,
          .first = 5,
          .count = 2,
          .offset = 124,
          .bodies_end = 4096,
          .root = sample_hash(0xcc)};
}

SegmentFooter sample_footer() {
  return {.events = 3,
          .actors = {{.number = kNodeActor, .id = kLog, .first_seq = 4, .offsets = {124}},
                     {.number = {2}, .id = sample_actor(0xa1), .offsets = {150, 200}}}};
}

// A footer's frame without the tail, with a payload of the test's own.
Bytes footer_payload(const SegmentFooter& footer) {
  Bytes bytes;
  append_footer(bytes, footer, 0);
  bytes.erase(bytes.end() - ptrdiff_t{kTailSize}, bytes.end());
  bytes.erase(bytes.begin(), bytes.begin() + kFrameHeadSize);
  return bytes;
}

// Makes the checksum of a frame right after a change.
void reseal(Bytes& frame) {
  store_u32(frame, crc32c(ByteView(frame).subspan(4)));
}

// The expected bytes were put together by a program that knows docs/formats/log.md alone.
TEST(SegmentFormat, WritesAHeaderAsTheFormatSays) {
  Bytes bytes;
  append_header(bytes, sample_header());
  EXPECT_EQ(to_hex(bytes),
            "746865617465724c020000007c0000001d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d0700000000000000050000"
            "00000000000300000000000000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb77dbeed4");
}

TEST(SegmentFormat, WritesFramesAsTheFormatSays) {
  Bytes bytes;
  append_event_frame(bytes, {0x0102030405}, Bytes{0x10, 0x20}, std::nullopt);
  EXPECT_EQ(to_hex(bytes), "ad09dab60200000005040302010000011020");
  bytes.clear();
  append_event_frame(bytes, kNodeActor, Bytes{0x10}, 44);
  EXPECT_EQ(to_hex(bytes), "daa3b6a40900000000000000000000022c0000000000000010");
  bytes.clear();
  append_trailer(bytes, sample_trailer());
  EXPECT_EQ(to_hex(bytes),
            "808da9e15800000000000000000000031d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d0700000000000000050000"
            "000000000002000000000000007c000000000000000010000000000000cccccccccccccccccccccccccccc"
            "cccccccccccccccccccccccccccccccccccc");
}

TEST(SegmentFormat, WritesFooterAndTailAsTheFormatSays) {
  Bytes bytes;
  append_footer(bytes, sample_footer(), 1000);
  EXPECT_EQ(to_hex(bytes),
            "0fa8ac6d60000000000000000000000403000000000000000200000000000000000000001d1d1d1d1d1d1d"
            "1d1d1d1d1d1d1d1d1d0400000000000000010000007c0000000200000000000000a1a1a1a1a1a1a1a1a1a1"
            "a1a1a1a1a1a100000000000000000200000096000000c8000000e8030000000000007468656174657245");
}

TEST(SegmentFormat, RefusesAHeaderOfAnotherVersion) {
  Bytes bytes;
  append_header(bytes, sample_header());
  for (uint8_t version : {uint8_t{1}, uint8_t{3}}) {
    bytes[8] = version;
    Result<ReadHeader> read = read_header(bytes);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), ErrorCode::kUnsupported);
    EXPECT_FALSE(read.error().hint().empty());
  }
}

TEST(SegmentFormat, RefusesAHeaderThatIsCutOrChanged) {
  Bytes whole;
  append_header(whole, sample_header());
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_header(ByteView(whole).first(size))) << size;
    Bytes changed = whole;
    changed[size] ^= 0x40;
    EXPECT_FALSE(read_header(changed)) << size;
  }
}

TEST(SegmentFormat, RefusesPeaksThatDoNotFitTheEventsBefore) {
  Bytes bytes;
  append_header(bytes, sample_header());
  bytes[40] = 7;  // Three peaks.
  store_u32(std::span(bytes).last(4), crc32c(ByteView(bytes).first(bytes.size() - 4)));
  EXPECT_FALSE(read_header(bytes));
}

TEST(SegmentFormat, RefusesAFrameThatIsCutOrChanged) {
  Bytes whole;
  append_event_frame(whole, {5}, Bytes{1, 2, 3}, 44);
  for (size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(read_frame(ByteView(whole).first(size), 0)) << size;
    Bytes changed = whole;
    changed[size] ^= 1;
    EXPECT_FALSE(read_frame(changed, 0)) << size;
  }
}

TEST(SegmentFormat, RefusesAFrameOfAnUnknownKind) {
  for (int kind : {0, 5, 255}) {
    Bytes bytes;
    append_event_frame(bytes, {5}, Bytes{1, 2, 3}, std::nullopt);
    bytes[15] = static_cast<uint8_t>(kind);
    reseal(bytes);
    EXPECT_FALSE(read_frame(bytes, 0)) << kind;
  }
}

TEST(SegmentFormat, RefusesATrailerOfAnActorAndBodiesWithoutAPlace) {
  Bytes trailer;
  append_trailer(trailer, sample_trailer());
  trailer[8] = 1;
  reseal(trailer);
  EXPECT_FALSE(read_frame(trailer, 0));
  Bytes event;
  append_event_frame(event, {5}, Bytes{1, 2, 3}, std::nullopt);
  event[15] = static_cast<uint8_t>(FrameKind::kEventWithBodies);
  reseal(event);
  EXPECT_FALSE(read_frame(event, 0));
}

TEST(SegmentFormat, SeesNoFrameInZerosAndAtTheEnd) {
  Bytes zeros(20);
  for (uint64_t offset : {0, 4, 10, 20}) {
    Result<std::optional<Frame>> read = read_frame(zeros, offset);
    ASSERT_TRUE(read);
    EXPECT_FALSE(*read) << offset;
  }
  EXPECT_FALSE(read_frame(zeros, 21));
  EXPECT_FALSE(read_frame(zeros, ~uint64_t{0}));
  EXPECT_FALSE(read_frame(zeros, 5, 6));
}

TEST(SegmentFormat, ReadsAFrameFromAPartOfTheSegment) {
  Bytes part(3, 0xff);
  append_event_frame(part, {9}, Bytes{7}, std::nullopt);
  Result<std::optional<Frame>> read = read_frame(part, 103, 100);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->offset, 103U);
  EXPECT_EQ((*read)->end, 120U);
  EXPECT_EQ(to_hex((*read)->event()), "07");
}

TEST(SegmentFormat, RefusesAFooterWhoseCountsGoBeyondItsPayload) {
  Bytes payload = footer_payload(sample_footer());
  Bytes actors = payload;
  store_u32(std::span(actors).subspan(8), 0xffffffff);
  EXPECT_FALSE(read_footer(actors));
  Bytes offsets = payload;
  store_u32(std::span(offsets).subspan(12 + 32), 0xffffffff);
  EXPECT_FALSE(read_footer(offsets));
  for (size_t size = 0; size < payload.size(); ++size)
    EXPECT_FALSE(read_footer(ByteView(payload).first(size))) << size;
  payload.push_back(0);
  EXPECT_FALSE(read_footer(payload));
}

TEST(SegmentFormat, RefusesAFooterThatIsNotInOrder) {
  SegmentFooter footer = sample_footer();
  std::swap(footer.actors[0], footer.actors[1]);
  EXPECT_FALSE(read_footer(footer_payload(footer)));
  footer = sample_footer();
  footer.actors[1].offsets = {200, 200};
  EXPECT_FALSE(read_footer(footer_payload(footer)));
  footer = sample_footer();
  footer.events = 4;
  EXPECT_FALSE(read_footer(footer_payload(footer)));
}

TEST(SegmentFormat, FindsTheFooterByTheTailOnly) {
  Bytes bytes;
  append_footer(bytes, sample_footer(), 1000);
  EXPECT_EQ(footer_offset(bytes), 1000U);
  EXPECT_EQ(footer_offset(ByteView(bytes).last(kTailSize)), 1000U);
  EXPECT_EQ(footer_offset(ByteView(bytes).last(kTailSize - 1)), std::nullopt);
  bytes.back() = 'F';
  EXPECT_EQ(footer_offset(bytes), std::nullopt);
}

TEST(SegmentFormat, NamesFiles) {
  EXPECT_EQ(segment_file_name(12), "0000000012.segment");
  EXPECT_EQ(bodies_file_name(12), "0000000012.bodies");
  EXPECT_EQ(segment_number("0000000012.segment"), 12U);
  EXPECT_EQ(segment_number("9999999999.segment"), 9'999'999'999U);
  for (const char* other : {"", "12.segment", "00000000012.segment", "000000001x.segment",
                            "+000000012.segment", "0000000012.bodies", "0000000012.segment~"}) {
    EXPECT_EQ(segment_number(other), std::nullopt) << other;
  }
}

RC_GTEST_PROP(SegmentFormatProperty, HeadersComeBack, (uint64_t seed)) {
  std::mt19937_64 engine(seed);
  SegmentHeader header{.log_id = sample_actor(static_cast<uint8_t>(engine())),
                       .number = engine(),
                       .first = engine() >> (engine() % 64),
                       .next_actor = engine()};
  for (int left = std::popcount(header.first); left > 0; --left)
    header.peaks.push_back(sample_hash(static_cast<uint8_t>(engine())));
  Bytes bytes;
  append_header(bytes, header);
  uint64_t end = bytes.size();
  append(bytes, Bytes{1, 2, 3});
  ReadHeader read = read_header(bytes).value();
  RC_ASSERT(read.header == header);
  RC_ASSERT(read.end == end);
}

RC_GTEST_PROP(SegmentFormatProperty, FramesComeBack,
              (const Bytes& event, uint64_t actor, bool has_bodies, uint64_t bodies)) {
  ActorNumber number{actor >> 8};
  std::optional<uint64_t> place = has_bodies ? std::optional(bodies) : std::nullopt;
  Bytes bytes(3);
  append_event_frame(bytes, number, event, place);
  std::optional<Frame> frame = read_frame(bytes, 3).value();
  RC_ASSERT(frame.has_value());
  RC_ASSERT(frame->actor == number);
  RC_ASSERT(to_bytes(frame->event()) == event);
  RC_ASSERT(frame->bodies() == place);
  RC_ASSERT(frame->end == bytes.size());
}

RC_GTEST_PROP(SegmentFormatProperty, TrailersAndFootersComeBack, (uint64_t seed)) {
  std::mt19937_64 engine(seed);
  GroupTrailer trailer{.log_id = kLog,
                       .segment = engine(),
                       .first = engine(),
                       .count = engine(),
                       .offset = engine(),
                       .bodies_end = engine(),
                       .root = sample_hash(static_cast<uint8_t>(engine()))};
  SegmentFooter footer;
  for (uint64_t number = engine() % 3, left = engine() % 5; left > 0; --left) {
    FooterActor actor{.number = {number}, .id = kLog, .first_seq = engine()};
    for (uint64_t events = engine() % 6 + 1; events > 0; --events)
      actor.offsets.push_back(static_cast<uint32_t>(100 * (10 - events) + engine() % 100));
    footer.events += actor.offsets.size();
    footer.actors.push_back(actor);
    number += engine() % 9 + 1;
  }
  Bytes bytes;
  append_trailer(bytes, trailer);
  uint64_t end = bytes.size();
  append_footer(bytes, footer, end);
  RC_ASSERT(read_trailer(read_frame(bytes, 0).value()->payload).value() == trailer);
  std::optional<Frame> frame = read_frame(bytes, footer_offset(bytes).value()).value();
  RC_ASSERT(frame.has_value() && frame->kind == FrameKind::kFooter);
  RC_ASSERT(read_footer(frame->payload).value() == footer);
  RC_ASSERT(frame->end + kTailSize == bytes.size());
}

}  // namespace theater::log::segment_format_test
