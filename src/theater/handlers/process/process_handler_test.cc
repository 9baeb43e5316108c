// Processes as an actor runs them: what it may start, what it is told and in which order, and what
// ends with it.
#include "theater/handlers/process/process_handler.h"

#include "theater/actor/handler/binding.h"
#include "theater/handlers/process/testing/process_fixture.h"
#include "theater/log/event/process_note.h"
#include "theater/manifest/grant.h"

#include <signal.h>
#include <sys/wait.h>

#include <thread>

namespace theater::process_handler_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

using LineByLine = wit::Alternative<"line-by-line">;
using Json = wit::Alternative<"json">;
using Chunked = wit::Alternative<"chunked">;

struct ProcessHandlerTest : testing::ProcessFixture {
  // The actor is idle soon after it has taken its last call.
  void wait_until_nothing_is_expected() const {
    while (actor.later->expected != 0)
      std::this_thread::yield();
  }
  // An executable file outside of the granted folder.
  fs::path tool(const std::string& text) const {
    fs::path path = folder.path() / "tool";
    put(path, text);
    fs::permissions(path, fs::perms(0755));
    return path;
  }
  static size_t open_files() {
    return static_cast<size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
  }
};

TEST_F(ProcessHandlerTest, OffersTheInterface) {
  check_handler(*handler);
  std::vector<std::string> names;
  for (const HostFunction& one : handler->host_functions())
    names.push_back(one.name.name);
  EXPECT_THAT(names,
              ElementsAre("os-spawn", "os-write-stdin", "os-status", "os-signal", "os-kill"));
  EXPECT_THAT(handler->exports(), ElementsAre("theater:simple/process-handlers"));
  for (const char* name : {"os-spawn", "os-signal", "os-kill"})
    EXPECT_EQ(function(name).effect, EffectClass::kEffect) << name;
  EXPECT_EQ(function("os-write-stdin").effect, EffectClass::kInternal);
}

TEST_F(ProcessHandlerTest, TellsOutputsAndThenTheEnd) {
  uint64_t id = script("echo out; echo err >&2; pwd; exit 3");
  EXPECT_EQ(id, actor.intent_value);
  End said = end();
  EXPECT_EQ(said.out, "out\n" + given.string() + "\n");
  EXPECT_EQ(said.err, "err\n");
  EXPECT_EQ(said.exit_code, 3);
  wait_until_nothing_is_expected();
}

TEST_F(ProcessHandlerTest, StatusIsTrueBeforeAndAfterTheEnd) {
  uint64_t id = script("cat");
  ProcessStatus running = *status(id);
  EXPECT_EQ(running, (ProcessStatus{id, true, std::nullopt, clock.wall_us() / 1000}));
  ASSERT_EQ(write(id, ""), 0u);
  EXPECT_EQ(end().exit_code, 0);
  EXPECT_EQ(*status(id), (ProcessStatus{id, false, 0, running.start_time}));
  (void)script("exit 4");  // The one before is forgotten but for its end.
  EXPECT_EQ(*status(id), (ProcessStatus{id, false, 0, running.start_time}));
  EXPECT_EQ(status(99).error(), "Process 99 not found");
  EXPECT_EQ(end().exit_code, 4);
}

TEST_F(ProcessHandlerTest, ForeignIdsAreUnknownOnes) {
  EXPECT_EQ(write(7, "x").error(), "Process 7 not found or has no stdin");
  EXPECT_EQ(signal(7, SIGTERM).error(), "Process 7 not found");
  EXPECT_EQ(kill(7).error(), "Process 7 not found");
}

TEST_F(ProcessHandlerTest, WritesItsInput) {
  uint64_t id = script("cat; echo end");
  EXPECT_EQ(write(id, "one "), 4u);
  EXPECT_EQ(write(id, "two"), 3u);
  EXPECT_EQ(write(id, ""), 0u);
  EXPECT_EQ(write(id, "late").error(), fmt::format("Process {} not found or has no stdin", id));
  EXPECT_EQ(end().out, "one twoend\n");
}

