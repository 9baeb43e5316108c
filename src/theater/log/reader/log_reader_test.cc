#include "theater/log/reader/log_reader.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/reader/body_reader.h"
#include "theater/log/segment/body_format.h"
#include "theater/log/segment/frame_window.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/segment/segment_scan.h"
#include "theater/log/testing/sample_chain.h"
#include "theater/log/testing/segment_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

namespace theater::log::log_reader_test {

using std::filesystem::path;

const ActorId kReadLog = sample_actor(0x1d);

BuiltBody body_of(uint8_t byte, size_t size) {
  BuiltBody body{.bytes = Bytes(size, byte)};
  body.salt.fill(static_cast<uint8_t>(byte + 1));
  return body;
}

// Begins a chain for each of the actors, the first of which is the node.
void begin_chains(SegmentBuilder& log, uint64_t actors) {
  for (uint64_t number = 0; number < actors; ++number) {
    ActorId id = number == 0 ? kReadLog : sample_actor(static_cast<uint8_t>(0xa0 + number));
    log.record({number}, Genesis{.actor = id, .name = fmt::format("actor-{}", number)});
  }
  log.commit();
}

// Groups of one to four events by the actors in turn, of which every fifth has detached payloads.
void add_groups(SegmentBuilder& log, uint64_t actors, uint64_t groups) {
  for (uint64_t group = 0; group < groups; ++group) {
    for (uint64_t i = 0; i <= group % 4; ++i) {
      uint64_t step = log.events().size() + i;
      auto byte = static_cast<uint8_t>(step);
      ActorNumber actor{(step * 7 + i) % actors};
      if (step % 5 == 0) {
        std::vector<BuiltBody> bodies{body_of(byte, 30 + i), body_of(byte, i)};
        Host host{.arguments = bodies[0].payload(), .result = bodies[1].payload()};
        log.record(actor, host, bodies);
      } else {
        log.record(actor, Note{.function = byte, .arguments = inline_payload(Bytes(step % 9, 3))});
      }
    }
    log.commit();
  }
}

void expect_same(const StoredEvent& event, const BuiltEvent& built) {
  EXPECT_EQ(event.actor, built.actor);
  EXPECT_EQ(to_bytes(event.bytes), built.bytes);
  EXPECT_EQ(event.bodies.has_value(), !built.bodies.empty());
}

// What is left of the cursor's way. Stops at an error.
struct Read {
  std::vector<BuiltEvent> events;
  std::optional<Error> error;
};
Read read_on(LogCursor& cursor) {
  Read read;
  for (;;) {
    Result<std::optional<StoredEvent>> event = cursor.next();
    if (!event) {
      read.error = event.error();
      return read;
    }
    if (!*event) return read;
    read.events.push_back({.actor = (*event)->actor, .bytes = to_bytes((*event)->bytes)});
  }
}

// Whether `events` are the first of `built`.
bool is_prefix(const std::vector<BuiltEvent>& events, const std::vector<BuiltEvent>& built) {
  return events.size() <= built.size() && std::equal(events.begin(), events.end(), built.begin(),
                                                     [](const BuiltEvent& a, const BuiltEvent& b) {
                                                       return a.actor == b.actor &&
                                                              a.bytes == b.bytes;
                                                     });
}

// Reads all by node and by actor and compares it with what was built. True if there was no error.
bool reads_a_prefix(const path& folder, const SegmentBuilder& built, uint64_t size) {
  Result<std::unique_ptr<LogReader>> reader = LogReader::open(folder);
  if (!reader) return false;
  LogCursor cursor = (*reader)->node_cursor();
  Read read = read_on(cursor);
  EXPECT_TRUE(is_prefix(read.events, built.events()));
  bool is_good = !read.error;
  EXPECT_TRUE(read.error || read.events.size() == size) << read.events.size();
  for (const ActorEntry& actor : (*reader)->actors()) {
    LogCursor own = (*reader)->actor_cursor(actor.id);
    Read chain = read_on(own);
    EXPECT_TRUE(is_prefix(chain.events, built.events(actor.number)));
    if (chain.error) is_good = false;
  }
  return is_good;
}

void expect_whole(const path& folder, const SegmentBuilder& built) {
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(folder)).value();
  EXPECT_EQ(reader->log_id(), kReadLog);
  ASSERT_EQ(reader->size(), built.events().size());
  LogCursor node = reader->node_cursor();
  for (uint64_t index = 0; index < reader->size(); ++index) {
    std::optional<StoredEvent> event = node.next().value();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->index, index);
    expect_same(*event, built.events()[index]);
  }
  EXPECT_FALSE(node.next().value());
  for (const ActorEntry& actor : reader->actors()) {
    std::vector<BuiltEvent> expected = built.events(actor.number);
    EXPECT_EQ(actor.events, expected.size());
    for (uint64_t from = 0; from <= expected.size(); from += 3) {
      LogCursor cursor = reader->actor_cursor(actor.id, from);
      for (uint64_t seq = from; seq < expected.size(); ++seq) {
        std::optional<StoredEvent> event = cursor.next().value();
        ASSERT_TRUE(event);
        expect_same(*event, expected[seq]);
        EXPECT_EQ(to_bytes(event->bytes), built.events()[event->index].bytes);
      }
      EXPECT_FALSE(cursor.next().value());
    }
  }
}

