// A command that an actor runs: what it is, what it may do, and what the guest is told of its end.
#pragma once

#include "theater/actor/messaging/responder.h"
#include "theater/handlers/filesystem/command_runner.h"
#include "theater/handlers/filesystem/file_access.h"
#include "theater/wit/alternative.h"

#include <boost/describe/class.hpp>
#include <tl/expected.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace theater {

struct CommandSuccess {
  std::string stdout;
  std::string stderr;
  int32_t exit_code = 0;
  bool operator==(const CommandSuccess&) const = default;
};
BOOST_DESCRIBE_STRUCT(CommandSuccess, (), (stdout, stderr, exit_code))

struct CommandError {
  std::string message;
  bool operator==(const CommandError&) const = default;
};
BOOST_DESCRIBE_STRUCT(CommandError, (), (message))

using CommandResult = std::variant<wit::Alternative<"success", CommandSuccess>,
                                   wit::Alternative<"error", CommandError>>;
using CommandReply = Responder<tl::expected<CommandResult, std::string>>;

// What a guest asks for.
struct CommandRequest {
  static constexpr size_t kWordsMax = 100;
  static constexpr size_t kWordsSizeMax = size_t{16} << 10;

  std::string folder;
  std::vector<std::string> words;  // The program and its arguments.

  // Why it cannot be a command at all; none if it can.
  std::optional<std::string> fault() const;
};

// What an actor's commands may do. Shared by its session and its jobs.
struct CommandPowers {
  std::shared_ptr<CommandRunner> runner;
  std::filesystem::path home;
  FolderRights rights;
  bool unwalled = false;  // May run where there is no Landlock.
  CommandLimits limits;
  uint64_t file_size_max = 0;
};

// Starts it, and answers when it has ended: with what it printed and how it ended, with why it was
// not run or was ended, or with an error where its folder cannot be entered. Blocks until it has
// started.
void execute_command(const CommandRequest& request, const FileAccess& access,
                     const CommandPowers& powers,
                     std::shared_ptr<const std::atomic<bool>> cancelled, CommandReply reply);

// `text` with U+FFFD in place of what is not UTF-8, since a guest gets text.
std::string as_utf8(std::string_view text);

}  // namespace theater
