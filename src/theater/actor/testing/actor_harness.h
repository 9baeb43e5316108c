// A small world for tests of actors and of handlers: a scheduler, a clock that tests move, a probe
// handler or others, and actors with scripted guests. It has no runtime, no engine and no disk.
//
// Every test ends with `check_chains`, which verifies the links and the grammar of each chain, and
// compares the chains with one another.
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
  // `scheduler` outlives the harness. A seeded scheduler provides timers and clock. With another
  // scheduler, timers follow the real time, and the clock stands still.
  explicit ActorHarness(SeededScheduler& scheduler);
  explicit ActorHarness(Scheduler& scheduler);
  // The same with a log, which records the actors whose manifests do not say `memory`, and perhaps
  // with blobs. Both outlive the harness; the test controls the log.
  ActorHarness(SeededScheduler& scheduler, log::EventSink& log, BlobStore* blobs = nullptr);
  ActorHarness(Scheduler& scheduler, log::EventSink& log);
  // The same with `handlers` in place of the probe handler. Every actor lists all of them.
  ActorHarness(SeededScheduler& scheduler, HandlerSet handlers);
  ActorHarness(Scheduler& scheduler, HandlerSet handlers);
  ~ActorHarness();

  // A component that imports every function of the handlers, and exports `init`.
  ScriptedComponent component(Script init = keep) const;

  // An id for an actor that the test will add.
  ActorId next_id();

  struct Options {
    std::optional<ActorId> id = {};
    std::optional<Bytes> state = {};
    MailboxLimits mailbox = {};
    engine::Limits limits = {};
    Permissions permissions = Permissions::unrestricted();
    // The harness sets the name and the payload limit. Without a limit of the test, calls may take
    // any time.
    Manifest manifest = {};
  };
  ActorId add(const ScriptedComponent& component, Options options);
  ActorId add(const ScriptedComponent& component);

  std::shared_ptr<ActorCell> cell(const ActorId& id) const;

  // Act as a client. `send` returns the reason of a refusal, else an empty text.
  std::string send(const ActorId& to, std::string_view text);
  void request(const ActorId& to, std::string_view text);
  // Acts as a handler: calls any function of the guest, with value bytes of its parameters.
  std::string deliver(const ActorId& to, const ExportFunction& function, Bytes params);
  // Answers to requests, in the order of their arrival: "ok: …" or "error: …".
  std::vector<std::string> answers() const;

  void stop(const ActorId& id) { cell(id)->stop(log::ByClient{"test"}); }
  void kill(const ActorId& id) { cell(id)->kill(log::ByClient{"test"}); }

  // None while an actor is starting; then "" or the reason why it did not start.
  std::optional<std::string> started(const ActorId& id) const;

  // Only while nothing runs: looks on this thread, through the scheduler's turns.
  Story story(const ActorId& id) const;
  // The names of the bodies, such as "genesis instance call returned".
  std::string outline(const ActorId& id) const;
  std::optional<Bytes> state(const ActorId& id) const;

  // None if every chain is right; else a text that names the mistake.
  std::optional<std::string> check_chains() const;

  // The lines that guests have shown to people, in the order in which they came.
  std::vector<std::string> lines() const;

  // Only while no actor is in a call. None if each channel has two open ends or none, and no place
  // for a channel stays taken without one; else a text that names the mistake.
  std::optional<std::string> check_channels() const;

  ProbeHandler& desk() {
    THEATER_CHECK(desk_ != nullptr);
    return *desk_;
  }
  ManualClock& clock() { return clock_; }

  // Keeps room on a disk of that size for the node, from here on.
  void watch_disk(DiskWatch::Measure measure) {
    disk_.emplace(clock_, jobs_, std::move(measure));
    services_.disk = &*disk_;
  }

  static constexpr size_t kJobsMax = 10'000;

 private:
  ActorHarness(Scheduler& scheduler, Timers* timers, ManualClock* clock, HandlerSet handlers);

  struct Results {
    std::vector<std::string> answers;
    std::map<ActorId, std::string> started;
    std::vector<std::string> lines;
  };

  void add_desk();
  const log::Chain& settled_chain(const ActorId& id) const;
  std::vector<std::shared_ptr<ActorCell>> cells() const;

  ManualClock own_clock_;
  ThreadTimers own_timers_;
  ManualClock& clock_;
  Guarded<SeededRandom> random_;
  Scheduler& scheduler_;
  SchedulerJobs jobs_;
  mutable Router router_;
  WaitGraph waits_;
  std::optional<DiskWatch> disk_;
  NodeServices services_;
  HandlerSet handlers_;
  ProbeHandler* desk_ = nullptr;  // Null in a harness with other handlers.
  Guarded<Results> results_;
};

}  // namespace theater::testing
