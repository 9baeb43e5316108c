// Starts processes that are not ours, and looks after all of them, on one thread: it reads their
// outputs, writes their inputs, answers their calls that only the node can judge (path_requests.h),
// ends those that take too long, and collects their exit codes.
//
// The thread also starts them, since the kernel kills a program when the thread that started it
// ends. The processes of a program form a group that none of them can leave (command_sandbox.h). The
// keeper kills the group when the program has ended, so nothing of it outlives it. Its control group
// (program_group.h) goes then too, or later, if its processes are slow to go; nothing waits for that.
#pragma once

#include "theater/base/result.h"
#include "theater/sandbox/command_process.h"
#include "theater/sandbox/kept_process.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace theater {

struct KeptStart {
  CommandStart command;
  CommandSandbox wall;
  // After that time the process and all that it started are ended; none: never.
  std::optional<std::chrono::milliseconds> time_max = {};
  // They get TERM first, and KILL after this time; zero: KILL at once.
  std::chrono::milliseconds grace{0};
};

struct BegunProcess;

// Safe from any thread.
class ProcessKeeper {
 public:
  static constexpr size_t kProcessesMax = 512;

  ProcessKeeper();
  // As stop(). A listener may hold the last reference, and lets it go on the keeper's own thread; so
  // the owner of the keeper stops it before.
  ~ProcessKeeper();

  // Kills all processes, and waits for their ends; their listeners hear of those. Nothing is started
  // afterwards. No listener may call it.
  void stop();

  // Starts a process soon; `listener` hears what became of it. Never blocks. Fails with
  // kResourceExhausted if kProcessesMax run, or guests have all the files open that they may; the
  // listener hears nothing then.
  Result<std::shared_ptr<KeptProcess>> start(KeptStart start,
                                             std::shared_ptr<ProcessListener> listener);

 private:
  struct Kept;
  enum class Watched : uint8_t { kWake, kProcess, kOut, kErr, kRequests, kInput };
  enum class ReadStep : uint8_t { kMore, kNothing, kNoRoom, kOver };

  void work();
  bool take_inbox();
  void begin(BegunProcess begun);
  void wait_for_something();
  void handle(uint64_t event, uint32_t what);
  void look_at_times();
  void look_at_groups();

  void watch(const Descriptor& descriptor, uint64_t number, Watched what, uint32_t events);
  void unwatch(const Descriptor& descriptor);
  void set_watched(Kept& kept, OutputStream which, bool wanted);
  void close_output(Kept& kept, OutputStream which);
  ReadStep read(Kept& kept, OutputStream which);
  void look_at_output(Kept& kept, OutputStream which);
  void look_at_input(Kept& kept);
  void answer_request(Kept& kept, uint32_t what);
  void collect(Kept& kept);
  void drain(Kept& kept);

  const std::shared_ptr<KeeperInbox> inbox_;
  Descriptor events_;  // An epoll.
  std::atomic<size_t> count_{0};
  std::atomic<uint64_t> last_number_{0};
  // The rest belongs to the thread.
  std::map<uint64_t, std::unique_ptr<Kept>> kept_;
  std::vector<uint8_t> buffer_;
  std::shared_ptr<ProgramGroups> groups_;  // Null until a process has a control group.
  // Groups whose processes are not gone yet are looked at then, and after longer and longer pauses.
  std::optional<std::chrono::steady_clock::time_point> groups_due_;
  std::chrono::milliseconds groups_pause_{0};
  bool is_stopping_ = false;
};

}  // namespace theater
