// Commands as an actor runs them: where they run, and what the guest gets of them.
#include "theater/handlers/filesystem/command_execution.h"

#include "theater/base/file.h"
#include "theater/base/hash.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/sandbox/testing/command_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace theater::command_execution_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Keeps an answer, from whatever thread it comes.
struct LaterSink final : ReplySink {
  void answered(CallAnswer answer) override {
    answers.with([&](std::vector<CallAnswer>& all) { all.push_back(std::move(answer)); });
    answers.notify_all();
  }
  Guarded<std::vector<CallAnswer>> answers;
};

struct CommandExecutionTest : ::testing::Test {
  CommandExecutionTest() {
    fs::create_directories(given / "inner");
    fs::create_directories(powers.home);
    powers.rights = {true, true};
    powers.file_size_max = 1'000'000;
  }

  void SetUp() override {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "the thread sanitizer loses count of locks when a child borrows the memory";
#endif
    testing::skip_if_refused();
  }

  void put_key() const {
    ASSERT_TRUE(theater::write_file(powers.home / "key", as_bytes("outside")));
  }

  CommandResult run(std::vector<std::string> words, const std::string& dir = ".") {
    testing::give_to_commands(given);
    return run_ungiven(std::move(words), dir);
  }
  CommandResult run_ungiven(std::vector<std::string> words, const std::string& dir = ".") {
    BeneathRoot root = *BeneathRoot::open(given);
    FileAccess access(std::move(root), given.string(), reach);
    execute_command({dir, std::move(words)}, access, powers, cancelled,
                    CommandReply(RawResponder(sink, 1)));
    Bytes result = sink->answers.wait([](const auto& all) { return !all.empty(); },
                                      [](auto& all) {
                                        Bytes first = *all.front().result;
                                        all.erase(all.begin());
                                        return first;
                                      });
    auto said = *wit::decode<tl::expected<CommandResult, std::string>>(result);
    if (said) return *said;
    return wit::Alternative<"error", CommandError>{{"err: " + said.error()}};
  }

  static CommandSuccess success(const CommandResult& result) {
    const auto* ended = std::get_if<wit::Alternative<"success", CommandSuccess>>(&result);
    if (ended != nullptr) return ended->value;
    ADD_FAILURE() << std::get<wit::Alternative<"error", CommandError>>(result).value.message;
    return {};
  }
  static std::string error(const CommandResult& result) {
    const auto* failed = std::get_if<wit::Alternative<"error", CommandError>>(&result);
    return failed == nullptr ? "it succeeded" : failed->value.message;
  }

  TemporaryFolder folder;
  fs::path given = fs::canonical(folder.path()) / "given";
  FileSystemPermissions reach{PathList::unrestricted(), DeniedPaths::unrestricted()};
  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<LaterSink> sink = std::make_shared<LaterSink>();
  CommandPowers powers{std::make_shared<CommandRunner>(), fs::canonical(folder.path()) / "home"};
};

TEST_F(CommandExecutionTest, SaysWhyNothingRan) {
  EXPECT_THAT(error(run({"pwd"}, "../home")), StartsWith("err: `../home` leads out"));
  EXPECT_THAT(error(run({"pwd"}, "none")), StartsWith("err: cannot open none"));
  EXPECT_THAT(error(run({"no-such-program"})), HasSubstr("on this machine"));
}

TEST_F(CommandExecutionTest, AnswersWithOutputsAsTextAndTheExitCode) {
  EXPECT_EQ(success(run({"sh", "-c", "echo out; echo err >&2; exit 3"})),
            (CommandSuccess{"out\n", "err\n", 3}));
  EXPECT_EQ(success(run({"printf", "\\377"})).stdout, "\xef\xbf\xbd");
}

TEST_F(CommandExecutionTest, RunsInTheNamedFolderWithTheActorsOwnAsItsHome) {
  EXPECT_EQ(success(run({"pwd"}, "inner")).stdout, (given / "inner").string() + "\n");
  EXPECT_EQ(success(run({"sh", "-c", "echo $HOME"}, "inner")).stdout, given.string() + "\n");
}

TEST_F(CommandExecutionTest, AnswersWhyTheRunnerEndedIt) {
  powers.limits.time_max = std::chrono::milliseconds(50);
  EXPECT_EQ(error(run({"sleep", "1000"})), "the command was ended: it took more than 50 ms");
}

