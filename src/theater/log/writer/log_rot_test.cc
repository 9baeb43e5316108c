// A log in which one byte has changed while no process used it, opened to be continued. The opening
// refuses the log with the place of the damage, and changes no file. Or the byte is in the last
// group, which looks like a write that a crash tore, and the opening puts the group aside.
//
// The body files hold records of every form. With THEATER_SOAK in the environment the tests change
// every byte, otherwise one in 23.
#include "theater/base/file.h"
#include "theater/base/log.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/testing/log_home.h"
#include "theater/log/testing/one_fault.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace theater::log::log_rot_test {

namespace fs = std::filesystem;

const size_t kStep = std::getenv("THEATER_SOAK") != nullptr ? 1 : 23;

class LogRot : public ::testing::Test {
 protected:
  void SetUp() override { configure_log(LogLevel::kOff, LogFormat::kHuman); }
  void TearDown() override { configure_log(LogLevel::kInfo, LogFormat::kHuman); }

  LogOptions options() {
    LogOptions options = quiet();
    options.segment_bytes = 2'500;
    return options;
  }

  // Some segments with bodies, of which the last is not full.
  void make(bool closed) {
    auto log = home.open(options());
    TestActor actor(*log);
    for (uint8_t group = 0; group < 7; ++group) {
      actor.cite(Hash{});
      if (group % 2 == 0) actor.record_every_form();
      EXPECT_TRUE(log->flush());
    }
    // What the process leaves that is killed here.
    original = closed ? fs::path() : home.copy(home.folder(), "original");
    EXPECT_TRUE(log->close());
    if (closed) original = home.copy(home.folder(), "original");
    EXPECT_EQ(body_forms(original).size(), 6u);
    ReadLog read = read_log(original);
    for (const ReadLog::Entry& entry : read.events) {
      all.insert(entry.hash);
      if (entry.group + 1 < read.groups.size()) before_last_group.insert(entry.hash);
    }
    segments = read.segments;
  }

  // Opens a copy in which one byte differs.
  void try_with(const fs::path& file, size_t offset, uint8_t changed) {
    fs::path folder = home.copy(original, "copy");
    Bytes bytes = *read_file(folder / file);
    bytes[offset] ^= changed;
    ASSERT_TRUE(write_file(folder / file, bytes, FileMode::kPrivate));
    auto before = files_in(folder);
    auto log = home.try_open(folder, options());
    Result<void> closed = log ? (*log)->close() : Failure(log.error());
    if (!closed) {
      ++refused;
      std::string error = closed.error().to_string();
      EXPECT_TRUE(everything_is_there(before, files_in(folder))) << error;
      EXPECT_NE(error.find(folder.string()), std::string::npos) << error;
      return;
    }
    ++opened;
    // Opening does not read all of an old segment; verify finds the damage there.
    if (is_old(file)) return;
    std::set<Hash> found;
    for (const ReadLog::Entry& entry : read_log(folder).events)
      found.insert(entry.hash);
    bool has_lost = !std::includes(found.begin(), found.end(), all.begin(), all.end());
    EXPECT_TRUE(std::includes(found.begin(), found.end(), before_last_group.begin(),
                              before_last_group.end()));
    EXPECT_TRUE(!has_lost || fs::exists(folder / "lost+found"));
  }

  // What was written after the opening, before tiles that were missing led to the damage, does not
  // matter.
  static bool everything_is_there(const std::map<std::string, std::string>& before,
                                  const std::map<std::string, std::string>& after) {
    for (const auto& [name, text] : before) {
      auto found = after.find(name);
      if (found == after.end()) return false;
      std::string_view wanted = std::string_view(text).substr(0, text.find_last_not_of('\0') + 1);
      bool is_log = name.starts_with("segments");
      if (is_log && !found->second.starts_with(wanted)) return false;
    }
    return true;
  }

  bool is_old(const fs::path& file) const {
    std::string name = file.filename().string();
    return name != segment_file_name(segments - 1) && name != bodies_file_name(segments - 1) &&
           file.string().starts_with("segments");
  }

  void try_all() {
    OneFault none(home.root(), {}, {}, SIZE_MAX);
    for (const auto& [name, text] : files_in(original)) {
      for (size_t offset = 0; offset < text.size(); offset += kStep) {
        SCOPED_TRACE(fmt::format("{} at {}", name, offset));
        try_with(name, offset, static_cast<uint8_t>(1u << (offset % 8)));
        if (HasFailure()) return;
      }
    }
    EXPECT_GT(refused, 20u);
    EXPECT_GT(opened, 20u);
  }

  LogHome home;
  fs::path original;
  std::set<Hash> all;
  std::set<Hash> before_last_group;
  uint64_t segments = 0;
  size_t refused = 0;
  size_t opened = 0;
};

TEST_F(LogRot, IsReportedAndNothingIsDeletedInALogThatWasNotClosed) {
  make(false);
  try_all();
}

TEST_F(LogRot, IsReportedAndNothingIsDeletedInALogThatWasClosed) {
  make(true);
  try_all();
}

// The node's events, which the log itself makes.
std::vector<uint64_t> times_of_the_node(const fs::path& folder) {
  std::vector<uint64_t> times;
  for (const ReadLog::Entry& entry : read_log(folder).events) {
    if (entry.actor == kNodeActor) times.push_back(decode_event(entry.bytes)->time);
  }
  return times;
}

TEST_F(LogRot, AClockThatGoesBackwardsMakesNoTimeDecrease) {
  uint64_t begin = home.clock().wall_us();
  uint64_t latest = begin;
  // Between runs, and within each.
  for (int hours : {0, -2, 9, -2}) {
    home.clock().advance(std::chrono::hours(hours));
    latest = std::max(latest, home.clock().wall_us());
    auto log = home.open(options());
    home.clock().advance(std::chrono::hours(-1));
    ASSERT_TRUE(log->close());
  }
  ASSERT_GT(latest, begin);
  std::vector<uint64_t> times = times_of_the_node(home.folder());
  ASSERT_GE(times.size(), 8u);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(times.back(), latest);
}

}  // namespace theater::log::log_rot_test
