// One instance of an actor's guest, with everything that is lost with it: the sessions of the
// handlers, the binder, and the call in progress.
//
// An actor makes a new Incarnation for each instance and destroys it with the instance, so no value
// of one instance reaches the next. A snapshot replaces only the guest. The object runs nothing:
// its owner resumes the guest and records the events.
#pragma once

#include "theater/actor/cell/actor_template.h"
#include "theater/actor/cell/binder.h"
#include "theater/actor/handler/session.h"
#include "theater/actor/messaging/message.h"
#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/engine/guest.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater {

// Not thread-safe: only the worker that runs the actor's turn.
class Incarnation {
 public:
  // The purpose of the guest's current run.
  enum class Activity : uint8_t { kNone, kInstantiating, kCalling, kRenewing };

  // Makes a session of each handler, the binder and the guest. `common` outlives the object. Fails
  // as a handler or the engine does; the sessions made so far are then destroyed.
  static Result<std::unique_ptr<Incarnation>> create(const ActorTemplate& common,
                                                     const SessionContext& context,
                                                     const Binder::Parts& parts);
  Incarnation(const ActorTemplate& common, const Binder::Parts& parts,
              std::vector<std::unique_ptr<Session>> sessions);
  Incarnation(const Incarnation&) = delete;
  Incarnation& operator=(const Incarnation&) = delete;

  Binder& binder() { return binder_; }
  engine::Guest& guest() { return *guest_; }

  Activity activity() const { return activity_; }
  bool is_busy() const { return activity_ != Activity::kNone; }
  bool is_calling() const { return activity_ == Activity::kCalling; }
  // The function of the call in progress; null for none.
  const ExportFunction* function() const { return is_calling() ? current_.function : nullptr; }
  // Its name for people, or "instantiation".
  std::string function_text() const;

  // Each begins a run of the guest, which must be free.
  void instantiate(bool init_runs);
  // `seq` is the position of the `call` on record.
  void call(Message message, uint64_t seq, const std::optional<Bytes>& state,
            uint32_t export_number);
  // Another guest of the same component continues from here. It fails as the engine does, and then
  // the guest stays.
  Result<std::unique_ptr<engine::Guest>> make_guest();
  void renew(std::unique_ptr<engine::Guest> guest);
  // The run is over. The message of a call stays until forget_call().
  void finish() { activity_ = Activity::kNone; }

  // Whether `init` runs after the instantiation.
  bool init_runs() const { return init_runs_; }

  // The message of the call in progress, or of the call that is just over.
  Message& message() { return current_; }
  void forget_call() { current_ = {}; }
  // The same on record.
  CurrentCall current_call() const { return {call_seq_, current_.from}; }

  // The guest has used up its slice of time, and has not run since.
  void note_spent() { is_spent_ = true; }
  bool take_spent() { return std::exchange(is_spent_, false); }

 private:
  const ActorTemplate& common_;
  Binder binder_;  // Outlives the guest, which calls it.
  std::unique_ptr<engine::Guest> guest_;
  Activity activity_ = Activity::kNone;
  bool init_runs_ = true;
  bool is_spent_ = false;
  Message current_;
  uint64_t call_seq_ = 0;
  Bytes args_;  // The guest reads them during the call.
};

}  // namespace theater