void write_in_place(const path& file, uint64_t offset, ByteView bytes) {
  FileHandle handle = std::move(FileHandle::open(file, OpenMode::kCreate)).value();
  ASSERT_TRUE(handle.write_at(offset, bytes));
}

void flip(const path& file, uint64_t offset) {
  Bytes bytes = read_file(file).value();
  bytes.at(offset) ^= 0x21;
  write_in_place(file, offset, ByteView(bytes).subspan(offset, 1));
}

// Where the groups of a segment end.
std::vector<uint64_t> group_ends(ByteView segment) {
  ReadHeader read = read_header(segment).value();
  GroupScanner scanner(segment, read.header, scan_start(read));
  std::vector<uint64_t> ends;
  while (const ScannedGroup* group = scanner.next())
    ends.push_back(group->end);
  return ends;
}

ErrorCode code_of_open(const path& folder) {
  Result<std::unique_ptr<LogReader>> reader = LogReader::open(folder);
  EXPECT_FALSE(reader);
  return reader ? ErrorCode::kIo : reader.error().code();
}

TEST(LogReader, FindsNoLogWhereThereIsNone) {
  TemporaryFolder temp;
  EXPECT_EQ(code_of_open(temp.path()), ErrorCode::kNotFound);
  EXPECT_EQ(code_of_open(temp.path() / "nowhere"), ErrorCode::kNotFound);
  std::filesystem::create_directories(segments_folder(temp.path()));
  EXPECT_EQ(code_of_open(temp.path()), ErrorCode::kNotFound);
  write_in_place(segment_path(temp.path(), 0), 0, Bytes(4096));
  EXPECT_EQ(code_of_open(temp.path()), ErrorCode::kNotFound);
}

TEST(LogReader, ReadsALogOfOneSegment) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  begin_chains(log, 3);
  add_groups(log, 3, 20);
  expect_whole(temp.path(), log);
}

TEST(LogReader, ReadsALogOfManySegments) {
  for (Footers footers : {Footers::kWritten, Footers::kLeftOut}) {
    TemporaryFolder temp;
    SegmentBuilder log(
        temp.path(), {.log_id = kReadLog, .segment_bytes = 1500, .footers = footers, .room = 3000});
    begin_chains(log, 5);
    add_groups(log, 5, 60);
    ASSERT_GT(log.segment(), 6U);
    expect_whole(temp.path(), log);
    log.seal();
    expect_whole(temp.path(), log);
  }
}

TEST(LogReader, ReadsEventsThatAreLargerThanItsWindows) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog, .segment_bytes = 1 << 20, .room = 1 << 20});
  begin_chains(log, 2);
  for (size_t size : {10, 300'000, 65'500, 65'536, 1, 900'000, 70'000}) {
    log.record({1}, Note{.arguments = inline_payload(Bytes(size, 9))});
    log.record(kNodeActor, Note{.arguments = inline_payload(Bytes(size / 2, 8))});
    log.commit();
  }
  expect_whole(temp.path(), log);
}

