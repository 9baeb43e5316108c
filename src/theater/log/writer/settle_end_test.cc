// Power that fails after a process was killed: a file has what the disk was told to keep of it, or
// all that the system knew, whatever the other files have.
#include "theater/log/writer/settle_end.h"

#include "theater/base/file.h"
#include "theater/base/file_faults.h"
#include "theater/base/guarded.h"
#include "theater/log/check/log_check.h"
#include "theater/log/segment/sealed_segment.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/testing/log_home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace theater::log::settle_end_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

// By the standard library, which no fault reaches.
Bytes content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

bool is_segment_or_bodies(const fs::path& path) {
  return path.parent_path().filename() == "segments";
}

// Knows what the disk has of each file of the segments: what was there at its last sync. From one
// call on, every call fails, as if the process were gone.
class Disk final : public FileFaults {
 public:
  explicit Disk(fs::path below) : below_(std::move(below)) { set_file_faults(this); }
  ~Disk() override { set_file_faults(nullptr); }

  void kill_at(size_t call) {
    state_.with([&](State& state) { state.kill_at = state.calls + call; });
  }
  void start_again() {
    state_.with([](State& state) { state.kill_at = SIZE_MAX; });
  }
  bool is_killed() const {
    return state_.with([](const State& state) { return state.calls > state.kill_at; });
  }

  FileFault before(FileCall call, const fs::path& path) override {
    FileFault what;
    what.pretend = call == FileCall::kSync || call == FileCall::kSyncFolder;
    if (!path.string().starts_with(below_.string())) return what;
    bool reads = call == FileCall::kRead || call == FileCall::kStat;
    state_.with([&](State& state) {
      if (!reads && state.calls++ >= state.kill_at) what.error = EIO;
    });
    if (what.error == 0 && call == FileCall::kSync && is_segment_or_bodies(path)) note_sync(path);
    return what;
  }

  // What the disk may lack: the files that are not as they were at their last sync.
  std::map<fs::path, Bytes> unsynced() const {
    std::map<fs::path, Bytes> differing;
    std::map<fs::path, Bytes> synced = state_.with([](const State& state) { return state.synced; });
    for (const fs::directory_entry& entry : fs::directory_iterator(below_ / "segments")) {
      Bytes now = content_of(entry.path());
      if (now != synced[entry.path()]) differing[entry.path()] = synced[entry.path()];
    }
    return differing;
  }

 private:
  struct State {
    std::map<fs::path, Bytes> synced;
    size_t calls = 0;
    size_t kill_at = SIZE_MAX;
  };

  void note_sync(const fs::path& path) {
    Bytes now = content_of(path);
    state_.with([&](State& state) { state.synced[path] = std::move(now); });
  }

  fs::path below_;
  mutable Guarded<State> state_;
};

LogOptions tiny_segments() {
  LogOptions options = quiet();
  options.segment_bytes = 1'500;
  options.preallocate_bytes = 8 << 10;
  return options;
}

// Records some groups, with bodies of every form, and notes which events the log acknowledged.
// Returns early when the process is killed.
void record_some(LogHome& home, int groups, std::set<Hash>& acknowledged) {
  auto log = home.try_open(home.folder(), tiny_segments());
  if (!log) return;
  TestActor actor(**log);
  for (int i = 0; i < groups; ++i) {
    Hash made = i % 2 == 0 ? actor.cite(Hash{}).hash : actor.record_every_form().hash;
    if (!(*log)->flush()) return;
    acknowledged.insert(made);
  }
}

void expect_whole(LogHome& home, const fs::path& folder, const std::set<Hash>& acknowledged) {
  auto log = home.try_open(folder, tiny_segments());
  ASSERT_TRUE(log) << log.error().to_string();
  ASSERT_TRUE((*log)->close());
  std::set<Hash> found;
  for (const ReadLog::Entry& entry : read_log(folder).events)
    found.insert(entry.hash);
  for (const Hash& hash : acknowledged)
    EXPECT_TRUE(found.contains(hash));
  LogReport report = check_log(folder).value();
  EXPECT_EQ(report.verdict, Verdict::kValid) << report.findings.front().to_string();
}

