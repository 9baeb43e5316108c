// Runs commands: processes (process_keeper.h) that are ended if they take too long, print too much,
// or are cancelled, and whose outputs are given whole at the end.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/sandbox/process_keeper.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace theater {

struct CommandLimits {
  std::chrono::milliseconds time_max{300'000};
  size_t output_max = size_t{1} << 20;  // The bound of each of the two outputs.
};

// The outputs of a program and its exit code (collect_exit_code()).
struct CommandOutput {
  std::string out;
  std::string err;
  int32_t exit_code = 0;
};

// Safe from any thread.
class CommandRunner {
 public:
  static constexpr size_t kRunningMax = 64;

  // Gets the output, or the reason for which there is none: the command did not start, or the runner
  // ended it. Called once, on the keeper's thread; it must be short.
  using Done = std::function<void(Result<CommandOutput>)>;

  explicit CommandRunner(std::shared_ptr<ProcessKeeper> keeper = std::make_shared<ProcessKeeper>());
  // Ends all running commands, and waits for their end.
  ~CommandRunner();

  // Starts a command soon. Never blocks. Fails as ProcessKeeper::start(), or with kResourceExhausted
  // if kRunningMax commands run; it does not call `done` then. If `cancelled` becomes true, the next
  // look_again() ends the command.
  Result<void> run(CommandStart start, CommandSandbox wall, const CommandLimits& limits,
                   std::shared_ptr<const std::atomic<bool>> cancelled, Done done);

  // Makes the runner read every `cancelled`. Never blocks.
  void look_again();

 private:
  class Running;
  // Shared with the commands, which may be last to go.
  struct All {
    std::atomic<size_t> count{0};
    Guarded<std::vector<std::shared_ptr<Running>>> running;
  };

  const std::shared_ptr<ProcessKeeper> keeper_;
  const std::shared_ptr<All> all_ = std::make_shared<All>();
};

}  // namespace theater
