#include "theater/log/recovery/damaged_log.h"

#include "theater/base/file.h"
#include "theater/log/check/log_check.h"
#include "theater/log/event/event.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/testing/log_home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace theater::log::damaged_log_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void flip_byte(const fs::path& path, size_t offset) {
  Result<Bytes> bytes = read_file(path);
  ASSERT_TRUE(bytes) << bytes.error().to_string();
  ASSERT_LT(offset, bytes->size());
  (*bytes)[offset] ^= 0x55;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << as_text(*bytes) << std::flush;
  ASSERT_TRUE(out);
}

class DamagedLog : public ::testing::Test {
 protected:
  // An actor whose chain stays open, in several groups, and a node that stopped in order.
  void write_log(uint64_t segment_bytes = uint64_t{1} << 20) {
    LogOptions options = quiet();
    options.segment_bytes = segment_bytes;
    auto log = home_.open(options);
    TestActor actor(*log);
    for (int i = 0; i < 6; ++i) {
      actor.record_detached(Bytes(200, static_cast<uint8_t>(i)));
      ASSERT_TRUE(log->flush());
    }
    ASSERT_TRUE(log->close());
  }

  fs::path folder() const { return home_.folder(); }
  fs::path damaged() const { return home_.root() / "damaged"; }
  PublicKey key() const { return home_.key().public_key(); }

  std::optional<Error> damage() const {
    auto found = find_damage(folder(), key());
    EXPECT_TRUE(found) << found.error().to_string();
    return found ? *found : std::nullopt;
  }

  // Damages the group, so that those after it are whole.
  void damage_group(const ReadLog& log, size_t group) {
    flip_byte(segment_path(folder(), log.groups[group].segment), log.groups[group].offset + 20);
  }

  // Begins the log that continues the one that was set aside, and returns how it names that one.
  std::optional<DamageAccepted> go_on() {
    LogOptions options = quiet();
    options.continues = [&] { return continued_log(damaged(), key()); };
    EXPECT_TRUE(home_.open(options)->close());
    ReadLog read = read_log(folder());
    std::optional<DamageAccepted> named;
    for (const ReadLog::Entry& entry : read.events) {
      Result<Event> event = decode_event(entry.bytes);
      const auto* control = event ? std::get_if<Control>(&event->body) : nullptr;
      if (control == nullptr) continue;
      const auto* accepted = std::get_if<DamageAccepted>(&control->operation);
      if (accepted != nullptr) named = *accepted;
    }
    Result<LogReport> report = check_log(folder());
    EXPECT_TRUE(report && report->verdict == Verdict::kValid);
    return named;
  }

  LogHome home_;
};

TEST_F(DamagedLog, ALogThatANodeCanGoOnWithIsNotDamaged) {
  EXPECT_FALSE(damage()) << "there is no log";
  write_log();
  EXPECT_FALSE(damage());
  // A torn end.
  ReadLog log = read_log(folder());
  fs::remove(folder() / "checkpoint");
  damage_group(log, log.groups.size() - 1);
  EXPECT_FALSE(damage()) << damage()->to_string();
}

TEST_F(DamagedLog, TheLogThatContinuesItNamesItsNewestCheckpoint) {
  write_log();
  ReadLog log = read_log(folder());
  damage_group(log, 2);
  ASSERT_TRUE(damage());
  EXPECT_THAT(damage()->message(), HasSubstr("a whole group follows"));
  auto before = files_in(folder());

  auto aside = set_aside(folder(), damaged(), key());
  ASSERT_TRUE(aside) << aside.error().to_string();
  EXPECT_EQ(aside->place, damaged() / "1");
  EXPECT_FALSE(fs::exists(folder()));
  EXPECT_EQ(files_in(aside->place), before) << "all of it is kept as it was";

  auto named = go_on();
  ASSERT_TRUE(named);
  EXPECT_EQ(named->size, log.tree.size());
  EXPECT_EQ(named->root, log.tree.root());
  EXPECT_EQ(named->origin, log_origin(log.groups[0].log_id));
  EXPECT_EQ(*named, aside->log);
  EXPECT_THAT(read_log(folder()).node_operations(),
              ElementsAre("damage-accepted", "node-started", "key", "node-stopped"));
  EXPECT_EQ(files_in(aside->place), before);
  EXPECT_FALSE(damage());
}

