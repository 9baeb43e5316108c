#include "theater/log/writer/log_end.h"

#include "theater/base/file.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/merkle/checkpoint_file.h"
#include "theater/log/segment/body_format.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/testing/log_home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <string>

namespace theater::log::log_end_test {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Bytes contents(const fs::path& path) {
  Result<Bytes> bytes = read_file(path);
  if (!bytes) throw std::runtime_error(bytes.error().to_string());
  return *std::move(bytes);
}

// Not synced: there are thousands of them.
void put(const fs::path& path, ByteView bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << as_text(bytes) << std::flush;
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

size_t used(const Bytes& bytes) {
  size_t size = bytes.size();
  while (size > 0 && bytes[size - 1] == 0)
    --size;
  return size;
}

// A log that crashed after its last group: unsealed, with room set aside, and without a checkpoint.
// Each group has bodies of every form.
struct Crashed {
  explicit Crashed(LogHome& where, size_t segments = 1) : home(where) {
    LogOptions options = quiet();
    if (segments > 1) options.segment_bytes = 600;
    auto log = home.open(options);
    TestActor actor(*log);
    for (int i = 0; i < 2 || list_segments(home.folder())->size() < segments; ++i) {
      actor.record_every_form();
      if (!log->flush()) throw std::runtime_error("flush");
    }
    folder = home.copy(home.folder(), "crashed");
    log.reset();
    fs::remove_all(home.folder());
    read = read_log(folder);
    number = read.segments - 1;
    segment = contents(segment_path(folder, number));
    if (fs::exists(bodies_path(folder, number))) bodies = contents(bodies_path(folder, number));
    EXPECT_EQ(body_forms(folder).size(), 6u);
  }

  // The last group's place.
  size_t begin() const { return read.groups.back().offset; }
  size_t end() const { return used(segment); }
  uint64_t size_before() const { return read.groups.back().first; }
  uint64_t bodies_before() const { return read.groups.at(read.groups.size() - 2).bodies_end; }

  Result<FoundLog> find() const { return find_log_end(folder, home.key().public_key()); }

  LogHome& home;
  fs::path folder;
  ReadLog read;
  uint64_t number = 0;
  Bytes segment;
  Bytes bodies;
};

// What a crash may leave of a file that was written up to `end`, from `offset` on.
struct Tear {
  const char* name;
  std::function<Bytes(Bytes, size_t offset)> make;
};
const Tear kTears[] = {
    {"cut off",
     [](Bytes bytes, size_t offset) {
       bytes.resize(offset);
       return bytes;
     }},
    {"zeros",
     [](Bytes bytes, size_t offset) {
       std::fill(bytes.begin() + static_cast<ptrdiff_t>(offset), bytes.end(), uint8_t{0});
       return bytes;
     }},
    {"garbage",
     [](Bytes bytes, size_t offset) {
       SeededRandom(offset).fill(std::span(bytes).subspan(offset));
       return bytes;
     }},
};

// Opens the folder as it is and checks what the opening did about a tail in `file`.
void expect_tail_moved(Crashed& crashed, const fs::path& folder, const fs::path& file,
                       const TornTail& tail) {
  Bytes torn = contents(file);
  torn.resize(std::max<size_t>(torn.size(), tail.offset + tail.length));
  torn = Bytes(torn.begin() + static_cast<ptrdiff_t>(tail.offset),
               torn.begin() + static_cast<ptrdiff_t>(tail.offset + tail.length));
  auto log = crashed.home.try_open(folder);
  ASSERT_TRUE(log) << log.error().to_string();
  TestActor actor(**log);
  actor.record_detached(Bytes(40, 1));
  ASSERT_TRUE((*log)->close());

  ReadLog read = read_log(folder);
  ASSERT_GE(read.events.size(), crashed.size_before());
  for (size_t i = 0; i < crashed.size_before(); ++i)
    ASSERT_EQ(read.events[i].bytes, crashed.read.events[i].bytes);
  TailRemoved expected{tail.segment, tail.offset, tail.length, sha256(torn)};
  if (tail.length == 0) {
    EXPECT_TRUE(read.tails().empty());
    EXPECT_FALSE(fs::exists(folder / "lost+found"));
    return;
  }
  EXPECT_THAT(read.tails(), Contains(expected));
  bool is_bodies = file.extension() == ".bodies";
  std::string name = fmt::format("{:010}-{}-{}.{}", tail.segment, tail.offset,
                                 crashed.home.clock().wall_us(), is_bodies ? "bodies" : "segment");
  EXPECT_EQ(contents(folder / "lost+found" / name), torn) << name;
}

TEST(LogEnd, IsNoneWhereThereIsNoLog) {
  LogHome home;
  auto found = find_log_end(home.folder(), home.key().public_key());
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->end);
  EXPECT_TRUE(found->tails.empty());
}

TEST(LogEnd, IsAfterTheLastGroupOfALogThatWasNotClosed) {
  LogHome home;
  Crashed crashed(home);
  auto found = crashed.find();
  ASSERT_TRUE(found) << found.error().to_string();
  ASSERT_TRUE(found->end);
  EXPECT_TRUE(found->tails.empty());
  EXPECT_EQ(found->end->tree, crashed.read.tree);
  EXPECT_EQ(found->end->place.end, crashed.end());
  EXPECT_EQ(found->end->place.bodies_end, crashed.bodies.size());
  EXPECT_EQ(found->end->next_actor, 2u);
  EXPECT_EQ(found->end->node.seq, 3u);
  EXPECT_FALSE(found->end->is_sealed);
  EXPECT_EQ(found->end->unpublished.size(), crashed.read.tree.size());
}

TEST(LogEnd, FindsTheNodesChainAndTheNamesOfActorsInOlderSegments) {
  LogHome home;
  Crashed crashed(home, 4);
  auto found = crashed.find();
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->end->place.number, 3u);
  EXPECT_EQ(found->end->node.seq, 3u);
  EXPECT_EQ(found->end->node.head, crashed.read.events.at(2).hash);
  EXPECT_TRUE(found->end->contents.unnamed().empty());
  EXPECT_EQ(found->end->contents.footer().actors.size(), 1u);
  EXPECT_EQ(found->end->next_actor, 2u);
}

