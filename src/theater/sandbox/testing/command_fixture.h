// Commands for tests: a folder that they are given, a node's home next to it, and a runner.
//
// Everything there belongs to the user of the commands, so that only the sandbox keeps them from
// it. A test that runs as root gives it to the user `nobody`.
#pragma once

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/base/system_user.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/sandbox/command_runner.h"
#include "theater/sandbox/command_user.h"
#include "theater/sandbox/testing/sandbox_variants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

namespace theater::testing {

// Gives the folder, with all in it, to the user `nobody` if this process is root.
inline void give_to_commands(const std::filesystem::path& folder) {
  if (::geteuid() != 0) return;
  SystemUser user = *user_named("nobody");
  auto give = [&](const std::filesystem::path& path) {
    THEATER_CHECK(::lchown(path.c_str(), user.id, user.group) == 0, "{}", path.string());
  };
  give(folder);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    give(entry.path());
}

// Skips a test of programs on a machine that runs none.
inline void skip_if_refused() {
  Result<void> level = check_level(SandboxFeatures::of_machine());
  if (!level) GTEST_SKIP() << level.error().message();
}

struct CommandFixture : ::testing::Test {
  using Ended = Result<CommandOutput>;

  CommandFixture() {
    std::filesystem::create_directories(given / "inner");
    std::filesystem::create_directories(home);
    put(folder.path() / "secret", "outside");
    put(home / "key", "outside");
  }

  static void put(const std::filesystem::path& path, std::string_view text) {
    ASSERT_TRUE(write_file(path, as_bytes(text)));
  }
  static std::string text_of(const std::filesystem::path& path) {
    return read_text_file(path).value_or("nothing");
  }

  void SetUp() override {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "the thread sanitizer loses count of locks when a child borrows the memory";
#endif
    skip_if_refused();
  }

  Result<void> start(const std::vector<std::string>& words, const std::filesystem::path& dir) {
    give_to_commands(folder.path());
    Descriptor root(::open(given.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    Descriptor at(::open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::string program = THEATER_TRY(find_program(words.front()));
    CommandSandbox wall =
        THEATER_TRY(CommandSandbox::build({root, rights, program, home, features}));
    auto user = THEATER_TRY(command_user(root, chosen_user));
    CommandStart command{program,       words,         command_variables(given.string()),
                         std::move(at), file_size_max, user};
    auto done = [this](Ended result) {
      ended.with([&](std::vector<Ended>& all) { all.push_back(std::move(result)); });
      ended.notify_all();
    };
    return runner->run(std::move(command), std::move(wall), limits, cancelled, std::move(done));
  }
  void begin(const std::vector<std::string>& words) { ASSERT_TRUE(start(words, given)); }
  // Waits for the oldest end that no call has taken.
  Ended finish() {
    return ended.wait([](const auto& all) { return !all.empty(); },
                      [](auto& all) {
                        Ended first = std::move(all.front());
                        all.erase(all.begin());
                        return first;
                      });
  }
  Ended run_in(const std::filesystem::path& dir, const std::vector<std::string>& words) {
    THEATER_TRY_VOID(start(words, dir));
    return finish();
  }
  Ended run(const std::vector<std::string>& words) { return run_in(given, words); }
  Ended shell(const std::string& script) { return run({"sh", "-c", script}); }

  static CommandOutput success(const Ended& result) {
    if (result) return *result;
    ADD_FAILURE() << result.error().to_string();
    return {};
  }
  static std::string error(const Ended& result) {
    return result ? "it succeeded" : result.error().to_string();
  }

  // Starts a command that waits, and returns its number.
  std::string begin_waiting() {
    // A namespace of processes has numbers of its own.
    std::string word = fmt::format("1000.{}", ::getpid());
    begin({"sleep", word});
    std::vector<std::string> found;
    while (found.empty())
      found = processes_with(word);
    return found.front();
  }

  TemporaryFolder folder;
  std::filesystem::path given = std::filesystem::canonical(folder.path()) / "given";
  std::filesystem::path home = std::filesystem::canonical(folder.path()) / "home";
  FolderRights rights{true, true};
  SandboxFeatures features = SandboxFeatures::of_machine();
  CommandLimits limits;
  uint64_t file_size_max = 1'000'000;
  std::optional<SystemUser> chosen_user;
  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  Guarded<std::vector<Ended>> ended;
  std::optional<CommandRunner> runner{std::in_place};
};

}  // namespace theater::testing
