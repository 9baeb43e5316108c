// A small world for tests of actors and of handlers: a scheduler, a clock that tests move, a desk
// handler or others, and actors with scripted guests. It has no runtime, no engine and no disk.
//
// Every test ends with `check_chains`: the chain of each actor verifies, links and grammar both,
// and what one actor's chain says of another's is true.
#pragma once

#include "theater/actor/cell/cell.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/testing/probe_handler.h"
#include "theater/actor/testing/scripted_guest.h"
#include "theater/base/check.h"
#include "theater/base/clock.h"
#include "theater/base/random.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::testing {

// An actor's chain, decoded.
using Story = std::vector<log::Event>;

class ActorHarness {
 public:
  // `scheduler` outlives the stage. With a seeded one, timers and clock are that one's; with
  // another, timers go by the real time, and the clock stands still.
  explicit ActorHarness(SeededScheduler& scheduler);
  explicit ActorHarness(Scheduler& scheduler);
  // The same with a log, in which actors are recorded whose manifests do not say `memory`, and
  // perhaps with blobs. They outlive the stage; what the log does is up to the test.
  ActorHarness(SeededScheduler& scheduler, log::EventSink& log, BlobStore* blobs = nullptr);
  ActorHarness(Scheduler& scheduler, log::EventSink& log);
  // The same with other handlers than the desk, for tests of theirs: every actor lists all of them.
  ActorHarness(SeededScheduler& scheduler, HandlerSet handlers);
  ~ActorHarness();

  // A component that imports every function of the handlers, and exports `init`.
  ScriptedComponent component(Script init = keep) const;

  // An id for an actor that is not there yet.
  ActorId next_id();

  struct Options {
    std::optional<ActorId> id = {};
    std::optional<Bytes> state = {};
    MailboxLimits mailbox = {};
    engine::Limits limits = {};
    Permissions permissions = {};
    // Its name and payload limit are the stage's, and unless it says otherwise calls may take as
    // long as they like.
    Manifest manifest = {};
  };
  ActorId add(const ScriptedComponent& component, Options options);
  ActorId add(const ScriptedComponent& component);

  std::shared_ptr<ActorCell> cell(const ActorId& id) const { return router_.find(id); }

  // As a client does. A refusal is the reason, else empty.
  std::string send(const ActorId& to, std::string_view text);
  void request(const ActorId& to, std::string_view text);
  // As a handler does: calls any function of the guest, with value bytes of its parameters.
  std::string deliver(const ActorId& to, const ExportFunction& function, Bytes params);
  // Answers to requests, in the order in which they came: "ok: …" or "error: …".
  std::vector<std::string> answers() const;

  void stop(const ActorId& id) { cell(id)->stop(log::ByClient{"test"}); }
  void kill(const ActorId& id) { cell(id)->kill(log::ByClient{"test"}); }

  // None while an actor is starting; then "" or why it did not start.
  std::optional<std::string> started(const ActorId& id) const;

  // For use when nothing runs: looks on this thread, through the scheduler's turns.
  Story story(const ActorId& id) const;
  // The names of the bodies, such as "genesis instance call returned".
  std::string outline(const ActorId& id) const;
  std::optional<Bytes> state(const ActorId& id) const;

  // None if every chain is right; else what is wrong.
  std::optional<std::string> check_chains() const;

  // When no actor is in a call: none if each channel has two open ends, or none, and nothing is
  // left of others; else what is wrong.
  std::optional<std::string> check_channels() const;

  ProbeHandler& desk() {
    THEATER_CHECK(desk_ != nullptr);
    return *desk_;
  }
  ManualClock& clock() { return clock_; }

  static constexpr size_t kJobsMax = 10'000;

 private:
  ActorHarness(Scheduler& scheduler, Timers* timers, ManualClock* clock, HandlerSet handlers);

  struct Results {
    std::vector<std::string> answers;
    std::map<ActorId, std::string> started;
  };

  void add_desk();
  const log::Chain& settled_chain(const ActorId& id) const;

  ManualClock own_clock_;
  ThreadTimers own_timers_;
  ManualClock& clock_;
  Guarded<SeededRandom> random_;
  Scheduler& scheduler_;
  SchedulerJobs jobs_;
  mutable Router router_;
  WaitGraph waits_;
  NodeServices services_;
  HandlerSet handlers_;
  ProbeHandler* desk_ = nullptr;  // Null on a stage with handlers of its own.
  Guarded<Results> results_;
};

}  // namespace theater::testing
