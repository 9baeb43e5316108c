// Commands in their sandbox: what they see, what they cannot do, and how they end.
#include "theater/sandbox/command_runner.h"

#include "theater/base/testing/few_files.h"
#include "theater/sandbox/testing/command_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include <thread>

namespace theater::command_runner_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct CommandTest : testing::CommandFixture {
  void expect_refused(const std::string& script) {
    CommandOutput output = success(shell(script));
    EXPECT_NE(output.exit_code, 0) << script;
    EXPECT_THAT(output.out + output.err, Not(HasSubstr("outside"))) << script;
  }
};

TEST_F(CommandTest, TellsWhatWasPrintedAndHowItEnded) {
  CommandOutput output = success(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.err, "err\n");
  EXPECT_EQ(output.exit_code, 3);
  EXPECT_EQ(success(run({"true"})).exit_code, 0);
  EXPECT_EQ(success(shell("kill -TERM $$")).exit_code, 128 + SIGTERM);
  EXPECT_EQ(success(run({"printf", "%s|", "a b", "*", "$HOME", ""})).out, "a b|*|$HOME||");
  EXPECT_EQ(success(shell("printf '\\377'")).out, "\xff");
}

TEST_F(CommandTest, RunsInItsFolderWithLittleElse) {
  ::setenv("THEATER_TEST_SECRET", "outside", 1);
  EXPECT_EQ(success(run_in(given / "inner", {"pwd"})).out, (given / "inner").string() + "\n");
  EXPECT_EQ(success(shell("env | sort | grep -v '^PWD='")).out,
            fmt::format("HOME={0}\nLANG=C.UTF-8\nPATH={1}\nTMPDIR={0}\n", given.string(),
                        program_folders()));
  EXPECT_EQ(success(shell("cat")).out, "");  // Its input is empty.
  EXPECT_EQ(success(shell("trap")).out, "");
}

TEST_F(CommandTest, SaysWhatIsNotThere) {
  EXPECT_THAT(error(run({"no-such-program"})),
              StartsWith("there is no program `no-such-program` on this machine: not in /usr/"));
  EXPECT_THAT(error(run({"inner/tool"})), HasSubstr("is a name"));
  EXPECT_THAT(error(run({"/no/such/program"})),
              StartsWith("cannot run /no/such/program: cannot execute it: No such file"));
  EXPECT_THAT(error(run({"/etc/passwd"})), HasSubstr("cannot execute it: Permission denied"));
}

TEST_F(CommandTest, ReadsAndWritesInItsFolderOnly) {
  EXPECT_EQ(success(shell("echo text > inner/file && cat inner/file")).out, "text\n");
  EXPECT_EQ(success(shell("cat /etc/passwd > copy")).exit_code, 0);
  expect_refused("cat ../secret");
  expect_refused("cat " + (home / "key").string());
  expect_refused("ls " + home.string());
  // What it makes beside its folder, if it can, is in a /tmp of its own.
  (void)shell("echo x > " + (folder.path() / "new").string());
  (void)shell("echo x >> ../secret");
  (void)shell("mkdir ../new");
  EXPECT_FALSE(fs::exists(folder.path() / "new"));
  expect_refused("rm ../secret");
  expect_refused("mv ../secret inner/");
  expect_refused("ln ../secret inner/hard");
  expect_refused("ln -s ../secret leak && cat leak");
  expect_refused("echo x > /etc/theater-test");
  (void)shell("echo x > /tmp/theater-test");  // There may be a /tmp of its own.
  EXPECT_FALSE(fs::exists("/tmp/theater-test"));
  expect_refused("mount -t tmpfs none inner");
  expect_refused("mknod device c 1 5");
  EXPECT_EQ(text_of(folder.path() / "secret"), "outside");
  EXPECT_EQ(text_of(home / "key"), "outside");
}

