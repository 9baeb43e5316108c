// Commands as an actor runs them: where they run, and what the guest gets of them.
#include "theater/handlers/filesystem/command_execution.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/sandbox/testing/command_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST_F(CommandExecutionTest, WhereThereIsASandboxUnsandboxedChangesNothing) {
  powers.unsandboxed = NameList::unrestricted();
  put_key();
  EXPECT_NE(success(run({"cat", (powers.home / "key").string()})).exit_code, 0);
}

}  // namespace theater::command_execution_test
