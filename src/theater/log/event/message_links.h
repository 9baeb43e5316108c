// The links between the chains of a sender and a receiver: which event gives a message, and which
// event of the other chain takes it.
//
// A sender records `sent`. The receiver cites the hash of that event in the `call` that it becomes,
// or in the `discarded` that it ends in. The answer to a request is cited in the requester's
// `answered`. docs/formats/log.md has the rules.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/bodies.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace theater::log {

// The actor for which `sent` was accepted; null if the message failed, or is for no actor.
inline const Peer* accepted_receiver(const Sent& sent) {
  return std::holds_alternative<SentAccepted>(sent.result) ? std::get_if<Peer>(&sent.to) : nullptr;
}

// The event of another chain whose message an event takes: the `sent` or `returned` that it cites.
// Null if it takes none. The result points into `body`.
inline const Hash* taken_message(const Call& body) {
  const auto* sender = std::get_if<Sender>(&body.from);
  return sender == nullptr ? nullptr : &sender->sent;
}
inline const Hash* taken_message(const Answered& body) {
  return body.by ? &*body.by : nullptr;
}
inline const Hash* taken_message(const Discarded& body) {
  return &body.sent;
}

// A message that was given.
struct GivenMessage {
  uint64_t index = 0;  // The position of its `sent` in the log.
  uint64_t seq = 0;    // The position of its `sent` in the sender's chain.
  Hash sent;
  ActorId from;
  ActorId to;
  SentKind kind = SentKind::kSend;
};

// The messages that no chain has taken: a fold over the events of a log, in their order.
//
// A snapshot names the messages that were waiting for its actor. expect() keeps such a name until
// the message is given or taken, so that a fold that begins in the middle of a log can ask for the
// messages that it did not see. Value type.
class MessageLinks {
 public:
  void give(const GivenMessage& message) { open_.emplace(message.sent, message); }

  // `sent` is the result of taken_message(); null changes nothing.
  void take(const Hash* sent);

  void expect(const Hash& sent, const ActorId& to) { expected_.emplace(sent, to); }

  // The receiver of a message that is expected and was neither given nor taken; null for any other.
  const ActorId* expected(const Hash& sent) const;

  // Gives an expected message.
  void give_expected(const GivenMessage& message);

  // Drops the names of given messages. Call it before expected_messages() is read.
  void settle();

  // The names that are still expected, each with its receiver.
  const std::unordered_map<Hash, ActorId>& expected_messages() const { return expected_; }

  // The messages that are given and not taken, in no order.
  const std::unordered_map<Hash, GivenMessage>& open() const { return open_; }

 private:
  std::unordered_map<Hash, GivenMessage> open_;
  std::unordered_map<Hash, ActorId> expected_;
};

}  // namespace theater::log
