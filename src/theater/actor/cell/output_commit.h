// What others hear of an actor, and when: not before it is certain.
//
// Between durable actors nothing waits: the log orders their events, so that none of them lasts
// without those that it follows from. An actor of durability `memory` leaves nothing in the log
// that could say so, and what it does is seen outside of the node at once. So what a durable actor
// sends or answers to one of these is handed over when the event that says so is on disk, with all
// that was recorded before it. The durable actor does not wait for that.
//
// What is held is handed over in the order in which it was given. If the log stops, nothing of it
// is: messages are dropped, and requests are answered with an error.
#pragma once

#include "theater/actor/cell/node_services.h"
#include "theater/actor/cell/recorder.h"
#include "theater/actor/messaging/message.h"
#include "theater/actor/messaging/reply_to.h"

#include <cstdint>

namespace theater {

class ActorCell;

// Of one actor. Not thread-safe: only the worker that runs the actor's turn.
class OutputCommit {
 public:
  OutputCommit(NodeServices& services, Recorder& recorder)
      : services_(services), recorder_(recorder) {}

  // Instead of target.deliver(), which it calls, or target.give_up().
  void deliver(ActorCell& target, Message message);

  // Instead of to.answer(), or answer_reserved() if a place was taken for the answer.
  enum class Place : uint8_t { kNone, kReserved };
  void answer(ReplyTo to, RequestAnswer answer, Place place = Place::kNone);

 private:
  bool is_held(log::Durability others) const {
    return others == log::Durability::kMemory && recorder_.is_durable();
  }

  NodeServices& services_;
  Recorder& recorder_;
};

}  // namespace theater
