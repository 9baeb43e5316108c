#include "theater/cli/terminal/pager.h"

#include "theater/base/descriptor.h"
#include "theater/cli/toolchain/tool_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

extern char** environ;

namespace theater::cli {

namespace {

Failure failed(const char* what, int error) {
  return fail(ErrorCode::kIo, "cannot start a pager: {}: {}", what, std::strerror(error));
}

// Starts the shell with `input` as its standard input.
Result<pid_t> start_shell(const std::string& command, int input) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  // This process ignores both; a pager obeys them.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGINT);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::string shell = "/bin/sh";
  std::string option = "-c";
  std::string words = command;
  char* arguments[] = {shell.data(), option.data(), words.data(), nullptr};
  pid_t pid = -1;
  int error = posix_spawn(&pid, shell.c_str(), &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return failed("/bin/sh", error);
  return pid;
}

}  // namespace

std::optional<std::string> Pager::command() {
  if (const char* chosen = std::getenv("PAGER")) {
    std::string command = chosen;
    if (command.empty() || command == "cat") return std::nullopt;
    return command;
  }
  if (!find_program("less")) return std::nullopt;
  return "less";
}

Result<Pager> Pager::start(const std::string& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed("pipe", errno);
  Descriptor input(ends[0]);
  Descriptor output(ends[1]);
  Descriptor terminal(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!terminal.open()) return failed("fcntl", errno);
  ::setenv("LESS", "FRX", 0);
  std::signal(SIGINT, SIG_IGN);
  Result<pid_t> pid = start_shell(command, input.number());
  if (!pid) {
    std::signal(SIGINT, SIG_DFL);
    return Failure(pid.error());
  }
  ::dup2(output.number(), STDOUT_FILENO);
  return Pager(*pid, terminal.release());
}

Pager::Pager(Pager&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), terminal_(std::exchange(other.terminal_, -1)) {}

Pager::~Pager() {
  if (pid_ < 0) return;
  // The pager sees the end of its input.
  ::dup2(terminal_, STDOUT_FILENO);
  ::close(terminal_);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  std::signal(SIGINT, SIG_DFL);
}

}  // namespace theater::cli
