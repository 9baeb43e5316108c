#include "theater/log/segment/segment_scan.h"

#include "theater/log/event/little_endian.h"
#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace theater::log::segment_scan_test {

const ActorId kLog = sample_actor(0x1d);

// A segment with groups of 1, 2, 3 … events, and where each group ends.
struct Sample {
  SegmentHeader header{.log_id = kLog, .number = 4, .first = 8, .peaks = {sample_hash(1)}};
  Bytes bytes;
  std::vector<uint64_t> ends;
  ScanPosition start;

  explicit Sample(uint64_t groups) {
    append_header(bytes, header);
    start = scan_start(read_header(bytes).value());
    uint64_t index = header.first;
    for (uint64_t count = 1; count <= groups; ++count) {
      add_group(index, count);
      index += count;
    }
  }

  void add_group(uint64_t index, uint64_t count, uint64_t bodies_end = 0) {
    uint64_t offset = bytes.size();
    for (uint64_t i = 0; i < count; ++i)
      append_event_frame(bytes, {index + i}, Bytes(20 + i, 0x2a), std::nullopt);
    add_trailer({.log_id = kLog,
                 .segment = header.number,
                 .first = index,
                 .count = count,
                 .offset = offset,
                 .bodies_end = bodies_end});
  }

  void add_trailer(const GroupTrailer& trailer) {
    append_trailer(bytes, trailer);
    ends.push_back(bytes.size());
  }
};

struct Scanned {
  uint64_t groups = 0;
  ScanPosition position;
  ScanStop stop;
};

Scanned scan(const Sample& sample, ByteView bytes) {
  GroupScanner scanner(bytes, sample.header, sample.start);
  Scanned scanned;
  while (const ScannedGroup* group = scanner.next()) {
    ++scanned.groups;
    EXPECT_EQ(group->end, sample.ends[scanned.groups - 1]);
    EXPECT_EQ(group->events.size(), group->trailer.count);
  }
  scanned.position = scanner.position();
  scanned.stop = scanner.stop();
  return scanned;
}

// How many groups of the sample end at or before `size`.
uint64_t groups_until(const Sample& sample, uint64_t size) {
  return static_cast<uint64_t>(std::upper_bound(sample.ends.begin(), sample.ends.end(), size) -
                               sample.ends.begin());
}

std::optional<uint64_t> group_after(const Sample& sample, ByteView bytes, const Scanned& scanned) {
  return find_whole_group_after(bytes, sample.header, scanned.position.offset,
                                scanned.position.index + 1);
}

TEST(SegmentScan, GivesEachGroupAndStopsAtTheEnd) {
  Sample sample(4);
  Scanned scanned = scan(sample, sample.bytes);
  EXPECT_EQ(scanned.groups, 4U);
  EXPECT_EQ(scanned.position, (ScanPosition{.offset = sample.bytes.size(), .index = 18}));
  EXPECT_EQ(scanned.stop.reason, StopReason::kEnd);
}

TEST(SegmentScan, TakesZerosForTheEndUnlessSomethingFollows) {
  Sample sample(2);
  for (size_t zeros : {1, 15, 16, 17, 5000}) {
    Bytes bytes = sample.bytes;
    bytes.resize(bytes.size() + zeros);
    EXPECT_EQ(scan(sample, bytes).stop.reason, StopReason::kEnd) << zeros;
    bytes.push_back(1);
    Scanned scanned = scan(sample, bytes);
    EXPECT_EQ(scanned.stop.reason, StopReason::kDamage) << zeros;
    EXPECT_EQ(scanned.groups, 2U);
    EXPECT_EQ(group_after(sample, bytes, scanned), std::nullopt);
  }
}

TEST(SegmentScan, StopsAtTheFooter) {
  Sample sample(2);
  uint64_t offset = sample.bytes.size();
  append_footer(sample.bytes, {}, offset);
  Scanned scanned = scan(sample, sample.bytes);
  EXPECT_EQ(scanned.groups, 2U);
  EXPECT_EQ(scanned.stop.reason, StopReason::kFooter);
  EXPECT_EQ(scanned.stop.offset, offset);
}