TEST(LogReader, ReadsAnEmptySegment) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  log.seal();
  EXPECT_EQ(LogReader::open(temp.path()).value()->size(), 0U);
  begin_chains(log, 2);
  log.seal();
  log.seal();
  add_groups(log, 2, 3);
  expect_whole(temp.path(), log);
}

TEST(LogReader, BeginsAnywhere) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog, .segment_bytes = 1500});
  begin_chains(log, 3);
  add_groups(log, 3, 30);
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(temp.path())).value();
  for (uint64_t from = 0; from < log.events().size(); ++from) {
    LogCursor cursor = reader->node_cursor(from);
    std::optional<StoredEvent> event = cursor.next().value();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->index, from);
    expect_same(*event, log.events()[from]);
  }
  EXPECT_FALSE(reader->node_cursor(log.events().size() + 5).next().value());
}

TEST(LogReader, PassesOverForeignFiles) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog, .segment_bytes = 1500});
  begin_chains(log, 3);
  add_groups(log, 3, 20);
  for (const char* name : {"notes.txt", "7.segment", "0000000900.segment~", "x.segment"})
    write_in_place(segments_folder(temp.path()) / name, 0, Bytes(100, 1));
  std::filesystem::create_directory(segments_folder(temp.path()) / "0000000000.old");
  expect_whole(temp.path(), log);
}

TEST(LogReader, KnowsTheActorsAsOfTheLastRefresh) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  begin_chains(log, 2);
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(temp.path())).value();
  EXPECT_EQ(reader->find(sample_actor(0xc0)), nullptr);
  LogCursor cursor = reader->node_cursor();
  EXPECT_EQ(read_on(cursor).events.size(), 2U);

  log.record({2}, Genesis{.actor = sample_actor(0xc0)});
  log.record({2}, Note{});
  log.commit();
  EXPECT_EQ(read_on(cursor).events.size(), 2U);
  EXPECT_EQ(reader->size(), 2U);
  EXPECT_EQ(reader->actors().size(), 2U);

  ASSERT_TRUE(reader->refresh());
  EXPECT_EQ(reader->size(), 4U);
  const ActorEntry* found = reader->find(sample_actor(0xc0));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->number, ActorNumber{2});
  EXPECT_EQ(found->events, 2U);
  EXPECT_EQ(reader->actors().front().id, kReadLog);
  EXPECT_EQ(reader->actors().size(), 3U);
}

TEST(LogReader, FindsActorsInWhateverOrderTheyBegin) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  begin_chains(log, 1);
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(temp.path())).value();
  for (uint64_t number : {7, 3, 9, 1}) {
    log.record({number}, Genesis{.actor = sample_actor(static_cast<uint8_t>(number))});
    log.commit();
    ASSERT_TRUE(reader->refresh());
    const ActorEntry* seven = reader->find(sample_actor(7));
    ASSERT_NE(seven, nullptr);
    EXPECT_EQ(seven->number, ActorNumber{7});
  }
  EXPECT_EQ(reader->actors().size(), 5U);
}

TEST(LogReader, RefusesAChainThatDoesNotBeginWithItsGenesis) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  begin_chains(log, 1);
  log.record({1}, Note{});
  log.commit();
  EXPECT_EQ(code_of_open(temp.path()), ErrorCode::kCorrupt);
}

TEST(LogReader, RefusesALogWithoutOneOfItsSegments) {
  for (uint64_t missing : {0, 2}) {
    TemporaryFolder temp;
    SegmentBuilder log(temp.path(), {.log_id = kReadLog, .segment_bytes = 1000});
    begin_chains(log, 3);
    add_groups(log, 3, 30);
    std::filesystem::remove(segment_path(temp.path(), missing));
    Result<std::unique_ptr<LogReader>> reader = LogReader::open(temp.path());
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(reader.error().to_string().find(segment_file_name(missing)), std::string::npos);
  }
}

TEST(LogReader, RefusesSegmentsThatDoNotFollowEachOther) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog, .segment_bytes = 1000});
  begin_chains(log, 3);
  add_groups(log, 3, 30);
  // Without the last group of a sealed segment nothing is there that does not check.
  path file = segment_path(temp.path(), 1);
  std::vector<uint64_t> ends = group_ends(read_file(file).value());
  std::filesystem::resize_file(file, ends[ends.size() - 2]);
  Result<std::unique_ptr<LogReader>> reader = LogReader::open(temp.path());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(reader.error().to_string().find(fmt::format("offset {}", ends[ends.size() - 2])),
            std::string::npos);
}

