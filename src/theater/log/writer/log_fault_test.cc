// Every system call of a log's life fails once, in turn: whatever was acknowledged is there at the
// next opening, nothing is acknowledged after a failure, and the error says what to do.
#include "theater/base/file_handle.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/check/log_check.h"
#include "theater/log/testing/log_home.h"
#include "theater/log/testing/one_fault.h"
#include "theater/log/writer/log.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <set>

namespace theater::log::log_fault_test {

namespace fs = std::filesystem;

using Kinds = std::vector<FileCall>;

const Kinds kAll = {FileCall::kOpen,       FileCall::kStat,       FileCall::kRead,
                    FileCall::kWrite,      FileCall::kTruncate,   FileCall::kAllocate,
                    FileCall::kSync,       FileCall::kOpenFolder, FileCall::kSyncFolder,
                    FileCall::kMakeFolder, FileCall::kRename,     FileCall::kRemove};
// That need room.
const Kinds kGrowing = {FileCall::kOpen, FileCall::kWrite,      FileCall::kAllocate,
                        FileCall::kSync, FileCall::kMakeFolder, FileCall::kRename};

LogOptions small() {
  LogOptions options = quiet();
  options.segment_bytes = 5'000;
  options.preallocate_bytes = 128 << 10;
  options.short_commit = std::chrono::hours(1);
  return options;
}

// What a program learns of its log over two runs of it.
class Program {
 public:
  explicit Program(const fs::path& root) : root_(root), key_(SigningKey::generate(random_)) {}

  void run() {
    // As a node is started again after a failure.
    for (int round = 0; round < 2; ++round)
      run_once();
  }

  // Opens it again, and reads what is there.
  void expect_all_that_was_acknowledged() {
    auto blobs = BlobStore::open(root_ / "blobs");
    ASSERT_TRUE(blobs) << blobs.error().to_string();
    auto log = open(**blobs);
    ASSERT_TRUE(log) << log.error().to_string();
    ASSERT_TRUE((*log)->close());
    std::set<Hash> found;
    for (const ReadLog::Entry& entry : read_log(root_ / "log").events)
      found.insert(entry.hash);
    for (const Hash& hash : acknowledged_)
      EXPECT_TRUE(found.contains(hash));
    for (const Hash& hash : blobs_)
      EXPECT_TRUE((*blobs)->get(hash));
    Result<LogReport> report = check_log(root_ / "log");
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->verdict, Verdict::kValid) << report->findings.front().to_string();
  }

  const std::vector<Error>& errors() const { return errors_; }
  size_t acknowledged() const { return acknowledged_.size(); }

 private:
  Result<std::unique_ptr<Log>> open(BlobStore& blobs) {
    return Log::open(root_ / "log",
                     {.key = key_, .blobs = blobs, .clock = clock_, .random = random_}, small());
  }

  bool succeeds(const Result<void>& result) {
    if (!result) errors_.push_back(result.error());
    return result.has_value();
  }

  void run_once() {
    auto blobs = BlobStore::open(root_ / "blobs");
    if (!blobs) return errors_.push_back(blobs.error());
    auto log = open(**blobs);
    if (!log) return errors_.push_back(log.error());
    TestActor one(**log);
    TestActor other(**log);
    bool stopped = false;
    for (uint8_t group = 0; group < 12; ++group) {
      // Then the flush below commits, if it can.
      if (group % 2 == 0) (*log)->defer_wakeups();
      std::vector<Hash> recorded{one.cite(Hash{}).hash};
      if (group % 3 == 1) recorded.push_back(other.record_every_form().hash);
      auto blob = group % 5 == 2 ? (*blobs)->put(Bytes(100, group)) : Result<Hash>(Hash{});
      Result<void> flushed = (*log)->flush();
      EXPECT_FALSE(stopped && flushed) << "acknowledged after a failure";
      stopped = !succeeds(flushed);
      if (stopped) continue;
      acknowledged_.insert(recorded.begin(), recorded.end());
      if (blob && *blob != Hash{}) blobs_.insert(*blob);
    }
    EXPECT_EQ((*log)->failure().has_value(), stopped);
    succeeds((*log)->close());
  }