TEST_F(DamagedLog, WithoutACheckpointItIsNamedByWhatIsWhole) {
  write_log();
  ReadLog log = read_log(folder());
  fs::remove(folder() / "checkpoint");
  damage_group(log, 3);
  ASSERT_TRUE(damage());
  ASSERT_TRUE(set_aside(folder(), damaged(), key()));
  auto named = go_on();
  ASSERT_TRUE(named);
  EXPECT_EQ(named->size, log.groups[3].first);
  EXPECT_EQ(named->root, log.groups[2].root);
}

TEST_F(DamagedLog, DamageInAnOldSegmentCountsIfItKeepsANodeFromGoingOn) {
  write_log(600);
  ReadLog log = read_log(folder());
  ASSERT_GT(log.segments, 2u);
  fs::remove(folder() / "checkpoint");
  ASSERT_EQ(log.groups[1].segment, 0u);
  damage_group(log, 1);
  ASSERT_TRUE(damage()) << "the actor's chain is open, and began there";
  ASSERT_TRUE(set_aside(folder(), damaged(), key()));
  auto named = go_on();
  ASSERT_TRUE(named);
  EXPECT_EQ(named->size, log.groups[1].first);
  EXPECT_EQ(named->root, log.groups[0].root);
}

TEST_F(DamagedLog, ACheckpointThatIsLostToDamageIsNoneAtAll) {
  write_log();
  ReadLog log = read_log(folder());
  flip_byte(folder() / "checkpoint", 60);
  ASSERT_TRUE(damage());
  ASSERT_TRUE(set_aside(folder(), damaged(), key()));
  auto named = go_on();
  ASSERT_TRUE(named);
  EXPECT_EQ(named->size, log.tree.size());
  EXPECT_EQ(named->root, log.tree.root());
}

TEST_F(DamagedLog, WhatDoesNotSayWhichLogItWasStaysWhereItIs) {
  write_log();
  fs::remove(folder() / "checkpoint");
  flip_byte(segment_path(folder(), 0), 3);
  ASSERT_TRUE(damage());
  auto before = files_in(home_.root());
  auto aside = set_aside(folder(), damaged(), key());
  ASSERT_FALSE(aside);
  EXPECT_EQ(aside.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(aside.error().message(), HasSubstr("which log it was"));
  EXPECT_EQ(files_in(home_.root()), before);
}

TEST_F(DamagedLog, TheLastOneThatWasSetAsideIsNamed) {
  write_log();
  damage_group(read_log(folder()), 2);
  ASSERT_TRUE(set_aside(folder(), damaged(), key()));
  write_log();
  ReadLog second = read_log(folder());
  damage_group(second, 2);
  auto aside = set_aside(folder(), damaged(), key());
  ASSERT_TRUE(aside);
  EXPECT_EQ(aside->place, damaged() / "2");
  fs::remove_all(damaged() / "1");
  auto named = go_on();
  ASSERT_TRUE(named);
  EXPECT_EQ(named->root, second.tree.root());
  EXPECT_TRUE(go_on());
  EXPECT_THAT(read_log(folder()).node_operations(),
              ElementsAre("damage-accepted", "node-started", "key", "node-stopped", "node-started",
                          "node-stopped"))
      << "a log that continues says it once, when it begins";

  damage_group(read_log(folder()), 1);
  aside = set_aside(folder(), damaged(), key());
  ASSERT_TRUE(aside);
  EXPECT_EQ(aside->place, damaged() / "3") << "the oldest was thrown away";
}

// Whichever byte it is: a node can continue, at once or when the damage has been accepted.
TEST_F(DamagedLog, IsAcceptedWhereverItIs) {
  write_log(900);
  fs::path original = home_.copy(folder(), "original");
  size_t accepted = 0;
  for (const auto& [name, bytes] : files_in(original)) {
    if (!name.starts_with("segments/")) continue;
    for (size_t offset = 7; offset < std::min<size_t>(bytes.size(), 2'000); offset += 61) {
      fs::remove_all(folder());
      fs::remove_all(damaged());
      home_.copy(original, "log");
      flip_byte(folder() / name, offset);
      SCOPED_TRACE(name + " " + std::to_string(offset));
      if (!damage()) continue;
      ASSERT_TRUE(set_aside(folder(), damaged(), key()));
      ASSERT_TRUE(go_on());
      ++accepted;
    }
  }
  EXPECT_GT(accepted, 20u);
}

}  // namespace theater::log::damaged_log_test