TEST(LogReader, RefusesASegmentOfAnotherLogOrNumber) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path() / "one", {.log_id = kReadLog, .segment_bytes = 1000});
  SegmentBuilder other(temp.path() / "two", {.log_id = sample_actor(0x1e), .segment_bytes = 1000});
  for (SegmentBuilder* each : {&log, &other}) {
    begin_chains(*each, 3);
    add_groups(*each, 3, 30);
  }
  auto error_with = [&](const path& from) {
    std::filesystem::copy_file(from, segment_path(log.folder(), 1),
                               std::filesystem::copy_options::overwrite_existing);
    Result<std::unique_ptr<LogReader>> reader = LogReader::open(log.folder());
    EXPECT_TRUE(!reader && reader.error().code() == ErrorCode::kCorrupt);
    return reader ? std::string() : reader.error().to_string();
  };
  EXPECT_THAT(error_with(segment_path(other.folder(), 1)), ::testing::HasSubstr("another log"));
  EXPECT_THAT(error_with(segment_path(log.folder(), 2)), ::testing::HasSubstr("it is segment 2"));
}

TEST(LogReader, ReadsTheWholeGroupsOfASegmentCutAnywhere) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  begin_chains(log, 2);
  add_groups(log, 2, 5);
  path file = segment_path(temp.path(), 0);
  Bytes bytes = read_file(file).value();
  std::vector<uint64_t> ends = group_ends(bytes);
  std::vector<uint64_t> events{2, 3, 5, 8, 12, 13};
  ASSERT_EQ(ends.size(), events.size());
  for (size_t size = bytes.size(); size-- > 0;) {
    std::filesystem::resize_file(file, size);
    if (size < 60) {
      EXPECT_EQ(code_of_open(temp.path()), ErrorCode::kNotFound) << size;
      continue;
    }
    uint64_t expected = 0;
    for (size_t group = 0; group < ends.size(); ++group)
      if (ends[group] <= size) expected = events[group];
    EXPECT_TRUE(reads_a_prefix(temp.path(), log, expected)) << size;
  }
}

TEST(LogReader, NoticesEachFlipInAnUnsealedSegment) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog, .room = 64});
  begin_chains(log, 2);
  add_groups(log, 2, 3);
  path file = segment_path(temp.path(), 0);
  uint64_t size = std::filesystem::file_size(file);
  std::vector<uint64_t> ends = group_ends(read_file(file).value());
  for (uint64_t at = 0; at < size; ++at) {
    flip(file, at);
    // In the last group it is the same as a write that was torn.
    if (at < ends[ends.size() - 2]) {
      EXPECT_FALSE(reads_a_prefix(temp.path(), log, log.events().size())) << at;
    } else {
      uint64_t expected = at < ends.back() ? log.events().size() - 3 : log.events().size();
      EXPECT_TRUE(reads_a_prefix(temp.path(), log, expected)) << at;
    }
    flip(file, at);
  }
}

TEST(LogReader, NeverReadsLessOfASealedSegmentForAFlipOrACut) {
  for (Footers footers : {Footers::kWritten, Footers::kLeftOut}) {
    TemporaryFolder temp;
    SegmentBuilder log(temp.path(), {.log_id = kReadLog, .footers = footers});
    begin_chains(log, 2);
    add_groups(log, 2, 3);
    log.seal();
    add_groups(log, 2, 2);
    path file = segment_path(temp.path(), 0);
    Bytes bytes = read_file(file).value();
    uint64_t end = group_ends(bytes).back();
    for (uint64_t at = 0; at < bytes.size(); ++at) {
      flip(file, at);
      bool is_good = reads_a_prefix(temp.path(), log, log.events().size());
      // With a footer, nobody reads a trailer.
      EXPECT_TRUE(is_good || at < end) << at;
      EXPECT_TRUE(!is_good || at >= end || footers == Footers::kWritten) << at;
      flip(file, at);
    }
    for (size_t size = bytes.size(); size-- > 0;) {
      std::filesystem::resize_file(file, size);
      EXPECT_EQ(reads_a_prefix(temp.path(), log, log.events().size()), size >= end) << size;
    }
  }
}