TEST(LogEnd, LeavesOutWhatACrashTore) {
  LogHome home;
  Crashed crashed(home);
  for (const Tear& tear : kTears) {
    for (size_t offset = crashed.begin(); offset < crashed.end(); ++offset) {
      SCOPED_TRACE(fmt::format("{} from {} on", tear.name, offset));
      Bytes torn = tear.make(crashed.segment, offset);
      // The last byte, which is random, may be what the tear makes of it.
      if (torn == crashed.segment) continue;
      put(segment_path(crashed.folder, 0), torn);
      // The body file was synced before, so all of it is there, and nobody needs its end.
      TornTail bodies{0, TornTail::File::kBodies, crashed.bodies_before(),
                      crashed.bodies.size() - crashed.bodies_before()};
      TornTail segment{0, TornTail::File::kSegment, crashed.begin(), used(torn) - crashed.begin()};
      auto found = crashed.find();
      ASSERT_TRUE(found) << found.error().to_string();
      EXPECT_EQ(found->end->tree.size(), crashed.size_before());
      EXPECT_EQ(found->end->place.end, crashed.begin());
      if (used(torn) > crashed.begin()) {
        ASSERT_THAT(found->tails, ElementsAre(bodies, segment));
      } else {
        ASSERT_THAT(found->tails, ElementsAre(bodies));
      }
      if (offset % 16 != 0 && offset != crashed.begin() && offset + 1 != crashed.end()) continue;
      fs::path copy = home.copy(crashed.folder, "copy");
      if (used(torn) > crashed.begin()) {
        expect_tail_moved(crashed, copy, segment_path(copy, 0), segment);
      } else {
        expect_tail_moved(crashed, copy, bodies_path(copy, 0), bodies);
      }
    }
  }
}

