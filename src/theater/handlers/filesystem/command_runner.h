// Runs commands: one thread looks after all that run, reads what they print, and ends those that
// take too long, print too much, or whose actor is gone.
//
// A command's processes are a group that none of them can leave (command_wall.h). The group is
// killed when the program itself has ended, so nothing of a command outlives it.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/handlers/filesystem/command_process.h"

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
  size_t output_max = size_t{1} << 20;  // Of each of the two outputs.
};

// What a program printed, and how it ended.
struct CommandOutput {
  std::string out;
  std::string err;
  int32_t exit_code = 0;
};

// Safe from any thread.
class CommandRunner {
 public:
  static constexpr size_t kRunningMax = 64;

  // Called once, on the runner's thread, and short: with the output, or why it was ended.
  using Done = std::function<void(Result<CommandOutput>)>;

  CommandRunner();
  // Ends all that run, and waits for their end.
  ~CommandRunner();

  // Starts a command, and looks after it. Until the program is there this thread waits, which is
  // short; whoever must not wait calls it in a job. If it fails, as start_process() or with
  // kResourceExhausted where kRunningMax run already, `done` is not called. `cancelled` becoming
  // true ends the command once look_again() is called.
  Result<void> run(const CommandStart& start, const CommandSandbox& wall,
                   const CommandLimits& limits, std::shared_ptr<const std::atomic<bool>> cancelled,
                   Done done);

  // Never blocks.
  void look_again();

 private:
  struct Running;
  struct Shared {
    std::vector<std::unique_ptr<Running>> begun;  // Not yet seen by the thread.
    std::thread thread;                           // Started with the first command.
    bool stopping = false;
  };

  void work();
  bool take_begun();
  void wait_for_something();
  void look_after(Running& running);

  Descriptor wake_;  // An eventfd.
  std::atomic<size_t> count_{0};
  Guarded<Shared> shared_;
  std::vector<std::unique_ptr<Running>> running_;  // The thread's own.
};

}  // namespace theater