TEST_F(ProcessHandlerTest, TakesOnlyAsMuchInputAsFits) {
  uint64_t id = script("sleep 1000");
  std::string much(KeptProcess::kInputMax + 10, 'x');
  EXPECT_EQ(write(id, much), KeptProcess::kInputMax);
  // The pipe has taken a part.
  for (uint32_t taken = 1; taken != 0; taken = *write(id, much))
    std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(kill(id));
  EXPECT_EQ(end().exit_code, 128 + SIGKILL);
}

TEST_F(ProcessHandlerTest, TakesNoInputForAProgramThatHasClosedIt) {
  uint64_t id = script("exec <&-; echo closed; sleep 1000");
  EXPECT_EQ(actor.later->next().text, "closed\n");
  Said<uint32_t> taken = write(id, "x");
  while (taken) {
    std::this_thread::sleep_for(1ms);
    taken = write(id, "x");
  }
  EXPECT_EQ(taken.error(), fmt::format("Process {} not found or has no stdin", id));
  EXPECT_TRUE(status(id)->running);
  EXPECT_TRUE(kill(id));
  EXPECT_EQ(end().exit_code, 128 + SIGKILL);
}

TEST_F(ProcessHandlerTest, InputLeavesWhenTheOutsideMayActOnTheCall) {
  uint64_t id = script("cat");
  Bytes encoded;
  wit::encode_params(encoded, id, to_bytes("lost"));
  Bytes result;
  std::get<HostFunction::Immediate>(function("os-write-stdin").body)(session(), encoded, result);
  ASSERT_EQ(actor.outputs.size(), 1u);
  std::exchange(actor.outputs, {}).front()(Error(ErrorCode::kIo, "the log has stopped"));
  EXPECT_EQ(write(id, "kept"), 4u);
  EXPECT_EQ(write(id, ""), 0u);
  EXPECT_EQ(end().out, "kept");
}

TEST_F(ProcessHandlerTest, SignalsAndKills) {
  uint64_t id = script("trap 'echo got; exit 7' USR1; echo ready; while :; do sleep 0.01; done");
  EXPECT_EQ(actor.later->next().text, "ready\n");
  EXPECT_THAT(signal(id, 0).error(), HasSubstr("0 is no signal"));
  EXPECT_THAT(signal(id, 32).error(), HasSubstr("32 is no signal"));
  EXPECT_TRUE(signal(id, SIGUSR1));
  End said = end();
  EXPECT_EQ(said.out, "got\n");
  EXPECT_EQ(said.exit_code, 7);
  EXPECT_EQ(signal(id, SIGUSR1).error(),
            fmt::format("Failed to signal process {}: the program has ended", id));
  EXPECT_EQ(kill(id).error(), fmt::format("Failed to kill process {}: the program has ended", id));
  id = script("trap '' TERM HUP; sleep 1000 & sleep 1000");
  EXPECT_TRUE(kill(id));
  EXPECT_EQ(end().exit_code, 128 + SIGKILL);
}

TEST_F(ProcessHandlerTest, ReportsEachSignalThatEndsAProgram) {
  config.program = "sleep";
  config.args = {"1000"};
  for (uint32_t number = 1; number <= 31; ++number) {
    if (number == SIGCHLD || number == SIGURG || number == SIGWINCH) continue;  // Ignored.
    if (number >= SIGCONT && number <= SIGTTOU) continue;  // Stop it or wake it.
    uint64_t id = begin();
    EXPECT_TRUE(signal(id, number)) << number;
    EXPECT_EQ(end().exit_code, 128 + static_cast<int32_t>(number));
  }
}

TEST_F(ProcessHandlerTest, EndsWithItsExecutionTimeout) {
  config.execution_timeout = 1;
  (void)script("trap 'echo ended; exit 5' TERM; while :; do sleep 0.01; done");
  End said = end();
  EXPECT_EQ(said.out, "ended\n");
  EXPECT_EQ(said.exit_code, 5);
}