TEST(LogEnd, LeavesOutBodiesOfAGroupThatWasNotWritten) {
  LogHome home;
  Crashed crashed(home);
  put(segment_path(crashed.folder, 0), kTears[1].make(crashed.segment, crashed.begin()));
  for (const Tear& tear : kTears) {
    for (size_t offset = crashed.bodies_before(); offset <= crashed.bodies.size(); ++offset) {
      SCOPED_TRACE(fmt::format("{} from {} on", tear.name, offset));
      Bytes torn = tear.make(crashed.bodies, offset);
      put(bodies_path(crashed.folder, 0), torn);
      auto found = crashed.find();
      ASSERT_TRUE(found) << found.error().to_string();
      uint64_t begin = crashed.bodies_before();
      TornTail tail{0, TornTail::File::kBodies, begin, used(torn) > begin ? used(torn) - begin : 0};
      if (torn.size() == begin) {
        EXPECT_TRUE(found->tails.empty());
      } else {
        EXPECT_THAT(found->tails, ElementsAre(tail));
      }
      if (offset % 8 != 0) continue;
      fs::path copy = home.copy(crashed.folder, "copy");
      expect_tail_moved(crashed, copy, bodies_path(copy, 0), tail);
    }
  }
}

TEST(LogEnd, RemovesABodyFileThatNoGroupNeeds) {
  LogHome home;
  auto log = home.open(quiet());
  fs::path folder = home.copy(home.folder(), "crashed");
  ActorId id = log->id();
  Bytes bodies;
  append_bodies_header(bodies, {.log_id = id, .segment = 0});
  for (size_t size : {size_t{0}, size_t{20}, bodies.size(), bodies.size() + 10}) {
    Bytes torn = bodies;
    torn.resize(size, uint8_t{7});
    put(bodies_path(folder, 0), torn);
    fs::path copy = home.copy(folder, "copy");
    auto opened = home.open_at(copy);
    EXPECT_FALSE(fs::exists(bodies_path(copy, 0)));
    TestActor actor(*opened);
    actor.record_detached(Bytes(10, 1));
    ASSERT_TRUE(opened->close());
    size_t kept = size > bodies.size() ? size : 0;
    ReadLog read = read_log(copy);
    ASSERT_EQ(read.tails().size(), kept > 0 ? 1u : 0u);
    if (kept > 0) {
      EXPECT_EQ(read.tails().at(0), (TailRemoved{0, 0, kept, sha256(torn)}));
    }
  }
}

// What a crash may leave when one segment has been sealed and the next one is being made.
TEST(LogEnd, BeginsASegmentAnewWhoseHeaderIsTorn) {
  LogHome home;
  Crashed crashed(home, 3);
  size_t header = crashed.read.groups.back().offset;
  fs::remove(bodies_path(crashed.folder, 2));
  uint64_t size_before = crashed.size_before();
  Bytes whole(crashed.segment.begin(), crashed.segment.begin() + static_cast<ptrdiff_t>(header));
  for (const Tear& tear : kTears) {
    for (size_t offset = 0; offset < header; ++offset) {
      // Garbage may say that it is of a version that is not known.
      if (offset < 12 && tear.name == std::string("garbage")) continue;
      SCOPED_TRACE(fmt::format("{} from {} on", tear.name, offset));
      Bytes torn = tear.make(whole, offset);
      put(segment_path(crashed.folder, 2), torn);
      auto found = crashed.find();
      ASSERT_TRUE(found) << found.error().to_string();
      TornTail tail{2, TornTail::File::kSegment, 0, used(torn)};
      ASSERT_THAT(found->tails, ElementsAre(tail));
      EXPECT_TRUE(found->end->is_sealed);
      EXPECT_EQ(found->end->tree.size(), size_before);
      if (offset % 40 != 0) continue;
      fs::path copy = home.copy(crashed.folder, "copy");
      expect_tail_moved(crashed, copy, segment_path(copy, 2), tail);
    }
  }
}

TEST(LogEnd, SealsASegmentAnewWhoseFooterIsTorn) {
  LogHome home;
  Crashed crashed(home, 3);
  fs::remove(segment_path(crashed.folder, 2));
  fs::remove(bodies_path(crashed.folder, 2));
  fs::path path = segment_path(crashed.folder, 1);
  Bytes sealed = contents(path);
  size_t footer = *footer_offset(sealed);
  auto found = crashed.find();
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_TRUE(found->end->is_sealed);
  EXPECT_TRUE(found->tails.empty());
  for (const Tear& tear : kTears) {
    for (size_t offset = footer; offset < sealed.size(); ++offset) {
      SCOPED_TRACE(fmt::format("{} from {} on", tear.name, offset));
      Bytes torn = tear.make(sealed, offset);
      put(path, torn);
      found = crashed.find();
      ASSERT_TRUE(found) << found.error().to_string();
      EXPECT_FALSE(found->end->is_sealed);
      EXPECT_EQ(found->end->tree.size(), crashed.size_before());
      TornTail tail{1, TornTail::File::kSegment, footer,
                    used(torn) > footer ? used(torn) - footer : 0};
      ASSERT_EQ(found->tails.size(), tail.length > 0 ? 1u : 0u);
      if (tail.length > 0) {
        EXPECT_EQ(found->tails.front(), tail);
      }
      if (offset % 50 != 0) continue;
      fs::path copy = home.copy(crashed.folder, "copy");
      expect_tail_moved(crashed, copy, segment_path(copy, 1), tail);
    }
  }
}

