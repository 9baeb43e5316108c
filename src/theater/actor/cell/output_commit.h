// Output commit: what an actor says is handed over when it is certain.
//
// Between durable actors nothing waits: the log orders their events, so that none of them lasts
// without those that it follows from. Two receivers have no such order:
//
// - An actor of durability `memory` leaves nothing in the log, and what it does is seen outside at
//   once. A durable actor's message or answer to it waits until the event that says so is on disk,
//   with everything recorded before it.
// - The outside: clients, HTTP peers, programs. The output of a `sync` actor to the outside waits in
//   the same way; an `async` or `memory` actor promises nothing and does not wait.
//
// The actor itself never waits. What is held is handed over in the order in which it was given. If
// the log stops, nothing of it is: messages are dropped, and answers become errors.
//
// The term is from Elnozahy et al., "A survey of rollback-recovery protocols" (2002).
#pragma once

#include "theater/actor/cell/node_services.h"
#include "theater/actor/cell/recorder.h"
#include "theater/actor/messaging/message.h"
#include "theater/actor/messaging/reply_to.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace theater {

class ActorCell;

// The output of one actor. Not thread-safe: only the worker that runs the actor's turn.
class OutputCommit {
 public:
  OutputCommit(NodeServices& services, Recorder& recorder)
      : services_(services), recorder_(recorder) {}

  // Calls target.deliver(), or target.abandon() if the log has stopped.
  void deliver(ActorCell& target, Message message);

  // Calls to.answer(), or to.answer_reserved() if a slot was taken for the answer.
  enum class Place : uint8_t { kNone, kReserved };
  void answer(ReplyTo to, RequestAnswer answer, Place place = Place::kNone);

  // Calls `then` when the outside may see everything that the actor has done so far: at once, or on
  // the committing thread. With the error that stopped the log if it never may.
  using Outside = std::function<void(const std::optional<Error>& failure)>;
  void to_outside(Outside then);

 private:
  bool is_held(log::Durability others) const {
    return others == log::Durability::kMemory && recorder_.is_durable();
  }

  NodeServices& services_;
  Recorder& recorder_;
};

}  // namespace theater