TEST_F(ProcessHandlerTest, CutsOutputAsAsked) {
  config.buffer_size = 8;
  config.stdout_mode = LineByLine{};
  (void)script("printf 'one\\ntwo'; printf 'tail of two\\nthree'");
  EXPECT_THAT(end().pieces, ElementsAre("one\n", "twotail ", "of two\n", "three"));
  config.stdout_mode = Chunked{};
  config.chunk_size = 4;
  (void)script("printf 0123456789");
  EXPECT_THAT(end().pieces, ElementsAre("0123", "4567", "89"));
  config.chunk_size.reset();
  (void)script("printf 0123456789");
  EXPECT_THAT(end().pieces, ElementsAre("01234567", "89"));
}

TEST_F(ProcessHandlerTest, PutsOnRecordThatOutputIsNoJson) {
  config.stdout_mode = Json{};
  uint64_t id = script("echo '{\"a\": 1}'; echo nonsense; echo more; echo 2");
  EXPECT_THAT(end().pieces, ElementsAre("{\"a\": 1}", "2"));
  ASSERT_EQ(actor.notes_value->made.size(), 1u);
  const log::Noted& note = actor.notes_value->made[0].note;
  EXPECT_EQ(note.what, "not-json");
  EXPECT_EQ(note.about, id);
  EXPECT_EQ(log::process_note_text(note),
            "Output that is no JSON was dropped, first of all the line `nonsense` on stdout.");
  EXPECT_EQ(log::process_note_type("not-json"), wit::Type::string());
}

TEST_F(ProcessHandlerTest, NotesWhatKeepsTheProgramIn) {
  Bytes encoded;
  wit::encode_params(encoded, config);
  auto note = function("os-spawn").intent_note(session(), encoded);
  EXPECT_EQ(log::process_note_text(*note),
            "The program runs behind " + level_text(SandboxFeatures::of_machine()) + ".");
}

TEST_F(ProcessHandlerTest, ASlowActorSlowsTheProcessDown) {
  allow(fmt::format("process:paths={};max-output-buffer=100000", given.string()));
  (void)script("head -c 10000000 /dev/zero; echo done >&2");
  std::string first = actor.later->next().text;
  std::this_thread::sleep_for(100ms);
  EXPECT_FALSE(actor.later->empty());  // One call waits, and the rest in the buffer and the pipe.
  End said = end();
  EXPECT_EQ(first.size() + said.out.size(), 10'000'000u);
  EXPECT_EQ(said.err, "done\n");
}

TEST_F(ProcessHandlerTest, AFullMailboxIsTriedAgain) {
  actor.later->refuse(2);
  (void)script("echo out");
  EXPECT_EQ(end().out, "out\n");
}

TEST_F(ProcessHandlerTest, SaysWhyNothingRan) {
  put(given / "words", "just words\n");
  fs::permissions(given / "words", fs::perms(0755));
  EXPECT_THAT(failure_of("no-such-program"),
              StartsWith("Failed to spawn process: there is no program `no-such-program` on this"));
  EXPECT_THAT(failure_of("/etc/passwd"), HasSubstr("cannot execute it: Permission denied"));
  EXPECT_THAT(failure_of("/no/such"), HasSubstr("cannot execute it: No such file"));
  EXPECT_THAT(failure_of(given / "words"), HasSubstr("where the process may write"));
  EXPECT_THAT(failure_of("inner/tool"), HasSubstr("is a name"));
  config.cwd = (given / "missing").string();
  EXPECT_THAT(failure_of("true"), HasSubstr("cannot open missing"));
  config.cwd = "inner";
  EXPECT_THAT(failure_of("true"), HasSubstr("no absolute path"));
  config.cwd.reset();
  config.buffer_size = 0;
  EXPECT_THAT(failure_of("true"), HasSubstr("`buffer-size` is 0"));
  wait_until_nothing_is_expected();
  EXPECT_EQ(status(actor.intent_value).error(),
            fmt::format("Process {} not found", actor.intent_value));
}