TEST(LogEnd, BeginsALogAnewThatHasNoHeader) {
  LogHome home;
  Crashed crashed(home);
  fs::remove(bodies_path(crashed.folder, 0));
  put(segment_path(crashed.folder, 0), ByteView(crashed.segment).first(30));
  auto log = home.open_at(crashed.folder);
  EXPECT_NE(log->id(), crashed.read.groups.front().log_id);
  log.reset();
  ReadLog read = read_log(crashed.folder);
  EXPECT_THAT(read.node_operations(),
              ElementsAre("tail-removed", "node-started", "key", "node-stopped"));
}

TEST(LogEnd, BeginsTheNodesChainInALogThatHasOnlyItsHeader) {
  LogHome home;
  Crashed crashed(home);
  fs::remove(bodies_path(crashed.folder, 0));
  put(segment_path(crashed.folder, 0), ByteView(crashed.segment).first(60));
  auto log = home.open_at(crashed.folder);
  EXPECT_EQ(log->id(), crashed.read.groups.front().log_id);
  log.reset();
  EXPECT_THAT(read_log(crashed.folder).node_operations(),
              ElementsAre("node-started", "key", "node-stopped"));
}

// Damage: nothing is written, and it is said where it is.

void expect_damage(LogHome& home, const fs::path& folder, const std::string& what) {
  auto before = files_in(folder);
  auto log = home.try_open(folder);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code(), ErrorCode::kCorrupt) << log.error().to_string();
  EXPECT_THAT(log.error().to_string(), HasSubstr(what));
  EXPECT_THAT(log.error().hint(), HasSubstr("theater verify"));
  EXPECT_EQ(files_in(folder), before);
}

TEST(LogEnd, RefusesDamageBeforeTheLastGroup) {
  LogHome home;
  Crashed crashed(home);
  fs::path path = segment_path(crashed.folder, 0);
  for (size_t offset = 0; offset < crashed.begin(); ++offset) {
    for (uint8_t change : {uint8_t{1}, uint8_t{0x80}}) {
      Bytes damaged = crashed.segment;
      damaged[offset] = static_cast<uint8_t>(damaged[offset] ^ change);
      put(path, damaged);
      auto found = crashed.find();
      ASSERT_FALSE(found) << offset;
      // Version 0 never was, and others are not known here.
      bool is_version = offset >= 8 && offset < 12 && damaged[8] != 0;
      EXPECT_EQ(found.error().code(), is_version ? ErrorCode::kUnsupported : ErrorCode::kCorrupt)
          << offset;
      EXPECT_THAT(found.error().to_string(), HasSubstr("0000000000.segment"));
    }
  }
  Bytes damaged = crashed.segment;
  damaged[crashed.begin() - 1] ^= 1;
  put(path, damaged);
  expect_damage(home, crashed.folder,
                fmt::format("a whole group follows at offset {}", crashed.begin()));
}

TEST(LogEnd, RefusesDamageInASegmentThatWasSealed) {
  LogHome home;
  Crashed crashed(home, 3);
  fs::remove(segment_path(crashed.folder, 2));
  fs::remove(bodies_path(crashed.folder, 2));
  fs::path path = segment_path(crashed.folder, 1);
  Bytes damaged = contents(path);
  damaged[*footer_offset(damaged) - 1] ^= 1;
  put(path, damaged);
  expect_damage(home, crashed.folder, "the segment was sealed");
}

