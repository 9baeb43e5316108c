// The children of one actor: made, restarted, stopped and outlived.
//
// A child's `genesis` cites an event of its parent's chain. The parent then records `child`, on its
// own turn, and only then lets the child begin; when the child has ended, the parent records
// `child-ended`. So each of the two chains says of the other what happened before what.
//
// A child that loses its instance and may come back waits, and tells its parent, which does what
// Supervision says: nothing else decides. Those that the manifest declares are started after the
// actor's own `init`, one after the other, before its first message.
//
// An actor that ends, or loses its instance, ends its children first: in the reverse order of their
// start, each when its current call has returned, and by force once it has had its time, or all
// together kStopDeadline (or the longest time that one of them has), or at once if the actor itself
// was killed.
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

// Not thread-safe: only the worker that runs the actor's turn.
class Children {
 public:
  // How many actors may be above one another: a root is at depth 0.
  static constexpr uint32_t kDepthMax = 64;
  // How long a child may take to end before it is killed.
  static constexpr std::chrono::seconds kStopDeadline{5};

  // `cell` is the actor, which owns this; `depth` is its own.
  // The references, and `manifest`, which says how children are looked after, outlive this.
  Children(NodeServices& services, Recorder& recorder, ActorCell& cell, uint32_t depth,
           const Manifest& manifest)
      : services_(services),
        recorder_(recorder),
        cell_(cell),
        depth_(depth),
        manifest_(manifest),
        supervision_(manifest.supervision) {}
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  // Asks for a child; `reply` gets its id when its `init` has returned, or why there is none. An
  // actor has one such call at a time.
  void spawn(ChildRequest request, SpawnReply reply);

  // Asks a child to end; `reply` is answered when it has.
  void stop(const ActorId& id, StopReply reply);

  // Gives a child a fresh instance; `reply` is answered when it is up again, or why it is not.
  void restart(const ActorId& id, RestartReply reply);

  // Takes a child that the actor had before the node was lost: it begins with the others of that
  // kind, in the order of these calls, and before those that are to be started.
  void adopt(std::shared_ptr<ActorCell> child);
  // The declared child at that position is not to be started: it was adopted, or ended for good.
  void settle(size_t slot) { settled_slots_.push_back(slot); }

  // Goes on with starting the adopted children, and those that the manifest declares; true if all
  // are up, or the actor is leaving. Else ActorCell::children_are_up() or children_failed()
  // follows.
  bool start_declared();

  // The guest that called is lost, and nobody waits for answers any more.
  void forget_calls();

  // Why there can be no more of them; none if there can.
  std::optional<std::string> full() const;

  // Those that are recorded and have not ended, oldest first.
  std::vector<ActorId> ids() const;
  bool empty() const { return living_.empty(); }

  void handle(ChildEvent news);

  // Goes on with ending all children; true when none is left. To be called again after each piece
  // of news. From the first call on, children that are made nevertheless never begin.
  bool end_all(bool by_force);

  // All have ended, and the actor has a fresh instance: it has children again.
  void reopen();

 private:
  struct Child {
    ActorId id;
    std::shared_ptr<ActorCell> cell;
    ChildRules rules;
    SpawnReply started;                    // Pending until its `init` has returned.
    std::vector<StopReply> stopping;       // Who waits for its end.
    std::vector<RestartReply> restarting;  // And for its next beginning.
    Timers::Id deadline = 0;               // Of its end, or of its instance's.
    Timers::Id back_off = 0;               // Before its next instance.
    bool asked_to_stop = false;
    bool killed = false;
    bool has_begun = true;    // If not, it was adopted and has not had its turn.
    bool is_down = false;     // It waits for what becomes of it.
    bool is_revived = false;  // It was told to come back, and has not said that it is up.
    std::string why_down;
  };
  struct Making {
    uint64_t number = 0;
    SpawnReply reply;
  };
  // The declared child that is being started.
  struct Declared {
    uint64_t number = 0;
    std::optional<ActorId> id;
  };

  std::optional<std::string> refusal() const;
  bool begin_adopted();
  // The child is up, down or gone: whoever is next begins, if it was its turn.
  void adopted_is_settled(const ActorId& id);
  Supervision::Time now() const;
  Child* find(const ActorId& id);
  // The same for whoever asks for one; if it is none, `reply` has been answered.
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
  // The guest waits for a child: whoever asks this actor something meanwhile may close a ring.
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
  ActorCell& cell_;
  uint32_t depth_;
  const Manifest& manifest_;
  Supervision supervision_;
  std::vector<Child> living_;  // Oldest first.
  std::optional<Making> making_;
  std::optional<ActorId> beginning_;   // The adopted child whose turn it is.
  size_t declared_next_ = 0;           // Those before it are up, or settled.
  std::vector<size_t> settled_slots_;  // Of the declared children: those that need no start.
  std::optional<Declared> declared_;
  std::optional<uint64_t> wait_;  // The number of the wait in the graph.
  uint64_t next_number_ = 0;
  uint64_t first_number_ = 0;    // Of this instance of the actor.
  Timers::Id end_deadline_ = 0;  // The timer of the actor's own end; 0 if there is none.
  bool ending_ = false;
  bool overdue_ = false;
};

}  // namespace theater
