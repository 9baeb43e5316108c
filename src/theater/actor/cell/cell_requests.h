// The requests that callers make of an actor, as its turns handle them: stop, pause, restart, end,
// look, and wait until the actor is idle.
//
// Other threads leave the requests in the mailbox, and a turn takes them before all other work.
// Some callers get their answer later than in that turn: with the pause, with the next instance, or
// when the actor is idle. They wait here. A node that closes answers all that still wait.
#pragma once

#include "theater/actor/messaging/mailbox.h"
#include "theater/actor/supervision/lifecycle.h"
#include "theater/base/error.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace theater {

class ActorCell;

// A part of ActorCell, whose private functions it calls. Not thread-safe: only the worker that runs
// the actor's turn.
class CellRequests {
 public:
  explicit CellRequests(ActorCell& cell) : cell_(cell) {}
  CellRequests(const CellRequests&) = delete;
  CellRequests& operator=(const CellRequests&) = delete;

  // The requests that the mailbox had, in order. handle() empties it.
  std::vector<ControlItem>& taken() { return taken_; }
  void handle();

  // The actor has changed its state: callers that wait for a pause get their answer if the pause is
  // in effect, or can no longer come.
  void answer_pauses();
  // The next instance is up and on record, or none comes for the reason `why_not`.
  void answer_restarts(const std::optional<Error>& why_not);
  // The update that waits, once; null for none. Its caller is answered by answer_update().
  std::shared_ptr<const ActorUpdate> take_update() { return std::exchange(update_, nullptr); }
  // The update that was taken, or one that waits, is over: with no error if its instance is up and
  // on record. Does nothing without one.
  void answer_update(const std::optional<Error>& why_not);
  // The actor has nothing to do, or is at rest in a node that closes. It is not idle while one of
  // its handlers expects to call it.
  void report_idle();
  void report_rest();

  // The node closes and keeps the actor. Carries out the ends that were asked for, and refuses all
  // else with `why`.
  void leave(const Error& why);

 private:
  void handle(StopRequest& request);
  void handle(PauseRequest& request);
  void handle(ResumeRequest& request);
  void handle(KillRequest& request);
  void handle(InspectRequest& request);
  void handle(IdleRequest& request);
  void handle(RestRequest& request);
  void handle(StopInstanceRequest& request);
  void handle(UpdateRequest& request);
  void handle(RestartRequest& request);
  void handle(TerminateRequest& request);
  void handle(CallOverdue& overdue);

  template <class Item>
  void leave_item(Item& item, const Error& why);
  void answer_idle();
  std::optional<Error> refusal(ControlResult result) const;
  std::optional<Error> why_not_restarted() const;

  ActorCell& cell_;
  std::vector<ControlItem> taken_;
  std::vector<PauseRequest> pauses_;  // Requests whose pause is due.
  std::vector<std::function<void(std::optional<Error>)>> restarts_;
  std::shared_ptr<const ActorUpdate> update_;
  std::function<void(std::optional<Error>)> update_answer_;  // Until the update is over.
  std::vector<std::function<void()>> idle_;
  std::vector<std::function<void()>> rest_;
};

}  // namespace theater
