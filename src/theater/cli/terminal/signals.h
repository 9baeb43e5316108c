// Ctrl-C and SIGTERM as calls, so that a command can end gracefully.
#pragma once

#include <functional>
#include <memory>

namespace theater::cli {

// While one exists, neither signal ends the process. Make it before any other thread starts:
// threads inherit the blocking of the signals, and a signal kills the process through a thread
// without it.
class StopSignals final {
 public:
  // Calls `on_signal(n)` at the n-th signal, from a thread of its own.
  explicit StopSignals(std::function<void(int)> on_signal);
  // After it returns, no call runs or follows.
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace theater::cli