// Writes the footer of a sealed segment again, as `change` makes it.
void change_footer(const path& file, const std::function<void(SegmentFooter&)>& change) {
  Bytes bytes = read_file(file).value();
  uint64_t offset = footer_offset(bytes).value();
  SegmentFooter footer = read_footer(read_frame(bytes, offset).value()->payload).value();
  change(footer);
  bytes.resize(offset);
  append_footer(bytes, footer, offset);
  write_in_place(file, 0, bytes);
  std::filesystem::resize_file(file, bytes.size());
}

TEST(LogReader, NoticesAFooterThatPointsAtEventsOfOthers) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  begin_chains(log, 2);
  log.seal();
  change_footer(segment_path(temp.path(), 0), [](SegmentFooter& footer) {
    std::swap(footer.actors[0].offsets, footer.actors[1].offsets);
  });
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(temp.path())).value();
  LogCursor cursor = reader->actor_cursor(kReadLog);
  Read read = read_on(cursor);
  EXPECT_TRUE(read.events.empty());
  ASSERT_TRUE(read.error);
  EXPECT_EQ(read.error->code(), ErrorCode::kCorrupt);
}

TEST(LogReader, DoesWithoutAFooterThatDoesNotFitTheLog) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  for (int segment = 0; segment < 3; ++segment) {
    if (segment == 0) begin_chains(log, 3);
    add_groups(log, 3, 6);
    log.seal();
  }
  path file = segment_path(temp.path(), 1);
  Bytes whole = read_file(file).value();
  const std::function<void(SegmentFooter&)> changes[] = {
      [](SegmentFooter& footer) { ++footer.actors[1].first_seq; },
      [](SegmentFooter& footer) { footer.actors[1].id = sample_actor(0xee); },
      [](SegmentFooter& footer) { footer.actors[2].number = {9}; },
      [](SegmentFooter& footer) { footer.actors[0].offsets.front() = 3; },
      [](SegmentFooter& footer) { footer.actors[0].offsets.back() = 1 << 30; },
      [](SegmentFooter& footer) {
        footer.actors[0].offsets.front() = footer.actors[1].offsets.front();
      },
      [](SegmentFooter& footer) {
        footer.actors[2].offsets.pop_back();
        --footer.events;
      },
  };
  for (const auto& change : changes) {
    change_footer(file, change);
    expect_whole(temp.path(), log);
    write_in_place(file, 0, whole);
    std::filesystem::resize_file(file, whole.size());
  }
  expect_whole(temp.path(), log);
}

TEST(LogReader, NoticesAHoleBeforeAWholeGroup) {
  for (size_t size : {10, 200'000}) {
    TemporaryFolder temp;
    SegmentBuilder log(temp.path(), {.log_id = kReadLog, .room = 1000});
    begin_chains(log, 1);
    for (int group = 0; group < 2; ++group) {
      log.record(kNodeActor, Note{.arguments = inline_payload(Bytes(size, 9))});
      log.commit();
    }
    path file = segment_path(temp.path(), 0);
    std::vector<uint64_t> ends = group_ends(read_file(file).value());
    write_in_place(file, ends[0], Bytes(ends[1] - ends[0]));
    Result<std::unique_ptr<LogReader>> reader = LogReader::open(temp.path());
    ASSERT_FALSE(reader) << size;
    EXPECT_EQ(reader.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(reader.error().to_string().find(fmt::format("offset {}", ends[0])),
              std::string::npos);
  }
}

TEST(LogReader, SaysWhereASealedSegmentIsDamaged) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog, .segment_bytes = 1000});
  begin_chains(log, 3);
  add_groups(log, 3, 30);
  path file = segment_path(temp.path(), 1);
  uint64_t offset = group_ends(read_file(file).value())[1];
  flip(file, offset + 20);
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(temp.path())).value();
  LogCursor cursor = reader->node_cursor();
  Read read = read_on(cursor);
  EXPECT_FALSE(read.events.empty());
  EXPECT_TRUE(is_prefix(read.events, log.events()));
  ASSERT_TRUE(read.error);
  EXPECT_EQ(read.error->code(), ErrorCode::kCorrupt);
  EXPECT_NE(read.error->to_string().find(segment_file_name(1)), std::string::npos);
  EXPECT_NE(read.error->to_string().find(fmt::format("at {}", offset)), std::string::npos);
}

