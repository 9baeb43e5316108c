// The commands of an actor: requests of guests, run in a sandbox (theater/sandbox), and the results
// that guests get.
#pragma once

#include "theater/actor/messaging/responder.h"
#include "theater/base/system_user.h"
#include "theater/handlers/filesystem/file_access.h"
#include "theater/manifest/allow_list.h"
#include "theater/sandbox/command_runner.h"
#include "theater/wit/alternative.h"

#include <boost/describe/class.hpp>
#include <tl/expected.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
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

// A guest's request for a command. command_fault() tells whether `words` can be one.
struct CommandRequest {
  std::string folder;
  std::vector<std::string> words;  // The program and its arguments.
};

// The powers of an actor's commands. Its session and its jobs share them.
struct CommandPowers {
  std::shared_ptr<CommandRunner> runner;
  std::filesystem::path home;
  FolderRights rights;
  NameList unsandboxed;  // The programs that run on a machine without a sandbox too.
  std::optional<SystemUser> chosen_user = {};    // The policy's choice of their user.
  std::optional<SandboxFeatures> features = {};  // None: those of the machine.
  CommandLimits limits;
  uint64_t file_size_max = 0;
};

// Starts the command, and answers when it has ended: with its outputs and its exit code, or with
// the reason for which it did not run or was ended. A folder that cannot be opened is an error
// instead. Blocks until the command has started.
void execute_command(const CommandRequest& request, const FileAccess& access,
                     const CommandPowers& powers,
                     std::shared_ptr<const std::atomic<bool>> cancelled, CommandReply reply);

}  // namespace theater
