#include "theater/cli/toolchain/tool_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace theater::cli {

namespace {

// The environment with `variables` in place of those of the same names, as "name=value" texts.
std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    std::string_view name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& variable : variables)
      replaced |= variable.first == name;
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : variables)
    all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::string read_all(int file) {
  std::string text;
  char buffer[65536];
  off_t at = 0;
  for (;;) {
    ssize_t count = pread(file, buffer, sizeof buffer, at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<size_t>(count));
    at += count;
  }
}

}  // namespace

std::optional<std::filesystem::path> find_program(std::string_view name) {
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    size_t end = std::min(rest.find(':'), rest.size());
    std::filesystem::path path = std::filesystem::path(rest.substr(0, end)) / name;
    rest.remove_prefix(std::min(end + 1, rest.size()));
    struct stat status{};
    bool regular = stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
    if (regular && access(path.c_str(), X_OK) == 0) return std::filesystem::absolute(path);
  }
  return std::nullopt;
}

Result<ToolProcess> ToolProcess::start(
    const std::vector<std::string>& words, const std::filesystem::path& folder,
    const std::vector<std::pair<std::string, std::string>>& variables) {
  // A file in memory, not a pipe: a tool never waits for a reader.
  int output = memfd_create("theater-tool", MFD_CLOEXEC);
  if (output < 0) return fail(ErrorCode::kIo, "memfd_create: {}", std::strerror(errno));

  std::vector<std::string> argument_texts = words;
  std::vector<std::string> environment_texts = environment_with(variables);
  std::vector<char*> arguments = pointers(argument_texts);
  std::vector<char*> environment = pointers(environment_texts);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  // This process ignores SIGPIPE; a tool gets the default.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  int error = posix_spawnp(&pid, words.front().c_str(), &actions, &attributes, arguments.data(),
                           environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    close(output);
    return fail(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "cannot run {} in {}: {}",
                words.front(), folder.string(), std::strerror(error));
  }
  return ToolProcess(pid, output);
}

ToolProcess::ToolProcess(ToolProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::exchange(other.output_, -1)) {}

ToolProcess::~ToolProcess() {
  if (pid_ > 0) {
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (output_ >= 0) close(output_);
}

Result<ToolOutcome> ToolProcess::finish() {
  int status = 0;
  pid_t pid = std::exchange(pid_, -1);
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return fail(ErrorCode::kIo, "waitpid: {}", std::strerror(errno));
  }
  int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ToolOutcome{exit_status, read_all(output_)};
}

}  // namespace theater::cli
