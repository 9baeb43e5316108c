// Running the programs that `theater build` drives: compilers, package managers.
//
// A tool's standard output and error are collected together, in the order of its writes; a failure
// shows them. Several tools run at the same time if a caller starts all before it finishes one.
#pragma once

#include "theater/base/result.h"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::cli {

// The absolute path of a program: the first executable file of that name in the folders of $PATH,
// as execvp() finds it.
std::optional<std::filesystem::path> find_program(std::string_view name);

struct ToolOutcome {
  int exit_status = 0;  // 128 + signal if a signal ended it.
  std::string output;
};

// One running program. The destructor waits for its end. Movable; not thread-safe.
class ToolProcess {
 public:
  // Starts `words[0]`, looked up in $PATH, in `folder` and with `variables` added to the
  // environment. Fails with kNotFound if there is no such program, kIo if it cannot be started.
  static Result<ToolProcess> start(
      const std::vector<std::string>& words, const std::filesystem::path& folder,
      const std::vector<std::pair<std::string, std::string>>& variables = {});

  ToolProcess(ToolProcess&& other) noexcept;
  ToolProcess& operator=(ToolProcess&&) = delete;
  ~ToolProcess();

  // Waits for the end. Once. Fails with kIo.
  Result<ToolOutcome> finish();

 private:
  ToolProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace theater::cli
