// The log in a process that is killed, or that the disk refuses: what was acknowledged is there.
#include "theater/base/file_handle.h"
#include "theater/base/log.h"
#include "theater/log/check/log_check.h"
#include "theater/log/testing/log_home.h"
#include "theater/log/writer/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <set>
#include <thread>

namespace theater::log::log_crash_test {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

// A thread writes the lines of the node's log (base/log.h), and a fork copies no thread.
class LogCrash : public ::testing::Test {
 protected:
  LogCrash() { configure_log(LogLevel::kOff, LogFormat::kHuman); }
  ~LogCrash() override { configure_log(LogLevel::kInfo, LogFormat::kHuman); }
};

// Runs `work` in a process of its own, which has the write end of a pipe.
class Child {
 public:
  explicit Child(const std::function<void(int out)>& work) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) {
      ::close(ends[0]);
      work(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    in_ = ends[0];
  }
  ~Child() {
    kill();
    ::close(in_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The next that it wrote, if it comes within the time.
  template <class T>
  std::optional<T> read(std::chrono::milliseconds limit) {
    pollfd ready{.fd = in_, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, static_cast<int>(limit.count())) != 1) return std::nullopt;
    T value{};
    if (::read(in_, &value, sizeof value) != ssize_t{sizeof value}) return std::nullopt;
    return value;
  }

  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    wait();
  }
  // Its exit status; -1 if a signal ended it.
  int wait() {
    int status = 0;
    if (pid_ > 0) ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
};

LogOptions small_segments() {
  LogOptions options;
  options.segment_bytes = 20'000;
  options.preallocate_bytes = 128 << 10;  // So that not only the committer commits.
  options.checkpoint_delay = std::chrono::milliseconds(2);
  return options;
}

// Appends from several threads, of which some commit, and tells the hash of each event that it was
// told is durable.
[[noreturn]] void record_until_killed(LogHome& home, int out) {
  auto log = home.open(small_segments());
  for (int t = 0; t < 4; ++t) {
    std::thread([&log, out, t] {
      TestActor actor(*log);
      for (int i = 0;; ++i) {
        if (t % 2 == 0) log->defer_wakeups();
        Hash made = i % 7 == t ? actor.record_every_form(Durability::kSync).hash
                               : actor.cite(Hash{}, Durability::kSync).hash;
        if (i % 3 == 0) {
          log->when_durable([out, made](const std::optional<Error>& error) {
            // One write of 32 bytes to a pipe is whole.
            if (!error && ::write(out, &made, sizeof made) != ssize_t{sizeof made}) ::_exit(1);
          });
        }
        log->end_deferral(CommitBy::kCallingThread);
        if (i % 30 == 0 && !log->flush()) ::_exit(1);
      }
    }).detach();
  }
  for (;;)
    ::pause();
}

// So many rounds of one log: reading all of it after each is what takes time.
constexpr uint64_t kRoundsOfALog = 50;

uint64_t rounds() {
  const char* text = std::getenv("THEATER_ROUNDS");
  return text == nullptr ? kRoundsOfALog : std::strtoull(text, nullptr, 10);
}

// What one log, and those who were told of it, know after its rounds.
struct Ledger {
  std::set<Hash> acknowledged;
  uint64_t segments = 0;
  uint64_t tails = 0;
  size_t forms = 0;  // How many forms the records of bodies have.
};

// Acknowledged: there. Not acknowledged: not there, or whole and in its place; read_log() takes
// nothing else, whatever it was.
void kill_and_look(uint64_t first, uint64_t end, Ledger& ledger) {
  LogHome home;
  std::set<Hash>& acknowledged = ledger.acknowledged;
  for (uint64_t round = first; round < end; ++round) {
    SCOPED_TRACE(round);
    {
      Child child([&](int out) { record_until_killed(home, out); });
      // Sometimes at once, sometimes while it opens, mostly while it writes, and then at any
      // moment.
      SeededRandom random(round);
      uint64_t wanted = random.below(200);
      for (uint64_t i = 0; i < wanted; ++i) {
        std::optional<Hash> told = child.read<Hash>(std::chrono::seconds(20));
        ASSERT_TRUE(told);
        acknowledged.insert(*told);
      }
      if (wanted % 4 == 0)
        std::this_thread::sleep_for(std::chrono::microseconds(random.below(3000)));
      child.kill();
      while (std::optional<Hash> told = child.read<Hash>(std::chrono::milliseconds(0)))
        acknowledged.insert(*told);
    }
    auto log = home.try_open(home.folder(), small_segments());
    ASSERT_TRUE(log) << log.error().to_string();
    ASSERT_TRUE((*log)->close());
    ReadLog read = read_log(home.folder());
    std::set<Hash> found;
    for (const ReadLog::Entry& entry : read.events)
      found.insert(entry.hash);
    for (const Hash& hash : acknowledged)
      ASSERT_TRUE(found.contains(hash));
    ledger.segments = read.segments;
    ledger.tails = read.tails().size();
    ledger.forms = body_forms(home.folder()).size();
    if (round % 10 != 9 && round + 1 != end) continue;
    Result<LogReport> report = check_log(home.folder());
    ASSERT_TRUE(report);
    ASSERT_EQ(report->verdict, Verdict::kValid) << report->findings.front().to_string();
  }
}

// THEATER_ROUNDS in the environment says how often a process is killed.
TEST_F(LogCrash, KeepsWhatItAcknowledgedWhenItIsKilled) {
  uint64_t all = rounds();
  uint64_t acknowledged = 0;
  uint64_t torn = 0;
  for (uint64_t first = 0; first < all; first += kRoundsOfALog) {
    uint64_t end = std::min(first + kRoundsOfALog, all);
    Ledger ledger;
    kill_and_look(first, end, ledger);
    if (HasFatalFailure()) return;
    EXPECT_GT(ledger.acknowledged.size(), (end - first) * 20);
    EXPECT_GT(ledger.segments, (end - first) / 10);
    EXPECT_EQ(ledger.forms, 6u);
    acknowledged += ledger.acknowledged.size();
    torn += ledger.tails;
    fmt::print(stderr,
               "killed {} times: {} events acknowledged, none lost; {} torn ends put aside\n", end,
               acknowledged, torn);
  }
}

struct Told {
  uint64_t durable = 0;   // Position when the log stopped.
  uint64_t refused = 0;   // How many were told that theirs is not durable.
  uint64_t accepted = 0;  // And how many that it is.
  bool has_room = true;
  bool failed = false;
};

// Writes until no file may get longer.
void record_until_refused(LogHome& home, int out, const Bytes& body) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = 40'000;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  LogOptions options = quiet();
  options.preallocate_bytes = 1000;
  auto log = home.open(options);
  TestActor actor(*log);
  Told told;
  bool was_called = false;
  log->on_failure([&](const Error&) { was_called = true; });
  for (int i = 0; i < 1000; ++i) {
    if (body.empty()) {
      actor.cite(Hash{});
    } else {
      actor.record_detached(body);
    }
    Result<void> flushed = log->flush();
    ++(flushed ? told.accepted : told.refused);
  }
  std::optional<Error> failure = log->failure();
  told.failed = failure && was_called && failure->code() == ErrorCode::kResourceExhausted &&
                !log->close() && log->close().error().to_string() == failure->to_string();
  told.durable = log->durable().size;
  told.has_room = log->has_room();
  if (::write(out, &told, sizeof told) != ssize_t{sizeof told}) ::_exit(1);
}

class LogCrashWithBody : public ::testing::TestWithParam<size_t> {};

TEST_P(LogCrashWithBody, StopsAtTheFirstRefusalAndLosesNothingBeforeIt) {
  LogHome home;
  Told told;
  {
    Child child([&](int out) { record_until_refused(home, out, Bytes(GetParam(), 3)); });
    std::optional<Told> read = child.read<Told>(std::chrono::seconds(60));
    EXPECT_EQ(child.wait(), 0);
    ASSERT_TRUE(read);
    told = *read;
  }
  EXPECT_TRUE(told.failed);
  EXPECT_FALSE(told.has_room);
  EXPECT_GT(told.accepted, 10u);
  EXPECT_GT(told.refused, 10u);
  EXPECT_EQ(told.accepted + told.refused, 1000u);
  uint64_t events_each = GetParam() == 0 ? 1 : 2;
  EXPECT_EQ(told.durable, 3 + 2 + events_each * told.accepted);

  home.open().reset();
  ReadLog read = read_log(home.folder());
  EXPECT_EQ(read.events.size(), told.durable + 2 + read.tails().size());
  EXPECT_THAT(read.node_operations(), ::testing::Not(Contains("damage-accepted")));
}

INSTANTIATE_TEST_SUITE_P(LogCrash, LogCrashWithBody, ::testing::Values(0, 1000));

}  // namespace theater::log::log_crash_test
