// Processes in the hands of the keeper: outputs, inputs, signals, times, ends and what is left.
#include "theater/sandbox/process_keeper.h"

#include "theater/sandbox/testing/command_fixture.h"

#include <fcntl.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace theater::process_keeper_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

struct Heard {
  std::optional<std::string> failure;
  bool is_started = false;
  std::string out;
  std::string err;
  std::vector<std::string> order;  // Of what is no output.
  std::optional<int32_t> exit_code;
  bool is_over = false;
};

struct Listener final : ProcessListener {
  explicit Listener(size_t out_room = SIZE_MAX) : room_left(out_room) {}

  void started(const Result<void>& result) override {
    change([&](Heard& heard) {
      heard.is_started = result.has_value();
      heard.order.push_back("started");
      if (!result) heard.failure = result.error().to_string();
    });
  }
  size_t room(OutputStream which) override {
    return which == OutputStream::kOut ? room_left.load() : SIZE_MAX;
  }
  void output(OutputStream which, ByteView bytes) override {
    if (which == OutputStream::kOut && room_left != SIZE_MAX) room_left -= bytes.size();
    change([&](Heard& heard) {
      (which == OutputStream::kOut ? heard.out : heard.err).append(bytes.begin(), bytes.end());
      if (heard.exit_code && heard.order.back() != "rest") heard.order.push_back("rest");
    });
  }
  void timed_out() override {
    change([](Heard& heard) { heard.order.push_back("timed out"); });
  }
  void exited(int32_t exit_code) override {
    change([&](Heard& heard) {
      heard.exit_code = exit_code;
      heard.order.push_back("exited");
    });
  }
  void over() override {
    change([](Heard& heard) {
      heard.is_over = true;
      heard.order.push_back("over");
    });
  }

  template <class Change>
  void change(Change with) {
    all.with(with);
    all.notify_all();
  }
  Heard wait(const std::function<bool(const Heard&)>& ready) {
    return all.wait(ready, [](const Heard& now) { return now; });
  }
  Heard end() {
    return wait([](const Heard& now) { return now.is_over || now.failure; });
  }

  std::atomic<size_t> room_left;
  Guarded<Heard> all;
};

struct ProcessKeeperTest : testing::CommandFixture {
  struct Process {
    std::shared_ptr<KeptProcess> handle;
    std::shared_ptr<Listener> listener;
  };