TEST_F(CommandExecutionTest, SaysWhatToDoInsteadOfRunningAsRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only a node that is root would run commands as root";
  EXPECT_EQ(
      error(run_ungiven({"true"})),
      fmt::format("commands never run as root, and the node is root and the folder {} belongs "
                  "to root (give the folder to another user with chown, or name one in the "
                  "policy file: run_as = \"USER\" below [commands])",
                  given.string()));
  powers.chosen_user = *user_named("nobody");
  EXPECT_EQ(success(run_ungiven({"id", "-un"})).stdout, "nobody\n");
}

TEST_F(CommandExecutionTest, IsNotRunWhereAPartOfTheFolderIsDenied) {
  reach.denied = {PathList({{(given / "inner").string()}})};
  EXPECT_THAT(error(run({"true"})), HasSubstr("a part of the actor's folder is denied"));
}

TEST_F(CommandExecutionTest, WithoutASandboxOnlyTheNamedProgramsRun) {
  powers.features = SandboxFeatures{};
  std::string refused = error(run({"sh", "-c", "echo ran"}));
  EXPECT_THAT(refused, HasSubstr("no program is run here"));
  EXPECT_THAT(refused, HasSubstr("`unsandboxed=sh` in the operator's grant runs it without"));
  powers.unsandboxed = NameList({{"sh"}});
  EXPECT_EQ(success(run({"sh", "-c", "echo ran"})).stdout, "ran\n");
  // By the name that the guest uses, as with `commands`.
  EXPECT_THAT(error(run({"/bin/sh", "-c", "echo ran"})), HasSubstr("`unsandboxed=/bin/sh`"));
  EXPECT_THAT(error(run({"true"})), HasSubstr("`unsandboxed=true`"));
  // The filter, the user and the limits stay.
  CommandSuccess ended = success(run({"sh", "-c", "id -u; ulimit -c; ls /proc/self/fd | wc -l"}));
  EXPECT_THAT(ended.stdout, ::testing::Not(StartsWith("0\n")));
  EXPECT_THAT(ended.stdout, HasSubstr("\n0\n4\n"));
}

TEST_F(CommandExecutionTest, WithoutASandboxADigestBindsAProgramToItsFile) {
  powers.features = SandboxFeatures{};
  fs::permissions(folder.path(), fs::perms(0755));  // The user of commands enters it.
  fs::path program = fs::canonical(folder.path()) / "echo";
  fs::copy_file("/bin/echo", program);
  Hash digest = sha256(*theater::read_file(program));
  powers.unsandboxed = NameList({{program.string() + "#sha256=" + digest.to_string()}});
  EXPECT_EQ(success(run({program.string(), "ran"})).stdout, "ran\n");
  // As actors name it, as without a digest.
  EXPECT_THAT(error(run({"echo", "ran"})), HasSubstr("`unsandboxed=echo`"));

  ASSERT_EQ(std::system(fmt::format("cp /bin/cat {}", program.string()).c_str()), 0);
  Hash other = sha256(*theater::read_file(program));
  std::string refused = error(run({program.string(), "ran"}));
  EXPECT_THAT(refused, HasSubstr(fmt::format("its digest is sha256={}", other.to_string())));
  EXPECT_THAT(refused, HasSubstr("the operator's grant binds it to another one"));

  // Another digest beside it: either fits. The name alone: any file does.
  std::string bound = program.string() + "#sha256=";
  powers.unsandboxed = NameList({{bound + digest.to_string()}, {bound + other.to_string()}});
  EXPECT_EQ(success(run({program.string(), "/dev/null"})).exit_code, 0);
  powers.unsandboxed = NameList({{bound + digest.to_string()}, {program.string()}});
  EXPECT_EQ(success(run({program.string(), "/dev/null"})).exit_code, 0);
}

TEST_F(CommandExecutionTest, WhereThereIsASandboxUnsandboxedChangesNothing) {
  powers.unsandboxed = NameList::unrestricted();
  put_key();
  EXPECT_NE(success(run({"cat", (powers.home / "key").string()})).exit_code, 0);
}