// A file that grows in steps of any size, as it looks to one who reads while it is written.
TEST(LogReader, FollowsAFileThatGrowsByteByByte) {
  for (uint64_t room : {0, 500}) {
    TemporaryFolder temp;
    SegmentBuilder log(temp.path() / "whole", {.log_id = kReadLog});
    begin_chains(log, 2);
    add_groups(log, 2, 6);
    Bytes bytes = read_file(segment_path(log.folder(), 0)).value();
    std::vector<uint64_t> ends = group_ends(bytes);
    path folder = temp.path() / "growing";
    std::filesystem::create_directories(segments_folder(folder));
    path file = segment_path(folder, 0);
    write_in_place(file, 0, ByteView(bytes).first(60));
    std::unique_ptr<LogReader> reader = std::move(LogReader::open(folder)).value();
    LogCursor node = reader->node_cursor();
    std::optional<LogCursor> actor;
    std::vector<BuiltEvent> seen;
    std::vector<BuiltEvent> seen_of_actor;
    for (size_t size = 60; size <= bytes.size(); ++size) {
      write_in_place(file, size - 1, ByteView(bytes).subspan(size - 1, 1));
      std::filesystem::resize_file(file, std::min<uint64_t>(size + room, bytes.size() + room));
      Read read = read_on(node);
      ASSERT_FALSE(read.error) << size << ": " << read.error->to_string();
      bool is_end = std::find(ends.begin(), ends.end(), size) != ends.end();
      EXPECT_EQ(!read.events.empty(), is_end) << size;
      seen.insert(seen.end(), read.events.begin(), read.events.end());
      if (!is_end) continue;
      ASSERT_TRUE(reader->refresh());
      EXPECT_EQ(reader->size(), seen.size());
      if (!actor) actor = reader->actor_cursor(sample_actor(0xa1));
      Read own = read_on(*actor);
      seen_of_actor.insert(seen_of_actor.end(), own.events.begin(), own.events.end());
    }
    EXPECT_EQ(seen.size(), log.events().size());
    EXPECT_TRUE(is_prefix(seen, log.events()));
    EXPECT_EQ(seen_of_actor.size(), log.events({1}).size());
    EXPECT_TRUE(is_prefix(seen_of_actor, log.events({1})));
  }
}

TEST(LogReader, GoesOnIntoTheNextSegment) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog, .segment_bytes = 600, .room = 400});
  begin_chains(log, 2);
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(temp.path())).value();
  LogCursor node = reader->node_cursor();
  LogCursor actor = reader->actor_cursor(sample_actor(0xa1));
  std::vector<BuiltEvent> seen;
  std::vector<BuiltEvent> seen_of_actor;
  for (int step = 0; step < 40; ++step) {
    add_groups(log, 2, 1 + static_cast<uint64_t>(step % 3));
    if (step % 9 == 0) log.seal();
    Read read = read_on(node);
    ASSERT_FALSE(read.error) << read.error->to_string();
    seen.insert(seen.end(), read.events.begin(), read.events.end());
    EXPECT_EQ(seen.size(), log.events().size());
    if (step % 4 != 0) continue;
    read = read_on(actor);
    ASSERT_FALSE(read.error) << read.error->to_string();
    seen_of_actor.insert(seen_of_actor.end(), read.events.begin(), read.events.end());
    EXPECT_EQ(seen_of_actor.size(), log.events({1}).size());
  }
  EXPECT_GT(log.segment(), 8U);
  EXPECT_TRUE(is_prefix(seen, log.events()));
  EXPECT_TRUE(is_prefix(seen_of_actor, log.events({1})));
  expect_whole(temp.path(), log);
}

