// One process of an actor: what its keeper tells, on its way to the guest.
//
// Each output waits in a bounded buffer, and the guest empties them: one call at a time, a piece of
// stdout, then one of stderr, and `handle-exit` when nothing is left. A full buffer stops the
// reading, so that the process waits when its pipe is full too. A mailbox without room is tried
// again.
#pragma once

#include "theater/actor/handler/guest_calls.h"
#include "theater/actor/messaging/actor_notes.h"
#include "theater/actor/messaging/responder.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/base/guarded.h"
#include "theater/base/system_user.h"
#include "theater/handlers/process/output_framer.h"
#include "theater/handlers/process/process_network.h"
#include "theater/sandbox/process_keeper.h"

#include <tl/expected.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace theater {

using SpawnedProcess = tl::expected<uint64_t, std::string>;

// The functions of the guest. They live as long as the program.
struct ProcessExports {
  const ExportFunction& out;
  const ExportFunction& err;
  const ExportFunction& exit;
};
const ProcessExports& process_exports();
std::span<const ExportFunction> process_export_functions();

// Safe from any thread; ProcessListener's functions as that says.
class GuestProcess final : public ProcessListener,
                           public std::enable_shared_from_this<GuestProcess> {
 public:
  // A call that found no place in the mailbox is tried again after this.
  static constexpr std::chrono::milliseconds kRetry{100};

  // `timers` outlive the process.
  struct Parts {
    uint64_t id = 0;
    uint64_t start_time = 0;  // In milliseconds since 1970.
    std::string actor;        // For lines of the log.
    std::shared_ptr<GuestCalls> calls;
    std::weak_ptr<ActorNotes> notes;
    Timers& timers;
    BeginNetwork begin_network = {};  // Empty: the process has no network of its own.
  };
  GuestProcess(Parts parts, const FramingRules& out, const FramingRules& err);

  uint64_t id() const { return parts_.id; }
  uint64_t start_time() const { return parts_.start_time; }

  // Who hears that the process has started, or why not. Before anything else.
  void expect_start(Responder<SpawnedProcess> reply);
  // The process is in the keeper's hands. `user` is held until it is over.
  void attach(std::shared_ptr<KeptProcess> process, std::shared_ptr<const SystemUser> user);
  // The process was lost with an instance: the guest hears of its end.
  void lose();

  // Null before attach() and once the process is over.
  std::shared_ptr<KeptProcess> kept() const;
  // The exit code, once the program has ended.
  std::optional<int32_t> exit_code() const;
  // Whether the process counts for `max_processes`.
  bool is_running() const;
  // Whether nothing of the process will come any more: it never started, or the call for its end has
  // a place in the mailbox.
  bool is_told() const;
  bool has_failed() const;

  // The instance has ended: the process is killed, and the guest hears nothing more.
  void abandon();
  bool is_abandoned() const;

  void started(const Result<void>& result) override;
  void relays(Descriptor listener) override;
  size_t room(OutputStream which) override;
  void output(OutputStream which, ByteView bytes) override;
  void exited(int32_t exit_code) override;
  void over() override;

 private:
  struct Event {
    const ExportFunction* function = nullptr;
    Bytes params;
  };
  struct State {
    Responder<SpawnedProcess> reply;
    std::optional<Result<void>> started;
    std::shared_ptr<KeptProcess> kept;
    std::shared_ptr<const SystemUser> user;
    std::unique_ptr<ForwardProxy> proxy;  // While the process runs.
    std::array<OutputFramer, 2> framers;
    OutputStream next = OutputStream::kOut;
    std::array<bool, 2> is_full{};  // The keeper has stopped reading.
    std::optional<int32_t> exit_code;
    std::shared_ptr<void> expected;  // The actor is not idle before the guest has heard of the end.
    Timers::Id retry = 0;
    bool is_over = false;        // The keeper has nothing of it any more.
    bool is_with_guest = false;  // A call is on its way, or waits for a place.
    bool is_end_given = false;   // That call is the last.
    bool is_told = false;
    bool has_failed = false;
    bool is_abandoned = false;
  };

  void answer_start();
  std::optional<Event> next_event(State& state) const;
  std::optional<Event> next_piece(State& state, OutputStream which) const;
  void give();
  void call(Event event);
  void taken();
  void complain(OutputStream which, const std::string& what) const;

  const Parts parts_;
  Guarded<State> state_;
};

}  // namespace theater