  fs::path root_;
  OsRandom random_;
  SystemClock clock_;
  SigningKey key_;
  std::set<Hash> acknowledged_;
  std::set<Hash> blobs_;
  std::vector<Error> errors_;
};

// How many calls there are, and what a run acknowledges when none of them fails.
struct Undisturbed {
  size_t calls = 0;
  size_t acknowledged = 0;
};

Undisturbed undisturbed(const Kinds& kinds) {
  TemporaryFolder folder;
  OneFault none(folder.path(), kinds, {}, SIZE_MAX);
  Program program(folder.path());
  program.run();
  size_t calls = none.calls();
  EXPECT_TRUE(program.errors().empty());
  program.expect_all_that_was_acknowledged();
  EXPECT_EQ(body_forms(folder.path() / "log").size(), 6u);
  return {calls, program.acknowledged()};
}

// Calls `look(program, file)` after a run in which the fault hit the call about that file.
template <class Look>
void each_in_turn(const Kinds& kinds, const FileFault& fault, const Look& look) {
  Undisturbed usual = undisturbed(kinds);
  size_t hits = 0;
  for (size_t number = 0; number < usual.calls; ++number) {
    SCOPED_TRACE(::testing::Message() << "call " << number);
    TemporaryFolder folder;
    Program program(folder.path());
    std::string file;
    {
      OneFault one(folder.path(), kinds, fault, number);
      program.run();
      file = one.hit();
    }
    OneFault none(folder.path(), {}, {}, SIZE_MAX);
    program.expect_all_that_was_acknowledged();
    hits += !file.empty();
    if (!file.empty()) look(program, file);
    if (::testing::Test::HasFailure()) return;
  }
  // The calls of a run's threads do not always come in one order, but they are as many.
  EXPECT_GT(hits, usual.calls * 9 / 10);
}

struct Refusal {
  const char* name;
  int error;
  Kinds kinds;
};

class LogFault : public ::testing::TestWithParam<Refusal> {};

TEST_P(LogFault, LosesNothingThatWasAcknowledgedAndSaysWhatToDo) {
  const Refusal& refusal = GetParam();
  size_t silent = 0;
  size_t runs = 0;
  FileFault fault;
  fault.error = refusal.error;
  each_in_turn(refusal.kinds, fault, [&](const Program& program, const std::string& file) {
    ++runs;
    if (program.errors().empty()) {
      ++silent;
      return;
    }
    const Error& error = program.errors().front();
    EXPECT_NE(error.to_string().find(file), std::string::npos)
        << error.to_string() << " does not name " << file;
    EXPECT_NE(error.to_string().find(std::strerror(refusal.error)), std::string::npos)
        << error.to_string();
    EXPECT_FALSE(error.hint().empty()) << error.to_string();
  });
  // What may be made anew may fail unnoticed.
  EXPECT_LT(silent, runs / 5);
}

INSTANTIATE_TEST_SUITE_P(
    All, LogFault,
    ::testing::Values(Refusal{"EIO", EIO, kAll}, Refusal{"ENOSPC", ENOSPC, kGrowing},
                      Refusal{"EDQUOT", EDQUOT, kGrowing},
                      Refusal{"EMFILE", EMFILE, {FileCall::kOpen, FileCall::kOpenFolder}}),
    [](const auto& made) { return std::string(made.param.name); });

TEST(LogFaults, InterruptionsAndShortWritesAreNoFailures) {
  FileFault interrupted;
  interrupted.error = EINTR;
  FileFault little;
  little.bytes_max = 1;
  size_t usual = undisturbed(kAll).acknowledged;
  auto look = [&](const Program& program, const std::string& file) {
    EXPECT_TRUE(program.errors().empty()) << file << ": " << program.errors().front().to_string();
    EXPECT_EQ(program.acknowledged(), usual);
  };
  each_in_turn({FileCall::kOpen, FileCall::kRead, FileCall::kWrite, FileCall::kTruncate,
                FileCall::kAllocate, FileCall::kSync, FileCall::kOpenFolder, FileCall::kSyncFolder},
               interrupted, look);
  each_in_turn({FileCall::kWrite, FileCall::kRead}, little, look);
}

}  // namespace theater::log::log_fault_test