// Attacks of a command through the handler, at each level. The sandbox itself is attacked call by
// call in sandbox/command_attack_test.cc.
struct CommandExecutionAttackTest : CommandExecutionTest,
                                    ::testing::WithParamInterface<testing::SandboxVariant> {
  void SetUp() override {
    CommandExecutionTest::SetUp();
    if (IsSkipped()) return;
    if (auto why = testing::lacks(GetParam())) GTEST_SKIP() << *why;
    powers.features = testing::features_of(GetParam());
    // So that only the sandbox keeps commands from what is beside their folder.
    testing::give_to_commands(folder.path());
  }
  CommandSuccess python(const std::string& text) {
    EXPECT_TRUE(theater::write_file(given / "attack.py", as_bytes(text)));
    return success(run({"python3", "-I", "attack.py", mark}));
  }
  // A word of this test's programs alone.
  const std::string mark = fmt::format("command-attack-{}", ::getpid());
  void wait_until_none_is_left() const {
    while (!testing::processes_with(mark).empty())
      std::this_thread::yield();
  }
};

TEST_P(CommandExecutionAttackTest, TheHomesKeyIsNeitherReadNorChanged) {
  put_key();
  testing::give_to_commands(powers.home);
  CommandSuccess ended = python(R"(
import os
for attack in (lambda: print('read', open('../home/key').read()),
               lambda: print('list', os.listdir('../home')),
               lambda: os.chmod('../home/key', 0o777) or print('chmod'),
               lambda: os.truncate('../home/key', 0) or print('truncate'),
               lambda: os.link('../home/key', 'key') or print('link'),
               lambda: os.rename('../home/key', 'key') or print('rename'),
               lambda: print('shadow', open('/etc/shadow').read()),
               lambda: print('of the node', open('/proc/%d/environ' % os.getppid()).read())):
    try:
        attack()
    except OSError:
        pass
print('done')
)");
  EXPECT_EQ(ended.stdout, "done\n") << ended.stderr;
  EXPECT_EQ(*read_text_file(powers.home / "key"), "outside");
}

TEST_P(CommandExecutionAttackTest, ThereIsNoNetwork) {
  CommandSuccess ended = python(R"(
import socket
for family, address in ((socket.AF_INET, ('127.0.0.1', 1)), (socket.AF_INET, ('169.254.169.254', 80)),
                        (socket.AF_INET6, ('::1', 1)), (socket.AF_UNIX, '/var/run/docker.sock')):
    try:
        socket.socket(family).connect(address)
        print('connected', address)
    except PermissionError:
        print('denied')
)");
  EXPECT_EQ(ended.stdout, "denied\ndenied\ndenied\ndenied\n") << ended.stderr;
}

TEST_P(CommandExecutionAttackTest, ADoubleForkAndANewSessionDoNotOutliveIt) {
  CommandSuccess ended = python(R"(
import os, signal, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        os.setsid()
    except PermissionError:
        pass
    if os.fork() == 0:
        os.close(1)
        os.close(2)
        time.sleep(1000)
    os._exit(0)
os.wait()
)");
  EXPECT_EQ(ended.exit_code, 0) << ended.stderr;
  wait_until_none_is_left();
}

TEST_P(CommandExecutionAttackTest, AForkBombEndsWithItsCommand) {
  powers.limits.time_max = std::chrono::seconds(2);
  EXPECT_TRUE(theater::write_file(given / "attack.py", as_bytes(R"(
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for i in range(40):
    if os.fork() == 0:
        for j in range(4):
            if os.fork() == 0:
                break
        signal.pause()
signal.pause()
)")));
  EXPECT_THAT(error(run({"python3", "-I", "attack.py", mark})), HasSubstr("it took more than"));
  wait_until_none_is_left();
}

TEST_P(CommandExecutionAttackTest, EndlessOutputAndTenGibibytesAreTooMuch) {
  powers.limits.output_max = 100'000;
  EXPECT_THAT(error(run({"yes"})), HasSubstr("the command was ended"));
  CommandSuccess ended = python("x = bytearray(10 << 30)\nprint('got it')\n");
  EXPECT_EQ(ended.stdout, "");
  EXPECT_THAT(ended.stderr, HasSubstr("MemoryError"));
}

TEST_P(CommandExecutionAttackTest, NothingThatItWroteIsExecuted) {
  CommandSuccess ended =
      success(run({"sh", "-c", "printf '#!/bin/sh\necho ran\n' > tool; chmod +x tool; ./tool"}));
  EXPECT_EQ(ended.stdout, "");
  EXPECT_NE(ended.exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(At, CommandExecutionAttackTest,
                         ::testing::ValuesIn(testing::kSandboxVariants),
                         [](const auto& at) { return testing::variant_name(at.param); });

}  // namespace theater::command_execution_test
