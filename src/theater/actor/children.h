// The children of one actor: made, stopped and outlived.
//
// A child's `genesis` cites an event of its parent's chain. The parent then records `child`, on its
// own turn, and only then lets the child begin; when the child has ended, the parent records
// `child-ended`. So each of the two chains says of the other what happened before what.
//
// An actor that ends ends its children first: in the reverse order of their start, each when its
// current call has returned, and by force once all together have had kStopDeadline, or at once if
// the actor itself was killed.
#pragma once

#include "theater/actor/child_news.h"
#include "theater/actor/recorder.h"
#include "theater/actor/reply.h"
#include "theater/actor/session.h"
#include "theater/actor/spawner.h"
#include "theater/actor/world.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

// Not thread-safe: only the worker that runs the actor's turn.
class Children {
 public:
  // Of one actor, at a time.
  static constexpr size_t kChildrenMax = 1'000;
  // How many actors may be above one another: a root is at depth 0.
  static constexpr uint32_t kDepthMax = 64;
  // How long a child may take to end before it is killed.
  static constexpr std::chrono::seconds kStopDeadline{5};

  // `cell` is the actor, which owns this; `depth` is its own.
  Children(World& world, Recorder& recorder, ActorCell& cell, uint32_t depth)
      : world_(world), recorder_(recorder), cell_(cell), depth_(depth) {}
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  // Asks for a child; `reply` gets its id when its `init` has returned, or why there is none. An
  // actor has one such call at a time.
  void spawn(ChildRequest request, SpawnReply reply);

  // Asks a child to end; `reply` is answered when it has.
  void stop(const ActorId& id, StopReply reply);

  // The guest that called is lost, and nobody waits for answers any more.
  void forget_calls();

  // Those that are recorded and have not ended, oldest first.
  std::vector<ActorId> ids() const;

  void handle(ChildNews news);

  // Goes on with ending all children; true when none is left. To be called again after each piece
  // of news. From the first call on, children that are made nevertheless never begin.
  bool end_all(bool by_force);

 private:
  struct Child {
    ActorId id;
    std::shared_ptr<ActorCell> cell;
    SpawnReply started;               // Pending until its `init` has returned.
    std::vector<StopReply> stopping;  // Who waits for its end.
    uint64_t deadline = 0;            // The timer of its end; 0 if there is none.
    bool asked_to_stop = false;
    bool killed = false;
  };
  struct Making {
    uint64_t number = 0;
    SpawnReply reply;
  };

  std::optional<std::string> refusal() const;
  Child* find(const ActorId& id);
  void handle_news(ChildMade& made);
  void handle_news(ChildStarted& started);
  void handle_news(ChildGone& gone);
  void handle_news(ChildOverdue& overdue);
  void handle_news(ChildrenOverdue& overdue);
  // The guest waits for a child: whoever asks this actor something meanwhile may close a ring.
  void begin_wait(const ActorId& child);
  void end_wait();
  void ask_to_stop(Child& child);
  void kill(Child& child);

  World& world_;
  Recorder& recorder_;
  ActorCell& cell_;
  uint32_t depth_;
  std::vector<Child> living_;  // Oldest first.
  std::optional<Making> making_;
  std::optional<uint64_t> wait_;  // The number of the wait in the graph.
  uint64_t next_number_ = 0;
  uint64_t end_deadline_ = 0;  // The timer of the actor's own end; 0 if there is none.
  bool ending_ = false;
  bool overdue_ = false;
};

}  // namespace theater
