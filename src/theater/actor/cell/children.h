// The children of one actor, from their spawning to their end.
//
// A child's `genesis` cites an event of its parent's chain. The parent then records `child` on its
// own turn, and only then lets the child begin; after the child's end it records `child-ended`. So
// the two chains show the order of their events.
//
// A child that loses its instance and may come back waits and notifies its parent, which follows
// Supervision in everything. The parent starts the children of its manifest after its own `init`,
// one after the other, before its first message.
//
// An actor that ends, or loses its instance, first ends its children in the reverse order of their
// start, each when its current call has returned. Force follows when a child's time is over, or
// kStopDeadline for all together (or the longest time of one of them), or at once if the actor was
// killed.
#pragma once

#include "theater/actor/cell/node_services.h"
#include "theater/actor/cell/recorder.h"
#include "theater/actor/handler/session.h"
#include "theater/actor/messaging/responder.h"
#include "theater/actor/supervision/child_event.h"
#include "theater/actor/supervision/spawner.h"
#include "theater/actor/supervision/supervision.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

class ActorCell;
class LimitKeeper;

// Not thread-safe: only the worker that runs the actor's turn.
class Children {
 public:
  // The largest depth in the supervision tree; a root is at depth 0.
  static constexpr uint32_t kDepthMax = 64;
  // The time after which a child that does not end is killed.
  static constexpr std::chrono::seconds kStopDeadline{5};

  // All outlive the object.
  struct Parts {
    NodeServices& services;
    Recorder& recorder;
    LimitKeeper& limits;
    ActorCell& cell;           // The actor, which owns the object.
    const Manifest& manifest;  // The actor's, with the rules for its children.
    uint32_t depth = 0;        // The number of actors above it.
  };
  explicit Children(const Parts& parts)
      : services_(parts.services),
        recorder_(parts.recorder),
        limits_(parts.limits),
        cell_(parts.cell),
        depth_(parts.depth),
        manifest_(parts.manifest),
        supervision_(parts.manifest.supervision) {}
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  // Asks for a child. `reply` gets its id when its `init` has returned, or the reason why there is
  // none. An actor has one such call at a time.
  void spawn(ChildRequest request, SpawnReply reply);

  // Asks a child to end. `reply` is answered after its end.
  void stop(const ActorId& id, StopReply reply);

  // Gives a child a fresh instance. `reply` is answered when the child is up again, or gets the
  // reason why it is not.
  void restart(const ActorId& id, RestartReply reply);

  // Takes a child that the actor had before the node was lost. Such children begin in the order of
  // these calls, before the declared children.
  void adopt(std::shared_ptr<ActorCell> child);
  // The declared child at that position needs no start: it was adopted, or ended for good.
  void settle(size_t slot) { settled_slots_.push_back(slot); }

  // Starts the next of the adopted children, then of the declared ones. True if all are up, or the
  // actor is leaving. Else ActorCell::children_are_up() or children_failed() follows.
  bool start_declared();

  // The guest is lost, and its calls need no answers any more.
  void forget_calls();

  // The children on record that have not ended, oldest first.
  std::vector<ActorId> ids() const;
  size_t count() const { return living_.size(); }
  bool empty() const { return living_.empty(); }

  void handle(ChildEvent news);

  // Takes the next step towards the end of all children; true when all have ended. The caller
  // calls it again after each event of a child. A child that the spawner makes after the first call
  // never begins.
  bool end_all(bool by_force);

  // The node closes and keeps the actor: cancels the timers, and forgets calls and children.
  void leave();

  // All children have ended, and the actor gets a fresh instance: it may have children again.
  void reopen();

 private:
  struct Child {
    ActorId id;
    std::shared_ptr<ActorCell> cell;
    ChildRules rules;
    SpawnReply started;                    // Pending until `init` has returned.
    std::vector<StopReply> stopping;       // Calls that wait for the end.
    std::vector<RestartReply> restarting;  // Calls that wait for the next instance.
    Timers::Id deadline = 0;               // The deadline of the end, or of the instance's end.
    Timers::Id back_off = 0;               // The wait before the next instance.
    bool asked_to_stop = false;
    bool killed = false;
    bool has_begun = true;    // False for an adopted child until its turn comes.
    bool is_down = false;     // The child waits for the decision of Supervision.
    bool is_revived = false;  // The child has a fresh instance that is not up yet.
    std::string why_down;
  };
  struct Making {
    uint64_t number = 0;
    SpawnReply reply;
  };
  // The declared child that starts now.
  struct Declared {
    uint64_t number = 0;
    std::optional<ActorId> id;
  };

  std::optional<std::string> refusal() const;
  bool begin_adopted();
  // An adopted child is up, down or gone: the next one begins.
  void adopted_is_settled(const ActorId& id);
  Supervision::Time now() const;
  Child* find(const ActorId& id);
  // The same for a call of the guest. If the id is no child's, answers `reply` and returns null.
  Child* find_for(const ActorId& id, StopReply& reply);
  void make(ChildRequest request, uint64_t number);
  void handle_news(ChildMade& made);
  void handle_news(ChildStarted& started);
  void handle_news(ChildDown& down);
  void handle_news(BackoffElapsed& wait);
  void handle_news(ChildGone& gone);
  void handle_news(ChildSpent& spent);
  void handle_news(ChildOverdue& overdue);
  void handle_news(ChildrenOverdue& overdue);
  // The guest waits for a child: a request to this actor may then close a ring.
  void begin_wait(const ActorId& child);
  void end_wait();
  void ask_to_stop(Child& child);
  void kill(Child& child);
  void set_deadline(Child& child);
  void cancel(Timers::Id& timer);
  void perform(const Supervision::Steps& steps);
  void perform(const Supervision::Step& step, Child& child);
  std::string too_many_restarts(const ActorId& last);
  void declared_failed(std::string_view why);

  NodeServices& services_;
  Recorder& recorder_;
  LimitKeeper& limits_;
  ActorCell& cell_;
  uint32_t depth_;
  const Manifest& manifest_;
  Supervision supervision_;
  std::vector<Child> living_;  // Oldest first.
  std::optional<Making> making_;
  std::optional<ActorId> beginning_;   // The adopted child that begins now.
  size_t declared_next_ = 0;           // The declared children before it are up or settled.
  std::vector<size_t> settled_slots_;  // The declared children that need no start.
  std::optional<Declared> declared_;
  std::optional<uint64_t> wait_;  // The number of the wait in the graph.
  uint64_t next_number_ = 0;
  uint64_t first_number_ = 0;    // The first number of this instance of the actor.
  Timers::Id end_deadline_ = 0;  // The deadline of all children's end; 0 for none.
  bool ending_ = false;
  bool overdue_ = false;
};

}  // namespace theater