TEST_F(CommandTest, HasNoVariableOfTheNode) {
  ::setenv("THEATER_COMMAND_TEST_KEY", "value-of-a-secret", 1);
  std::string variables = success(shell("env; cat /proc/$$/environ")).out;
  ::unsetenv("THEATER_COMMAND_TEST_KEY");
  EXPECT_THAT(variables, HasSubstr("PATH="));
  EXPECT_THAT(variables, ::testing::Not(HasSubstr("THEATER_COMMAND_TEST_KEY")));
  EXPECT_THAT(variables, ::testing::Not(HasSubstr("value-of-a-secret")));
}

TEST_F(CommandTest, ExecutesNothingThatWasWritten) {
  put(given / "tool", "#!/bin/sh\necho ran\n");
  fs::permissions(given / "tool", fs::perms(0755));
  EXPECT_NE(success(shell("./tool")).exit_code, 0);
  EXPECT_EQ(success(shell("sh tool")).out, "ran\n");
}

TEST_F(CommandTest, HasTheRightsOfItsActorInTheFolder) {
  put(given / "file", "text");
  rights = {true, false};
  EXPECT_EQ(success(shell("cat file")).out, "text");
  EXPECT_NE(success(shell("echo x > file")).exit_code, 0);
  EXPECT_NE(success(shell("rm file")).exit_code, 0);
  rights = {};
  EXPECT_NE(success(shell("cat file")).exit_code, 0);
  EXPECT_EQ(text_of(given / "file"), "text");
}

TEST_F(CommandTest, IsNotRunWhereItWouldReachTheHome) {
  fs::path own = std::exchange(home, "/usr/share");
  EXPECT_THAT(error(run({"true"})), HasSubstr("move the home"));
  home = own;
  EXPECT_THAT(error(run({(home / "key").string()})), HasSubstr("move the home"));
}

TEST_F(CommandTest, HasNoDescriptorOfTheNode) {
  int leaked = ::open((folder.path() / "secret").c_str(), O_RDONLY);  // Not closed by an exec.
  ASSERT_GT(leaked, 2);
  expect_refused(fmt::format("cat <&{}", leaked));
  ::close(leaked);
}

TEST_F(CommandTest, MayOpenAsManyFilesAsAnyProgramExpects) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(success(shell("ulimit -n")).out,
            fmt::format("{}\n", std::min<rlim_t>(files.rlim_cur, FD_SETSIZE)));
}

TEST_F(CommandTest, LeavesFilesToTheNode) {
  FewFiles files(256);
  files.fill_to(192);
  EXPECT_THAT(error(run({"true"})), HasSubstr("no file left"));
  files.release();
  EXPECT_EQ(success(run({"true"})).exit_code, 0);
}

TEST_F(CommandTest, GainsNoPrivileges) {
  EXPECT_EQ(success(run({"python3", "-I", "-c",
                         "import ctypes; print(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))"}))
                .out,
            "1\n");
}

TEST_F(CommandTest, IsEndedWhenItTakesTooLong) {
  limits.time_max = std::chrono::milliseconds(50);
  EXPECT_EQ(error(shell("sleep 1000")), "the command was ended: it took more than 50 ms");
}

TEST_F(CommandTest, IsEndedWhenItPrintsTooMuch) {
  limits.output_max = 1000;
  EXPECT_EQ(error(shell("yes")),
            "the command was ended: it printed more than 1000 bytes on stdout");
  EXPECT_EQ(error(shell("yes >&2")),
            "the command was ended: it printed more than 1000 bytes on stderr");
  EXPECT_EQ(success(shell("head -c 1000 /dev/zero")).out.size(), 1000u);
}

TEST_F(CommandTest, WritesNoLargerFileThanItMay) {
  file_size_max = 1000;
  EXPECT_NE(success(shell("head -c 5000 /dev/zero > large")).exit_code, 0);
  EXPECT_LE(fs::file_size(given / "large"), 1000u);
}

