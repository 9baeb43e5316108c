// A process in the hands of the keeper (process_keeper.h): what its owner may do to it, and what the
// owner hears of it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/sandbox/command_process.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace theater {

enum class OutputStream : uint8_t { kOut, kErr };

// Hears of one process. The keeper calls it on its own thread, one call at a time and without locks
// held. All processes of the node wait meanwhile, so a call must be short.
class ProcessListener {
 public:
  virtual ~ProcessListener() = default;

  // The program runs; or it does not, and nothing follows. The first call but for relays().
  virtual void started(const Result<void>& result) = 0;

  // With Network::kRelay, before started(): where the program's connections arrive
  // (CommandProcess::relay_listener).
  virtual void relays(Descriptor /*listener*/) {}

  // The bytes of that output that the listener takes now. With 0 the keeper reads no more of it
  // until KeptProcess::resume(), and the program waits when its pipe is full.
  virtual size_t room(OutputStream which) = 0;
  virtual void output(OutputStream which, ByteView bytes) = 0;

  // The process took longer than it may, and is about to be ended.
  virtual void timed_out() {}

  // The program has ended, and what it had started is killed. Output may follow.
  virtual void exited(int32_t exit_code) = 0;

  // Both outputs have been given whole, and the keeper has nothing of the process any more. The
  // last call.
  virtual void over() = 0;
};

struct KeeperInbox;

// Safe from any thread. Its functions never wait for the process.
class KeptProcess : public std::enable_shared_from_this<KeptProcess> {
 public:
  // Bytes of input that wait for the process.
  static constexpr size_t kInputMax = size_t{256} << 10;

  KeptProcess(std::shared_ptr<KeeperInbox> inbox, uint64_t number, bool takes_input);

  // Sends a signal to the program alone. Fails with kNotFound if the program has ended, and with
  // kIo if the kernel refuses.
  Result<void> signal(int number);

  // Kills the program and all that it started. A process that has not started yet never does. False
  // if the program has ended.
  bool kill();

  // Takes places for that many bytes of input and returns how many there were; none if the process
  // reads no more. put_input() then writes the bytes, and drop_input() gives the places back.
  std::optional<size_t> reserve_input(size_t size);
  void put_input(ByteView bytes);
  void drop_input(size_t size);
  // No further places are taken. close_input() then gives the process the end of its input, behind
  // what was put.
  void stop_input();
  void close_input();

  // The listener has room again.
  void resume(OutputStream which);

 private:
  friend class ProcessKeeper;

  struct State {
    const CommandProcess* process = nullptr;  // While the program runs, or until it is collected.
    bool is_killed = false;
    bool has_ended = false;
    Bytes input;
    size_t input_reserved = 0;  // Of which `input` has some.
    bool is_input_closing = false;
    bool is_input_closed = false;
    std::array<bool, 2> is_resumed{};
    bool is_changed = false;  // The keeper is about to look at it.
  };

  // What the keeper does next with the input.
  enum class InputStep : uint8_t { kNothing, kWaitForRoom, kClose };

  // Whether the keeper does not know of a change yet, of which tell() then informs it.
  static bool mark_changed(State& state);
  void tell(bool is_new);

  // For the keeper's thread.
  bool begin(const CommandProcess& process);
  bool is_killed() const;
  void signal_all(int signal);
  int32_t collect();
  void end();
  InputStep write_input(int to);
  std::array<bool, 2> take_changes();

  const std::shared_ptr<KeeperInbox> inbox_;
  const uint64_t number_;
  Guarded<State> state_;
};

}  // namespace theater