  Process begin_process(const std::vector<std::string>& words, size_t out_room = SIZE_MAX) {
    testing::give_to_commands(folder.path());
    Descriptor at(::open(given.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::string program =
        words.front().front() == '/' ? words.front() : *find_program(words.front());
    CommandSandbox wall = *CommandSandbox::build({at, rights, program, home});
    auto user = *command_user(at, chosen_user);
    CommandStart command{program,       words,         command_variables(given.string()),
                         std::move(at), file_size_max, user,
                         true};
    Process process{nullptr, std::make_shared<Listener>(out_room)};
    process.handle =
        *keeper->start({std::move(command), std::move(wall), time_max, grace}, process.listener);
    return process;
  }
  Process script(const std::string& text, size_t out_room = SIZE_MAX) {
    return begin_process({"sh", "-c", text}, out_room);
  }
  static void put_all(const Process& process, std::string_view text) {
    while (!text.empty()) {
      size_t taken = *process.handle->reserve_input(text.size());
      process.handle->put_input(as_bytes(text.substr(0, taken)));
      text.remove_prefix(taken);
      if (taken == 0) std::this_thread::yield();
    }
  }
  static size_t open_files() {
    return static_cast<size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
  }

  std::optional<std::chrono::milliseconds> time_max;
  std::chrono::milliseconds grace{0};
  std::optional<ProcessKeeper> keeper{std::in_place};
};

TEST_F(ProcessKeeperTest, TellsInOrderWhatHappens) {
  Heard heard = script("echo out; echo err >&2; exit 3").listener->end();
  EXPECT_EQ(heard.failure, std::nullopt);
  EXPECT_EQ(heard.out, "out\n");
  EXPECT_EQ(heard.err, "err\n");
  EXPECT_EQ(heard.exit_code, 3);
  EXPECT_EQ(heard.order.front(), "started");
  EXPECT_EQ(heard.order.back(), "over");
  EXPECT_EQ(std::ranges::count(heard.order, "exited"), 1);
}

TEST_F(ProcessKeeperTest, SaysWhyAProgramDoesNotRun) {
  put(given / "script", "#!/no/such/interpreter\n");
  put(given / "words", "just words\n");
  fs::permissions(given / "script", fs::perms(0755));
  fs::permissions(given / "words", fs::perms(0755));
  auto failure = [&](const std::string& program) {
    Heard heard = begin_process({program}).listener->end();
    EXPECT_THAT(heard.order, ElementsAre("started"));
    return heard.failure.value_or("it ran");
  };
  EXPECT_THAT(failure("/no/such/program"), HasSubstr("cannot execute it: No such file"));
  EXPECT_THAT(failure("/etc/passwd"), HasSubstr("cannot execute it: Permission denied"));
  EXPECT_THAT(failure(given / "script"), HasSubstr("cannot execute it: No such file"));
  EXPECT_THAT(failure(given / "words"), HasSubstr("cannot execute it: Exec format error"));
}

TEST_F(ProcessKeeperTest, WritesItsInputAndEndsIt) {
  Process cat = begin_process({"cat"});
  put_all(cat, "one ");
  put_all(cat, "two");
  cat.listener->wait([](const Heard& heard) { return heard.out == "one two"; });
  cat.handle->close_input();
  EXPECT_EQ(cat.handle->reserve_input(1), std::nullopt);
  EXPECT_EQ(cat.listener->end().exit_code, 0);
}

TEST_F(ProcessKeeperTest, TakesNoMoreInputThanFits) {
  Process sleep = begin_process({"sleep", "1000"});
  std::string much(KeptProcess::kInputMax + 100, 'x');
  EXPECT_EQ(sleep.handle->reserve_input(much.size()), KeptProcess::kInputMax);
  EXPECT_EQ(sleep.handle->reserve_input(1), 0u);
  sleep.handle->drop_input(KeptProcess::kInputMax);
  EXPECT_EQ(sleep.handle->reserve_input(1), 1u);
  sleep.handle->put_input(as_bytes("x"));
  sleep.listener->wait([](const Heard& heard) { return heard.is_started; });
  EXPECT_TRUE(sleep.handle->kill());
  EXPECT_EQ(sleep.listener->end().exit_code, 128 + SIGKILL);
}

TEST_F(ProcessKeeperTest, PassesAllOfALargeInput) {
  Process count = begin_process({"wc", "-c"});
  put_all(count, std::string(5'000'000, 'x'));
  count.handle->close_input();
  EXPECT_EQ(count.listener->end().out, "5000000\n");
}

TEST_F(ProcessKeeperTest, NoticesThatNoInputIsRead) {
  Process deaf = script("exec <&-; echo closed; sleep 1000");
  deaf.listener->wait([](const Heard& heard) { return heard.out == "closed\n"; });
  put_all(deaf, "x");
  while (deaf.handle->reserve_input(1))
    std::this_thread::yield();
  EXPECT_TRUE(deaf.handle->kill());
  (void)deaf.listener->end();
}

TEST_F(ProcessKeeperTest, ReportsTheSignalThatEndedIt) {
  for (int number : {SIGHUP,  SIGINT,  SIGQUIT,   SIGILL,  SIGABRT, SIGFPE, SIGKILL,  SIGSEGV,
                     SIGPIPE, SIGALRM, SIGTERM,   SIGUSR1, SIGUSR2, SIGBUS, SIGSYS,   SIGTRAP,
                     SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR, SIGSTKFLT}) {
    Process sleep = begin_process({"sleep", "1000"});
    sleep.listener->wait([](const Heard& heard) { return heard.is_started; });
    ASSERT_TRUE(sleep.handle->signal(number)) << number;
    EXPECT_EQ(sleep.listener->end().exit_code, 128 + number);
    EXPECT_EQ(sleep.handle->signal(number).error().code(), ErrorCode::kNotFound);
    EXPECT_FALSE(sleep.handle->kill());
  }
}

TEST_F(ProcessKeeperTest, SignalsReachTheProgram) {
  Process waiting =
      script("trap 'echo got; exit 7' USR1; echo ready; while :; do sleep 0.01; done");
  waiting.listener->wait([](const Heard& heard) { return heard.out == "ready\n"; });
  ASSERT_TRUE(waiting.handle->signal(SIGUSR1));
  Heard heard = waiting.listener->end();
  EXPECT_EQ(heard.out, "ready\ngot\n");
  EXPECT_EQ(heard.exit_code, 7);
}

TEST_F(ProcessKeeperTest, WaitsWithAProgramThatPrintsFasterThanItIsRead) {
  static constexpr size_t kRoom = 100'000;
  Process yes = script("head -c 1000000 /dev/zero; echo done >&2", kRoom);
  yes.listener->wait([](const Heard& heard) { return heard.out.size() == kRoom; });
  std::this_thread::sleep_for(50ms);
  yes.listener->all.with([](const Heard& heard) {
    EXPECT_EQ(heard.out.size(), kRoom);
    EXPECT_EQ(heard.err, "");  // The program is not past its first command.
    EXPECT_FALSE(heard.exit_code);
  });
  yes.listener->room_left = SIZE_MAX;
  yes.handle->resume(OutputStream::kOut);
  Heard heard = yes.listener->end();
  EXPECT_EQ(heard.out.size(), 1'000'000u);
  EXPECT_EQ(heard.err, "done\n");
  EXPECT_EQ(heard.exit_code, 0);
}

TEST_F(ProcessKeeperTest, KeepsWhatAnEndedProgramPrinted) {
  Process brief = script("printf 0123456789", 4);
  Heard heard = brief.listener->wait(
      [](const Heard& now) { return now.exit_code.has_value() && now.out.size() == 4; });
  EXPECT_EQ(heard.out, "0123");
  EXPECT_FALSE(heard.is_over);
  brief.listener->room_left = SIZE_MAX;
  brief.handle->resume(OutputStream::kOut);
  heard = brief.listener->end();
  EXPECT_EQ(heard.out, "0123456789");
  EXPECT_THAT(heard.order, ElementsAre("started", "exited", "rest", "over"));
}

TEST_F(ProcessKeeperTest, EndsTheGroupWhenItsTimeIsOver) {
  time_max = 100ms;
  grace = 100ms;
  Heard gentle =
      script("trap 'echo ended; exit 5' TERM; while :; do sleep 0.01; done").listener->end();
  EXPECT_EQ(gentle.exit_code, 5);
  EXPECT_EQ(gentle.out, "ended\n");
  EXPECT_THAT(gentle.order, ElementsAre("started", "timed out", "exited", "over"));
  // What ignores TERM, and so do its children, which hold its output.
  Heard stubborn = script("trap '' TERM; sleep 1000 & sleep 1000").listener->end();
  EXPECT_EQ(stubborn.exit_code, 128 + SIGKILL);
}

TEST_F(ProcessKeeperTest, KillsAtOnceWithoutGrace) {
  time_max = 50ms;
  EXPECT_EQ(script("trap '' TERM; sleep 1000").listener->end().exit_code, 128 + SIGKILL);
}

TEST_F(ProcessKeeperTest, EndsWhatTheProgramLeftBehind) {
  std::string word = fmt::format("2000.{}", ::getpid());
  Heard heard = script(fmt::format("(trap '' HUP TERM; sleep {0}) & (sleep {0} &) ; echo on", word))
                    .listener->end();
  EXPECT_EQ(heard.exit_code, 0);
  while (!testing::processes_with(word).empty())
    std::this_thread::yield();
}

TEST_F(ProcessKeeperTest, AProgramMayCloseItsOutputsEarly) {
  Heard heard = script("exec >&- 2>&-; sleep 0.05; exit 4").listener->end();
  EXPECT_EQ(heard.exit_code, 4);
}

TEST_F(ProcessKeeperTest, KillsWhatHasNotStartedYet) {
  for (int round = 0; round < 50; ++round) {
    Process sleep = begin_process({"sleep", "1000"});
    (void)sleep.handle->kill();
    Heard heard = sleep.listener->end();
    if (heard.failure) {
      EXPECT_THAT(*heard.failure, HasSubstr("ended before it began"));
    } else {
      EXPECT_EQ(heard.exit_code, 128 + SIGKILL);
    }
  }
}

TEST_F(ProcessKeeperTest, EndsAllWithItself) {
  std::vector<Process> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(script("trap '' TERM; echo x; sleep 1000", i % 2 == 0 ? SIZE_MAX : 0));
  keeper.reset();
  for (Process& one : all) {
    one.listener->all.with([](const Heard& heard) { EXPECT_TRUE(heard.is_over || heard.failure); });
    one.handle->resume(OutputStream::kOut);
    one.handle->close_input();
    EXPECT_FALSE(one.handle->kill());
  }
}

TEST_F(ProcessKeeperTest, HasRoomForTwoHundredAtOnce) {
  std::vector<Process> all;
  for (int i = 0; i < 200; ++i)
    all.push_back(begin_process({"cat"}));
  for (int i = 0; i < 200; ++i)
    put_all(all[static_cast<size_t>(i)], std::to_string(i));
  for (Process& one : all)
    one.handle->close_input();
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(all[static_cast<size_t>(i)].listener->end().out, std::to_string(i));
}

// How many processes are run: THEATER_ROUNDS, for a run that lasts.
uint64_t rounds() {
  const char* given = std::getenv("THEATER_ROUNDS");
  return given == nullptr ? 500 : std::strtoull(given, nullptr, 10);
}

TEST_F(ProcessKeeperTest, LeavesNoDescriptorAndNoZombie) {
  (void)begin_process({"true"}).listener->end();
  size_t before = open_files();
  for (uint64_t round = 0; round < rounds(); ++round) {
    Process process = round % 10 == 0 ? begin_process({"/no/such/program"})
                                      : script(round % 3 == 0 ? "kill -9 $$" : "cat; echo x");
    process.handle->close_input();
    (void)process.listener->end();
    if (round % 1000 == 999)
      std::fprintf(stderr, "%llu processes\n", static_cast<unsigned long long>(round + 1));
  }
  EXPECT_EQ(open_files(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(ProcessKeeperTest, NoProcessHasMoreMemoryThanItMay) {
  Heard heard = begin_process({"python3", "-I", "-c", "x = bytearray(10 << 30)"}).listener->end();
  EXPECT_NE(heard.exit_code, 0);
  EXPECT_THAT(heard.err, HasSubstr("MemoryError"));
}

TEST_F(ProcessKeeperTest, AProcessWithoutAFolderReachesNoFileOfAnyone) {
  testing::give_to_commands(folder.path());
  std::string program = *find_program("sh");
  Descriptor none;
  CommandSandbox wall = *CommandSandbox::build({none, {true, true}, program, home});
  Descriptor given_folder(::open(given.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  CommandStart command{
      program,
      {"sh", "-c", fmt::format("cat {0}/../secret; echo x > {0}/file; pwd", given.string())},
      command_variables("/"),
      Descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)),
      file_size_max,
      *command_user(given_folder, chosen_user)};
  auto listener = std::make_shared<Listener>();
  ASSERT_TRUE(keeper->start({std::move(command), std::move(wall)}, listener));
  Heard heard = listener->end();
  EXPECT_EQ(heard.out, "/\n");
  EXPECT_THAT(heard.err,
              ::testing::AnyOf(HasSubstr("Permission denied"), HasSubstr("No such file")));
  EXPECT_FALSE(fs::exists(given / "file"));
}

}  // namespace theater::process_keeper_test