TEST(SegmentScan, GivesTheGroupsBeforeACut) {
  Sample sample(4);
  for (uint64_t size = sample.start.offset; size < sample.bytes.size(); ++size) {
    ByteView cut = ByteView(sample.bytes).first(size);
    Scanned scanned = scan(sample, cut);
    EXPECT_EQ(scanned.groups, groups_until(sample, size)) << size;
    bool is_between = size == scanned.position.offset;
    EXPECT_EQ(scanned.stop.reason, is_between ? StopReason::kEnd : StopReason::kDamage) << size;
    EXPECT_EQ(group_after(sample, cut, scanned), std::nullopt) << size;
  }
}

TEST(SegmentScan, TellsDamageFromATornEnd) {
  Sample sample(4);
  for (uint64_t at = sample.start.offset; at < sample.bytes.size(); ++at) {
    Bytes bytes = sample.bytes;
    bytes[at] ^= 0x10;
    Scanned scanned = scan(sample, bytes);
    uint64_t whole = groups_until(sample, at);
    EXPECT_EQ(scanned.groups, whole) << at;
    EXPECT_EQ(scanned.stop.reason, StopReason::kDamage) << at;
    EXPECT_LE(scanned.stop.offset, at);
    std::optional<uint64_t> expected;
    if (whole + 1 < sample.ends.size()) expected = sample.ends[whole];
    EXPECT_EQ(group_after(sample, bytes, scanned), expected) << at;
  }
}

TEST(SegmentScan, RefusesATrailerThatSaysSomethingElse) {
  Sample good(1);
  GroupTrailer trailer{
      .log_id = kLog, .segment = 4, .first = 9, .count = 1, .offset = good.bytes.size()};
  std::vector<GroupTrailer> wrong(6, trailer);
  wrong[0].log_id = sample_actor(0x1e);
  wrong[1].segment = 3;
  wrong[2].first = 10;
  wrong[3].count = 2;
  wrong[4].count = 0;
  wrong[5].offset += 1;
  for (const GroupTrailer& said : wrong) {
    Sample sample(1);
    append_event_frame(sample.bytes, {1}, Bytes{1}, std::nullopt);
    sample.add_trailer(said);
    Scanned scanned = scan(sample, sample.bytes);
    EXPECT_EQ(scanned.groups, 1U);
    EXPECT_EQ(scanned.stop.reason, StopReason::kDamage);
    EXPECT_FALSE(scanned.stop.text.empty());
  }
}

TEST(SegmentScan, RefusesATrailerAlone) {
  Sample sample(1);
  sample.add_trailer(
      {.log_id = kLog, .segment = 4, .first = 9, .count = 0, .offset = sample.bytes.size()});
  EXPECT_EQ(scan(sample, sample.bytes).stop.reason, StopReason::kDamage);
}

TEST(SegmentScan, RefusesABodyFileThatShrinks) {
  Sample sample(0);
  sample.add_group(8, 1, 500);
  sample.add_group(9, 1, 499);
  Scanned scanned = scan(sample, sample.bytes);
  EXPECT_EQ(scanned.groups, 1U);
  EXPECT_EQ(scanned.stop.reason, StopReason::kDamage);
  EXPECT_EQ(scanned.position.bodies_end, 500U);
}

TEST(SegmentScan, RefusesAGroupWithoutTrailerBeforeTheFooter) {
  Sample sample(1);
  append_event_frame(sample.bytes, {1}, Bytes{1}, std::nullopt);
  append_footer(sample.bytes, {}, sample.bytes.size());
  EXPECT_EQ(scan(sample, sample.bytes).stop.reason, StopReason::kDamage);
}