TEST(LogReader, WaitsForASegmentWhoseHeaderIsNotWhole) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  begin_chains(log, 2);
  log.seal();
  uint64_t before = log.events().size();
  add_groups(log, 2, 2);
  path file = segment_path(temp.path(), 1);
  Bytes bytes = read_file(file).value();
  std::filesystem::resize_file(file, 0);
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(temp.path())).value();
  LogCursor cursor = reader->node_cursor();
  EXPECT_EQ(read_on(cursor).events.size(), before);
  for (size_t size : {30, 61, 91}) {
    write_in_place(file, 0, ByteView(bytes).first(size));
    Read read = read_on(cursor);
    EXPECT_FALSE(read.error) << size;
    EXPECT_TRUE(read.events.empty());
  }
  write_in_place(file, 0, bytes);
  EXPECT_EQ(read_on(cursor).events.size(), log.events().size() - before);
  flip(file, 9);
  EXPECT_EQ(code_of_open(temp.path()), ErrorCode::kUnsupported);
  flip(file, 9);
  flip(file, 20);
  EXPECT_EQ(code_of_open(temp.path()), ErrorCode::kCorrupt);
}

TEST(LogReader, FollowsAWriterOnAnotherThread) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog, .segment_bytes = 20'000, .room = 5000});
  begin_chains(log, 3);
  std::unique_ptr<LogReader> reader = std::move(LogReader::open(temp.path())).value();
  LogCursor node = reader->node_cursor();
  LogCursor actor = reader->actor_cursor(sample_actor(0xa2));
  std::atomic<bool> is_done = false;
  std::thread writer([&] {
    add_groups(log, 3, 400);
    is_done = true;
  });
  std::vector<BuiltEvent> seen;
  std::vector<BuiltEvent> seen_of_actor;
  std::optional<Error> error;
  for (bool is_last = false; !is_last && !error;) {
    is_last = is_done;
    Read read = read_on(node);
    error = read.error;
    seen.insert(seen.end(), read.events.begin(), read.events.end());
    if (error) break;
    read = read_on(actor);
    error = read.error;
    seen_of_actor.insert(seen_of_actor.end(), read.events.begin(), read.events.end());
  }
  writer.join();
  EXPECT_FALSE(error) << error->to_string();
  EXPECT_EQ(seen.size(), log.events().size());
  EXPECT_TRUE(is_prefix(seen, log.events()));
  EXPECT_EQ(seen_of_actor.size(), log.events({2}).size());
  EXPECT_TRUE(is_prefix(seen_of_actor, log.events({2})));
}

// A log with one event of two bodies, and that event by a cursor.
struct WithBodies {
  TemporaryFolder temp;
  SegmentBuilder log{temp.path(), {.log_id = kReadLog}};
  std::vector<BuiltBody> built{body_of(7, 40), body_of(9, 50)};
  path file = bodies_path(temp.path(), 0);
  std::unique_ptr<LogReader> reader;
  std::optional<LogCursor> cursor;

  WithBodies() {
    begin_chains(log, 1);
    log.record(kNodeActor, Host{.arguments = built[0].payload(), .result = built[1].payload()},
               built);
    log.commit();
    reader = std::move(LogReader::open(temp.path())).value();
    cursor = reader->node_cursor(1);
    EXPECT_TRUE(cursor->next().value());
  }

  Result<std::vector<std::optional<StoredBody>>> bodies() { return cursor->bodies(2); }

  // Which of the two are there, and that those are right.
  std::vector<bool> present() {
    std::vector<bool> present;
    std::vector<std::optional<StoredBody>> read = bodies().value();
    for (size_t i = 0; i < read.size(); ++i) {
      present.push_back(read[i].has_value());
      if (!read[i]) continue;
      EXPECT_EQ(read[i]->salt, built[i].salt);
      EXPECT_EQ(*read[i]->shared, built[i].bytes);
    }
    return present;
  }
};

using Present = std::vector<bool>;
constexpr uint64_t kFirstRecord = kBodiesHeaderSize;
constexpr uint64_t kSecondRecord = kFirstRecord + kBodyHeadSize + 40;

TEST(LogReader, ReadsBodies) {
  WithBodies log;
  EXPECT_EQ(log.present(), (Present{true, true}));
  EXPECT_TRUE(log.cursor->bodies(0).value().empty());
}

TEST(LogReader, TakesZerosForARemovedBody) {
  WithBodies log;
  write_in_place(log.file, kFirstRecord, Bytes(4));
  write_in_place(log.file, kFirstRecord + 12, Bytes(kBodyHeadSize - 12 + 40));
  EXPECT_EQ(log.present(), (Present{false, true}));
}

