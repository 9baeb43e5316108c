// Runs commands. One thread watches all of them: it reads their outputs, answers their calls that
// only the node can judge (path_requests.h), and ends those that take too long, print too much, or
// are cancelled.
//
// The processes of a command form a group that none of them can leave (command_sandbox.h). The
// runner kills the group when the program has ended, so nothing of a command outlives it.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/sandbox/command_process.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
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

  // Gets the output, or the reason for which the runner ended the command. The runner calls it
  // once, on its own thread; it must be short.
  using Done = std::function<void(Result<CommandOutput>)>;

  CommandRunner();
  // Ends all running commands, and waits for their end.
  ~CommandRunner();

  // Starts a command and watches it. Blocks until the program is executed, which is short; a caller
  // that must not wait calls it in a job. Fails as start_process(), or with kResourceExhausted if
  // kRunningMax commands run or guests have all the files open that they may; it does not call
  // `done` then. If `cancelled` becomes true, the next look_again() ends the command.
  Result<void> run(const CommandStart& start, const CommandSandbox& wall,
                   const CommandLimits& limits, std::shared_ptr<const std::atomic<bool>> cancelled,
                   Done done);

  // Makes the runner read every `cancelled`. Never blocks.
  void look_again();

 private:
  struct Running;
  struct Shared {
    std::vector<std::unique_ptr<Running>> begun;  // Commands that the thread has not taken yet.
    std::thread thread;                           // The watcher, started with the first command.
    bool stopping = false;
  };

  void work();
  bool take_begun();
  void wait_for_something();
  void look_after(Running& running);

  Descriptor wake_;  // An eventfd.
  std::atomic<size_t> count_{0};
  Guarded<Shared> shared_;
  std::vector<std::unique_ptr<Running>> running_;  // The commands that the thread watches.
};

}  // namespace theater