TEST(SegmentScan, GoesOnInAPart) {
  Sample sample(4);
  GroupScanner first(ByteView(sample.bytes).first(sample.ends[1]), sample.header, sample.start);
  while (first.next() != nullptr) {
  }
  uint64_t begin = sample.ends[1] - 5;
  ByteView part = ByteView(sample.bytes).subspan(begin);
  GroupScanner second(part, sample.header, first.position(), begin);
  const ScannedGroup* group = second.next();
  ASSERT_NE(group, nullptr);
  EXPECT_EQ(group->offset, sample.ends[1]);
  EXPECT_EQ(group->end, sample.ends[2]);
  EXPECT_EQ(group->trailer.count, 3U);
  EXPECT_EQ(find_whole_group_after(part, sample.header, sample.ends[2], 0, begin), sample.ends[2]);
}

TEST(SegmentScan, FindsTheFirstGroupThatBeginsLateEnough) {
  Sample sample(4);  // With events 8, 9 to 10, 11 to 13 and 14 to 17.
  auto find = [&](uint64_t offset, uint64_t index_min) {
    return find_whole_group_after(sample.bytes, sample.header, offset, index_min);
  };
  EXPECT_EQ(find(0, 0), sample.start.offset);
  EXPECT_EQ(find(0, 9), sample.ends[0]);
  EXPECT_EQ(find(0, 12), sample.ends[2]);
  EXPECT_EQ(find(sample.start.offset + 1, 0), sample.ends[0]);
  EXPECT_EQ(find(0, 15), std::nullopt);
  EXPECT_EQ(find(~uint64_t{0}, 0), std::nullopt);
}

TEST(SegmentScan, FindsNoGroupWhoseTrailerCountsOthersThanThereAre) {
  for (uint64_t count : {1, 3}) {
    Sample sample(0);
    for (uint8_t i = 0; i < 2; ++i)
      append_event_frame(sample.bytes, {1}, Bytes{i}, std::nullopt);
    sample.add_trailer(
        {.log_id = kLog, .segment = 4, .first = 8, .count = count, .offset = sample.start.offset});
    EXPECT_EQ(find_whole_group_after(sample.bytes, sample.header, 0, 0), std::nullopt) << count;
  }
}

TEST(SegmentScan, IsNotFooledByGroupsInsideOfAnEvent) {
  // The last group holds an event with the whole segment in it, and is torn.
  Sample sample(3);
  uint64_t torn = sample.bytes.size();
  Bytes copy = sample.bytes;
  append_event_frame(sample.bytes, {1}, copy, std::nullopt);
  Scanned scanned = scan(sample, sample.bytes);
  EXPECT_EQ(scanned.groups, 3U);
  EXPECT_EQ(scanned.stop.reason, StopReason::kDamage);
  EXPECT_EQ(find_whole_group_after(sample.bytes, sample.header, torn, 0), std::nullopt);
}

// A torn group in which `count` frames each reach up to a trailer of their own, over all the
// others, and have a wrong checksum.
Sample overlapping(size_t count) {
  Sample sample(0);
  uint64_t begin = sample.bytes.size();
  Bytes trailers;
  for (size_t i = 0; i < count; ++i) {
    append_trailer(trailers, {.log_id = kLog,
                              .segment = 4,
                              .first = 100,
                              .count = 1,
                              .offset = begin + i * kFrameHeadSize});
  }
  size_t trailer_size = trailers.size() / count;
  for (size_t i = 0; i < count; ++i) {
    Bytes head(kFrameHeadSize);
    head[0] = 0xff;
    size_t size = (count - i - 1) * kFrameHeadSize + i * trailer_size;
    store_u32(std::span(head).subspan(4), static_cast<uint32_t>(size));
    head[15] = static_cast<uint8_t>(FrameKind::kEvent);
    append(sample.bytes, head);
  }
  append(sample.bytes, trailers);
  return sample;
}

TEST(SegmentScan, FollowsOverlappingGroupsForALimitedTime) {
  Sample few = overlapping(4);
  EXPECT_EQ(find_whole_group_after(few.bytes, few.header, few.start.offset, 9), std::nullopt);
  // Following each of these would read some 50 GB.
  Sample many = overlapping(30'000);
  EXPECT_TRUE(find_whole_group_after(many.bytes, many.header, many.start.offset, 9));
}

}  // namespace theater::log::segment_scan_test