TEST(LogEnd, RefusesALogThatIsShorterThanItsCheckpoint) {
  LogHome home;
  auto log = home.open(quiet());
  TestActor actor(*log);
  ASSERT_TRUE(log->close());
  log.reset();
  ReadLog read = read_log(home.folder());
  fs::path path = segment_path(home.folder(), 0);
  Bytes whole = contents(path);
  for (size_t size = read.groups.back().offset; size < whole.size(); size += 7) {
    put(path, ByteView(whole).first(size));
    expect_damage(home, home.folder(), "its checkpoint says that it had");
  }
  put(path, {});
  expect_damage(home, home.folder(), "has a checkpoint, but no segment");
  fs::remove(path);
  expect_damage(home, home.folder(), "has a checkpoint, but no segment");
}

TEST(LogEnd, RefusesACheckpointThatSaysSomethingElse) {
  LogHome home;
  Crashed crashed(home, 2);
  std::string origin = log_origin(crashed.read.groups.front().log_id);
  auto write = [&](const Checkpoint& checkpoint) {
    put(crashed.folder / "checkpoint", as_bytes(sign_checkpoint(checkpoint, home.key())));
  };
  // At any size in the newest segment: none of these is that of a group.
  for (uint64_t size = crashed.size_before(); size <= crashed.read.events.size(); ++size) {
    Tree tree;
    for (uint64_t i = 0; i < size; ++i)
      tree.append(crashed.read.events[i].hash);
    write({origin, size, tree.root()});
    ASSERT_TRUE(crashed.find()) << size;
    write({origin, size, sha256(as_bytes("another"))});
    expect_damage(home, crashed.folder, "events were changed after it was signed");
  }
  write({origin, crashed.read.events.size() + 1, Hash{}});
  expect_damage(home, crashed.folder, "its checkpoint says that it had");
  write({"theater-log/another", 1, Hash{}});
  expect_damage(home, crashed.folder, "checkpoint");
  put(crashed.folder / "checkpoint", as_bytes("no checkpoint\n"));
  expect_damage(home, crashed.folder, "checkpoint");
  // What a loss of power leaves of a file that was not synced.
  put(crashed.folder / "checkpoint", Bytes(200, 0));
  EXPECT_TRUE(crashed.find());
}

TEST(LogEnd, RefusesTheKeyOfAnotherNode) {
  LogHome home;
  LogHome other;
  home.open().reset();
  expect_damage(other, home.folder(), "checkpoint");
}

TEST(LogEnd, RefusesALogThatLacksASegment) {
  LogHome home;
  Crashed crashed(home, 4);
  for (uint64_t number : {0, 1, 2}) {
    fs::path copy = home.copy(crashed.folder, "copy");
    fs::remove(segment_path(copy, number));
    expect_damage(home, copy, fmt::format("{:010}.segment is missing", number));
    fs::remove(bodies_path(copy, number));
    expect_damage(home, copy, fmt::format("{:010}.segment is missing", number));
  }
  fs::path copy = home.copy(crashed.folder, "copy");
  fs::remove(segment_path(copy, 3));
  expect_damage(home, copy, "0000000003.segment is missing");
}

TEST(LogEnd, RefusesASegmentThatDoesNotFollow) {
  LogHome home;
  LogHome another;
  Crashed crashed(home, 3);
  Crashed other(another, 3);
  fs::path copy = home.copy(crashed.folder, "copy");
  put(segment_path(copy, 1), contents(segment_path(other.folder, 1)));
  expect_damage(home, copy, "but the segment before it of log");
  put(segment_path(copy, 1), contents(segment_path(crashed.folder, 0)));
  expect_damage(home, copy, "0000000001.segment says that it is segment 0");
  // The segment before must be sealed.
  put(segment_path(copy, 1), ByteView(contents(segment_path(crashed.folder, 1))).first(600));
  expect_damage(home, copy, "0000000001.segment");
}

TEST(LogEnd, RefusesABodyFileThatIsTooShort) {
  LogHome home;
  Crashed crashed(home);
  fs::path path = bodies_path(crashed.folder, 0);
  for (size_t size = 0; size < crashed.bodies.size(); size += 5) {
    put(path, ByteView(crashed.bodies).first(size));
    expect_damage(home, crashed.folder, fmt::format("has {} bytes", size));
  }
  fs::remove(path);
  expect_damage(home, crashed.folder, "0000000000.bodies has 0 bytes");
  Bytes damaged = crashed.bodies;
  damaged[20] ^= 1;
  put(path, damaged);
  expect_damage(home, crashed.folder, "0000000000.bodies, offset 0");
}

}  // namespace theater::log::log_end_test