TEST_F(ProcessHandlerTest, AScriptNeedsItsInterpreter) {
  config.program = tool("#!/bin/sh\necho \"$0 $1\"\n").string();
  config.args = {"ran"};
  (void)begin();
  EXPECT_EQ(end().out, config.program + " ran\n");
  EXPECT_THAT(failure_of(tool("#!/no/such/interpreter\necho ran\n")),
              HasSubstr("cannot execute it: No such file"));
  EXPECT_THAT(failure_of(tool("echo ran\n")), HasSubstr("cannot execute it: Exec format error"));
  EXPECT_THAT(failure_of(tool("")), HasSubstr("cannot execute it: Exec format error"));
  EXPECT_THAT(failure_of(tool("\x7f"
                              "ELF")),
              HasSubstr("cannot execute it: Exec format error"));
  EXPECT_THAT(failure_of("/usr"), HasSubstr("cannot execute it: Permission denied"));
}

TEST_F(ProcessHandlerTest, AGuestThatHearsNothingStartsNothing) {
  actor.later->missing = "handle-exit";
  EXPECT_THAT(failure_of("true"), HasSubstr("does not export theater:simple/process-handlers/"));
}

TEST_F(ProcessHandlerTest, ALongArgumentIsTheKernelsAffair) {
  std::string piece(100'000, 'x');
  config.program = "sh";
  config.args = {"-c", "echo $#", "sh"};
  config.args.insert(config.args.end(), 10, piece);
  (void)begin();
  EXPECT_EQ(end().out, "10\n");
  EXPECT_THAT(failure_of("true", {std::string(200'000, 'x')}), HasSubstr("Argument list too long"));
  EXPECT_THAT(failure_of("true", std::vector<std::string>(11, piece)),
              HasSubstr("at most 4096 with 1048576 are passed on"));
}

TEST_F(ProcessHandlerTest, PassesAMebibyteOfArguments) {
  config.program = "sh";
  config.args = {"-c", "for word; do printf %s \"$word\"; done | wc -c", "sh"};
  // Each word counts with the byte behind it; the program's does not.
  size_t left = ProcessRules::kWordsSizeMax - std::string("sh").size();
  for (const std::string& word : config.args)
    left -= word.size() + 1;
  size_t passed = 0;
  for (size_t size; left > 1; left -= size + 1, passed += size) {
    size = std::min<size_t>(100'000, left - 1);
    config.args.emplace_back(size, 'x');
  }
  (void)begin();
  EXPECT_EQ(end().out, fmt::format("{}\n", passed));
  config.args.back() += 'x';
  EXPECT_THAT(failure_of("sh", config.args), HasSubstr("4096 with 1048576 are passed on"));
}

TEST_F(ProcessHandlerTest, HasTheVariablesThatItIsGiven) {
  ::setenv("THEATER_PROCESS_TEST_KEY", "of-the-node", 1);
  config.env = {{"GREETING", "hello"}, {"LANG", "C"}};
  (void)script("env | sort | grep -v '^PWD='");
  ::unsetenv("THEATER_PROCESS_TEST_KEY");
  EXPECT_EQ(end().out, fmt::format("GREETING=hello\nHOME={0}\nLANG=C\nPATH={1}\nTMPDIR={0}\n",
                                   given.string(), program_folders()));
}

TEST_F(ProcessHandlerTest, WorksInTheGrantedFolderOnly) {
  config.cwd = (given / "inner").string();
  (void)script("pwd; echo text > ../file; cat ../../home/key; echo x > ../../new");
  End said = end();
  EXPECT_EQ(said.out, (given / "inner").string() + "\n");
  EXPECT_THAT(said.err,
              ::testing::AnyOf(HasSubstr("Permission denied"), HasSubstr("No such file")));
  EXPECT_FALSE(fs::exists(folder.path() / "new"));
  EXPECT_EQ(text_of(given / "file"), "text\n");
  config.cwd = home.string();
  EXPECT_EQ(failure_of("true"),
            fmt::format("refused: process:programs=true;paths={}", home.string()));
  fs::create_directory_symlink(home, given / "link");
  config.cwd = (given / "link").string();
  EXPECT_THAT(failure_of("true"), HasSubstr("leads out"));
}

TEST_F(ProcessHandlerTest, WithoutAFolderItReachesNoFile) {
  allow("process:paths=");
  config.cwd.reset();
  (void)script("pwd; id -u; cat " + (given / "file").string() +
               "; echo x > /tmp/theater-process-test");
  End said = end();
  EXPECT_THAT(said.out, StartsWith("/\n"));
  EXPECT_THAT(said.err,
              ::testing::AnyOf(HasSubstr("Permission denied"), HasSubstr("No such file")));
  if (::geteuid() != 0) return;
  uint64_t user = std::stoull(said.out.substr(2));
  EXPECT_GE(user, ProcessUsers::kFirst);
  EXPECT_LE(user, ProcessUsers::kLast);
}

TEST_F(ProcessHandlerTest, NeverReachesTheHome) {
  allow("process");
  for (const fs::path& dir : {home, home.parent_path()}) {
    config.cwd = dir.string();
    EXPECT_THAT(failure_of("true"), HasSubstr("the node's home")) << dir;
  }
}

TEST_F(ProcessHandlerTest, EndedProcessesMakeRoomForOthers) {
  allow(fmt::format("process:paths={};max-processes=1", given.string()));
  uint64_t id = script("echo x; cat");
  EXPECT_THAT(failure_of("true"), HasSubstr("the actor has 1 processes, and may have 1"));
  EXPECT_EQ(write(id, ""), 0u);
  while (status(id)->running)
    std::this_thread::yield();
  while (refusal(config))
    std::this_thread::yield();
  (void)script("echo x");
  // The guest has not heard of either end.
  for (std::string why = "may have 1"; why.find("may have 1") != why.npos;) {
    why = failure_of("true");
    if (why.find("may have 1") != why.npos) continue;
    EXPECT_THAT(why, HasSubstr("has not heard the end of 2"));
  }
  (void)end();
  (void)end();
  (void)script("true");
  (void)end();
}

TEST_F(ProcessHandlerTest, EndsWithItsInstance) {
  config.program = "sh";
  std::string word = fmt::format("3000.{}", ::getpid());
  (void)script("exec sleep " + word);
  while (testing::processes_with(word).empty())
    std::this_thread::yield();
  session_.reset();
  while (!testing::processes_with(word).empty())
    std::this_thread::yield();
  wait_until_nothing_is_expected();
  EXPECT_TRUE(actor.later->empty());
}

TEST_F(ProcessHandlerTest, ALostProcessIsToldWithACodeOfItsOwn) {
  session().restore(wit::encode(std::vector<uint64_t>{3, 9}));
  EXPECT_EQ(*status(3), (ProcessStatus{3, false, kLostExitCode, 0}));
  EXPECT_EQ(write(3, "x").error(), "Process 3 not found or has no stdin");
  for (uint64_t id : {3u, 9u}) {
    testing::ProcessEvent event = actor.later->next();
    EXPECT_EQ(event.function, "handle-exit");
    EXPECT_EQ(event.id, id);
    EXPECT_EQ(event.exit_code, kLostExitCode);
  }
  wait_until_nothing_is_expected();
}

TEST_F(ProcessHandlerTest, FiveHundredLeaveNothingBehind) {
  (void)script("true");
  (void)end();
  size_t before = open_files();
  for (int round = 0; round < 500; ++round) {
    (void)script(round % 2 == 0 ? "echo out" : "kill -9 $$");
    (void)end();
  }
  EXPECT_EQ(open_files(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(ProcessHandlerTest, ManyStartAndEndAtOnce) {
  constexpr int kCount = 60;
  for (int i = 0; i < kCount; ++i)
    (void)script(fmt::format("echo {}", i));
  int exits = 0;
  std::string out;
  while (exits < kCount) {
    testing::ProcessEvent event = actor.later->next();
    exits += event.function == "handle-exit" ? 1 : 0;
    out += event.text;
  }
  for (int i = 0; i < kCount; ++i)
    EXPECT_THAT(out, HasSubstr(fmt::format("{}\n", i)));
}

}  // namespace theater::process_handler_test