TEST(LogReader, TakesWhatIsBeyondTheEndForRemoved) {
  WithBodies log;
  uint64_t size = std::filesystem::file_size(log.file);
  for (uint64_t cut = size; cut-- > 0;) {
    std::filesystem::resize_file(log.file, cut);
    EXPECT_EQ(log.present(), (Present{cut >= kSecondRecord, false})) << cut;
  }
}

// A replay compares by the salted hash, so it needs no bytes of what it computes.
TEST(LogReader, ReadsTheSaltAloneOfABodyThatIsNotWanted) {
  const std::vector<bool> kSecondOnly{false, true};
  WithBodies log;
  flip(log.file, kSecondRecord - 1);  // A stored byte of the first, which nobody looks at.
  auto read = log.cursor->bodies(kSecondOnly).value();
  ASSERT_TRUE(read[0] && read[1]);
  EXPECT_EQ(read[0]->salt, log.built[0].salt);
  EXPECT_TRUE(read[0]->is_absent());
  EXPECT_EQ(*read[1]->shared, log.built[1].bytes);
  EXPECT_FALSE(log.bodies());

  std::filesystem::resize_file(log.file, kSecondRecord - 1);
  read = log.cursor->bodies(kSecondOnly).value();
  EXPECT_FALSE(read[0] || read[1]);
}

TEST(LogReader, TellsARemovedBodyThatIsNotWanted) {
  WithBodies log;
  write_in_place(log.file, kFirstRecord, Bytes(4));
  write_in_place(log.file, kFirstRecord + 12, Bytes(kBodyHeadSize - 12 + 40));
  auto read = log.cursor->bodies(std::vector<bool>{false, false}).value();
  EXPECT_FALSE(read[0]);
  EXPECT_TRUE(read[1]);
}

TEST(LogReader, TakesADeletedBodyFileForRemoved) {
  WithBodies log;
  std::filesystem::remove(log.file);
  EXPECT_EQ(log.present(), (Present{false, false}));
}

TEST(LogReader, NoticesADamagedBody) {
  for (uint64_t at : {kFirstRecord, kFirstRecord + 8, kSecondRecord - 1, kSecondRecord + 30}) {
    WithBodies log;
    flip(log.file, at);
    auto bodies = log.bodies();
    ASSERT_FALSE(bodies) << at;
    EXPECT_EQ(bodies.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(bodies.error().to_string().find(bodies_file_name(0)), std::string::npos);
  }
}

TEST(LogReader, RefusesTheBodyFileOfAnotherSegment) {
  WithBodies log;
  Bytes header;
  append_bodies_header(header, {kReadLog, 1});
  write_in_place(log.file, 0, header);
  EXPECT_EQ(log.bodies().error().code(), ErrorCode::kCorrupt);
}

TEST(LogReader, RefusesBodiesBeforeTheFirstRecord) {
  WithBodies log;
  BodyReader reader(log.file, kReadLog, 0);
  EXPECT_TRUE(reader.read(kFirstRecord, {true}));
  EXPECT_EQ(reader.read(kFirstRecord - 1, {true}).error().code(), ErrorCode::kCorrupt);
}

TEST(LogReader, ReadsNoEventBeyondTheWholeGroups) {
  TemporaryFolder temp;
  SegmentBuilder log(temp.path(), {.log_id = kReadLog});
  begin_chains(log, 1);
  path file = segment_path(temp.path(), 0);
  FrameWindow window(std::move(FileHandle::open(file, OpenMode::kRead)).value());
  Bytes bytes = read_file(file).value();
  uint64_t end = read_frame(bytes, 60).value()->end;
  EXPECT_TRUE(window.read_event(60, end));
  EXPECT_EQ(window.read_event(60, end - 1).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(window.read_event(end, bytes.size()).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(window.read_event(bytes.size() + 1, bytes.size()).error().code(), ErrorCode::kCorrupt);
}

TEST(LogReader, RefusesBodiesOfAnEventThatDoesNotSayWhereTheyAre) {
  WithBodies log;
  LogCursor cursor = log.reader->node_cursor();
  ASSERT_TRUE(cursor.next().value());
  EXPECT_EQ(cursor.bodies(1).error().code(), ErrorCode::kCorrupt);
}

}  // namespace theater::log::log_reader_test
