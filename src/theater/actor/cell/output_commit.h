// Output commit: an actor's output is handed over when it is certain.
//
// Between durable actors nothing waits: the log orders their events, so no event lasts without its
// causes. Two receivers have no such order:
//
// - An actor of durability `memory` leaves nothing in the log, and outsiders see its effects at
//   once. A durable actor's message or answer to it waits until its event is on disk, with all
//   events before it.
// - The outside: clients, HTTP peers, programs. The output of a `sync` actor to the outside waits
//   in the same way; an `async` or `memory` actor promises nothing and does not wait.
// - People who read the lines that a guest writes for them. The lines of each actor with a log wait
//   until the events of their calls are on disk, so no reader sees what a crash can take back. The
//   lines of an `async` actor hurry no commit. If the log stops, the lines are dropped.
//
// The actor itself never waits. Held output is handed over in its own order. If the log stops, held
// messages are dropped, and held answers become errors.
//
// The term is from Elnozahy et al., "A survey of rollback-recovery protocols" (2002).
#pragma once

#include "theater/actor/cell/node_services.h"
#include "theater/actor/cell/recorder.h"
#include "theater/actor/messaging/message.h"
#include "theater/actor/messaging/reply_to.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace theater {

class ActorRef;
class ChannelLink;

// The output of one actor. Not thread-safe: only the worker that runs the actor's turn.
class OutputCommit {
 public:
  OutputCommit(NodeServices& services, Recorder& recorder)
      : services_(services), recorder_(recorder) {}

  // Calls target->deliver(), now or later, or target->abandon() if the log stops before.
  void deliver(const std::shared_ptr<ActorRef>& target, Message message);

  // Notifies the actor at one side of the channel that the other side has closed it.
  void close_channel(const ChannelLink& link, const ActorId& to);

  // Calls to.answer(), now or later, or answer_reserved() if a place was taken for the answer.
  enum class Place : uint8_t { kNone, kReserved };
  void answer(ReplyTo to, RequestAnswer answer, Place place = Place::kNone);

  // Keeps a line of the guest's until the call in which it was written is on record.
  void keep_line(LogEntry line) { lines_.push_back(std::move(line)); }

  // Keeps an output of the current call, for to_outside() when that call is on record.
  using Outside = std::function<void(const std::optional<Error>& failure)>;
  void keep_output(Outside then) { outputs_.push_back(std::move(then)); }

  // The call is on record: shows the kept lines to people, at once or when the call is on disk, and
  // hands over the kept output.
  void call_is_on_record();

  // Calls `then` when the outside may see everything that the actor has done so far: at once, or on
  // the committing thread. With the error that stopped the log if it never may.
  void to_outside(Outside then);

 private:
  bool is_held(log::Durability others) const {
    return others == log::Durability::kMemory && recorder_.is_durable();
  }

  NodeServices& services_;
  Recorder& recorder_;
  void show_lines();

  std::vector<LogEntry> lines_;
  std::vector<Outside> outputs_;
};

}  // namespace theater