// The program leaves others behind, and one of them tries to leave the group.
TEST_F(CommandTest, LeavesNoProcessBehind) {
  features.namespaces = false;  // namespace_process_test.cc has the same inside.
  if (features.landlock == 0) GTEST_SKIP() << "this kernel has no Landlock";
  CommandOutput output =
      success(shell("sleep 1000 & echo $!; (trap '' HUP TERM; exec sleep 1000) & echo $!; "
                    "setsid sleep 1000; python3 -I -c 'import os; os.setpgid(0, 0)'; exit 0"));
  EXPECT_THAT(output.err, HasSubstr("setsid"));
  EXPECT_THAT(output.err, HasSubstr("PermissionError"));
  std::istringstream numbers(output.out);
  int count = 0;
  for (pid_t id = 0; numbers >> id; ++count) {
    // It has been killed; its new parent may take a while to notice.
    while (::kill(id, 0) == 0 &&
           text_of(fmt::format("/proc/{}/stat", id)).find(") Z ") == std::string::npos)
      std::this_thread::yield();
  }
  EXPECT_EQ(count, 2);
}

TEST_F(CommandTest, IsEndedWithItsActor) {
  std::string id = begin_waiting();
  *cancelled = true;
  runner->look_again();
  EXPECT_EQ(error(finish()), "the command was ended with its actor");
  EXPECT_EQ(::kill(std::stoi(id), 0), -1);
}

TEST_F(CommandTest, IsEndedWithTheRunner) {
  begin({"sleep", "1000"});
  runner.reset();
  EXPECT_EQ(error(finish()), "the command was ended with its actor");
}

TEST_F(CommandTest, ManyRunAtOnceAndNoMore) {
  for (size_t i = 0; i < CommandRunner::kRunningMax; ++i)
    begin({"sleep", "1000"});
  EXPECT_EQ(error(run({"true"})),
            "64 commands run on this node already; try again when one has ended");
  *cancelled = true;
  runner->look_again();
  for (size_t i = 0; i < CommandRunner::kRunningMax; ++i)
    EXPECT_EQ(error(finish()), "the command was ended with its actor");
  *cancelled = false;
  EXPECT_EQ(success(run({"true"})).exit_code, 0);
}

TEST_F(CommandTest, LeavesNoDescriptorOpen) {
  (void)run({"true"});  // From here on the runner has its thread.
  auto open = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), {}); };
  auto before = open();
  for (int round = 0; round < 20; ++round) {
    (void)run({"true"});
    (void)run({"no-such-program"});
    (void)run({"/etc/passwd"});
  }
  EXPECT_EQ(open(), before);
}

TEST(CommandSandbox, WhatItIsMadeOf) {
  // Without Landlock there is the filter alone, and it keeps the processes together.
  TemporaryFolder folder;
  testing::give_to_commands(folder.path());
  Descriptor here(::open(folder.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::optional<SystemUser> user = *command_user(here, {});
  CommandStart start{"/bin/sh", {"sh", "-c", "setsid true"}, {}, std::move(here), 0, user};
  CommandProcess process = *start_process(start, CommandSandbox::filter_only());
  EXPECT_NE(collect_exit_code(process), 0);
  CommandStart fine{"/bin/sh", {"sh", "-c", "true"}, {}, std::move(start.folder), 0, user};
  EXPECT_EQ(collect_exit_code(*start_process(fine, CommandSandbox::filter_only())), 0);
}

TEST(CommandWords, HaveBounds) {
  EXPECT_EQ(command_fault({"a", "b"}), std::nullopt);
  EXPECT_THAT(*command_fault(std::vector<std::string>(101, "a")), HasSubstr("101 words"));
  EXPECT_THAT(*command_fault({"a", std::string(20'000, 'x')}), HasSubstr("20001 bytes"));
  EXPECT_THAT(*command_fault({"a", std::string("\0", 1)}), HasSubstr("NUL"));
}

}  // namespace theater::command_runner_test