// Power fails with every combination of what the files of the log have lost.
size_t fail_power(LogHome& home, const Disk& disk, const std::set<Hash>& acknowledged) {
  std::map<fs::path, Bytes> unsynced = disk.unsynced();
  size_t combinations = size_t{1} << unsynced.size();
  for (size_t lost = 0; lost < combinations; ++lost) {
    fs::path copy = home.copy(home.folder(), "power");
    size_t bit = 1;
    for (const auto& [path, synced] : unsynced) {
      if ((lost & bit) != 0) {
        EXPECT_TRUE(write_file(copy / "segments" / path.filename(), synced));
      }
      bit <<= 1;
    }
    expect_whole(home, copy, acknowledged);
    fs::remove_all(copy);
  }
  return combinations;
}

TEST(SettleEnd, PowerFailsAfterAProcessWasKilledAtAnyCall) {
  size_t combinations = 0;
  size_t call = 0;
  for (bool was_killed = true; was_killed; ++call) {
    SCOPED_TRACE(call);
    LogHome home;
    std::set<Hash> acknowledged;
    Disk disk(home.folder());
    disk.kill_at(call);
    record_some(home, 12, acknowledged);
    was_killed = disk.is_killed();
    disk.start_again();
    // The next process builds on what the system knows, and is killed too.
    disk.kill_at(call % 40);
    record_some(home, 4, acknowledged);
    disk.start_again();
    if (fs::exists(home.folder() / "segments")) {
      combinations += fail_power(home, disk, acknowledged);
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(call, 80u);
  EXPECT_GT(combinations, call);
}

class Footers : public ::testing::Test {
 protected:
  Footers() {
    record_some(home, 20, acknowledged);
    // Not closed: the newest one has room that is set aside.
    segments = list_segments(home.folder()).value().size();
  }

  void cut_footer(uint64_t number) {
    fs::path path = segment_path(home.folder(), number);
    Bytes bytes = read_file(path).value();
    std::optional<uint64_t> footer = footer_offset(bytes);
    ASSERT_TRUE(footer);
    bytes.resize(static_cast<size_t>(*footer));
    ASSERT_TRUE(write_file(path, bytes));
  }

  LogHome home;
  std::set<Hash> acknowledged;
  uint64_t segments = 0;
};

TEST_F(Footers, AreWrittenAgainAsTheyWere) {
  ASSERT_GE(segments, 4u);
  EXPECT_EQ(body_forms(home.folder()).size(), 6u);
  std::map<uint64_t, Bytes> before;
  for (uint64_t number = 0; number + 1 < segments; ++number) {
    before[number] = read_file(segment_path(home.folder(), number)).value();
    cut_footer(number);
    EXPECT_TRUE(SealedSegment::open(home.folder() / "segments", number)->missing_footer());
  }
  EXPECT_EQ(check_log(home.folder())->verdict, Verdict::kValid);
  expect_whole(home, home.folder(), acknowledged);
  for (const auto& [number, bytes] : before)
    EXPECT_EQ(read_file(segment_path(home.folder(), number)).value(), bytes) << number;
}

TEST_F(Footers, AreNotPutInThePlaceOfDamage) {
  cut_footer(0);
  fs::path path = segment_path(home.folder(), 0);
  Bytes bytes = read_file(path).value();
  bytes.insert(bytes.end(), 20, 7);
  ASSERT_TRUE(write_file(path, bytes));
  auto log = home.try_open(home.folder(), tiny_segments());
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(read_file(path).value(), bytes);
}

// A sync that failed leaves pages that the system takes for written: they must be written again.
TEST(SettleEnd, WritesTheLastGroupAgain) {
  LogHome home;
  fs::path copy;
  {
    auto log = home.open(quiet());
    TestActor(*log).record_every_form();
    ASSERT_TRUE(log->flush());
    copy = home.copy(home.folder(), "killed");
  }
  // Which files were written, and which of them synced after that.
  struct Writes final : FileFaults {
    Writes() { set_file_faults(this); }
    ~Writes() override { set_file_faults(nullptr); }
    FileFault before(FileCall call, const fs::path& path) override {
      calls.with([&](std::vector<std::string>& all) {
        if (call == FileCall::kWrite) all.push_back("write " + path.filename().string());
        if (call == FileCall::kSync) all.push_back("sync " + path.filename().string());
      });
      return {};
    }
    Guarded<std::vector<std::string>> calls;
  } calls;
  auto log = home.open_at(copy, quiet());
  std::vector<std::string> first = calls.calls.with([](const auto& all) {
    return std::vector<std::string>(all.begin(), all.begin() + std::min<size_t>(4, all.size()));
  });
  EXPECT_THAT(first, ElementsAre("write 0000000000.bodies", "sync 0000000000.bodies",
                                 "write 0000000000.segment", "sync 0000000000.segment"));
}

}  // namespace theater::log::settle_end_test
