// What one chain says about messages: what its actor gave to other actors, and what it took from
// them.
//
// A message stands in two chains. Its sender records a `sent`; its receiver cites the hash of that
// event in the `call` that it becomes, or in the `discarded` that it ends in. An answer goes the
// other way, and is cited in the `answered` of the actor that asked. A ledger keeps of each such
// event what the two chains must have in common, as digests, so that chains of any length can be
// compared (between.h).
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/event.h"
#include "theater/log/event/message_links.h"
#include "theater/log/event/message_rule.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

// Where an event lies in a log.
struct EventPlace {
  uint64_t segment = 0;
  uint64_t offset = 0;
};

// The bytes of a message or an answer, as far as the other side has the same.
struct MessageContent {
  enum class Kind : uint8_t {
    kNone,     // There is none.
    kRemoved,  // Its bytes are no longer there.
    kUnknown,  // Results of a function that is not known here.
    kOk,
    kError,  // An answer that is an error text.
  };
  Kind kind = Kind::kNone;
  Hash digest;
  uint64_t length = 0;

  bool operator==(const MessageContent&) const = default;
};

// An event that another actor may cite.
struct Given {
  enum class What : uint8_t { kSent, kReturned, kFailed, kDiscarded, kInstance, kTerminated };

  What what = What::kSent;
  SentKind kind = SentKind::kSend;  // Of a `sent`.
  bool accepted = false;            // Of a `sent`: it is on its way.
  uint64_t seq = 0;
  Hash hash;
  EventPlace place;
  std::string_view function;
  // Whom it is for; none if that is no actor. For a `returned`, who called.
  std::optional<Peer> to;
  // The request or message that it is about: of a `sent`, as it says; of a `returned` or `failed`,
  // the one that the call is from; of a `discarded`, the one that is discarded.
  std::optional<Hash> about;
  // Of a message: its whole arguments. Of an answer or a `returned`: what it answers.
  MessageContent content;
  // Of a message: the arguments without the first, which names the receiver. Of a `returned` that
  // accepts a channel: the arguments of the first message on it, if there is one.
  MessageContent part;

  // Whether it is a `sent` that waits in a mailbox and becomes a call, rather than an answer.
  bool is_message() const { return what == What::kSent && message_rule(kind) != nullptr; }
  bool is_answer() const { return what == What::kSent && !is_message(); }
};

// An event that may cite one of another actor's.
struct Taken {
  enum class What : uint8_t { kCall, kAnswered, kDiscarded };

  What what = What::kCall;
  DiscardReason why = DiscardReason::kEnded;
  uint64_t seq = 0;
  EventPlace place;
  std::string_view function;
  std::optional<Peer> from;   // None for a `discarded`, which does not say.
  std::optional<Hash> cited;  // None for an answer that nobody gave.
  Hash request;               // Of an `answered`: its request in this chain.
  uint64_t size_max = 0;      // Of an `answered`: the bytes that its result may have.
  MessageContent content;     // As in Given.
  MessageContent part;
};

// Reads one chain. Not thread-safe.
class MessageLedger {
 public:
  // Takes the next event, from `genesis` on; `event` must be decoded and have its detached payloads
  // put in, as far as they are there.
  void accept(const Event& event, const Hash& hash, const EventPlace& place);

  const ActorId& actor() const { return actor_; }
  const std::string& name() const { return name_; }
  uint64_t events() const { return events_; }
  bool terminated() const { return terminated_; }

  // Both in the order of the chain.
  const std::vector<Given>& given() const { return given_; }
  const std::vector<Taken>& taken() const { return taken_; }

  // Whether the node crashed between these two positions of the chain.
  bool crashed_between(uint64_t after, uint64_t before) const;

 private:
  struct Current {
    std::optional<Sender> from;
    std::string_view function;
    std::optional<std::string> channel;  // That the call is to open, if that is known.
  };

  void note(const Genesis& body);
  void note(const Instance& body);
  void note(const Call& body);
  void note(const Returned& body);
  void note(const Sent& body);
  void note(const Answered& body);
  void note(const Discarded& body);
  void note(const Failed& body);
  void note(const Terminated& body);
  template <class Other>
  void note(const Other&) {}

  Given& give(Given::What what);
  Taken& take(Taken::What what, const Hash* cited);
  std::string_view function(uint32_t index);

  ActorId actor_;
  std::string name_;
  bool terminated_ = false;
  uint64_t events_ = 0;
  std::vector<Given> given_;
  std::vector<Taken> taken_;
  std::vector<uint64_t> crashes_;

  // Of the event that is being taken in.
  uint64_t seq_ = 0;
  Hash hash_;
  EventPlace place_;

  std::vector<std::string_view> functions_;  // Of the current instance.
  uint64_t payload_bytes_ = 0;
  Current current_;
  std::set<std::string, std::less<>> names_;  // What the views of functions look at.
};

// Puts the bytes of detached payloads into a body, in place of their hashes, where they are there.
// The body borrows them.
void put_bodies_in(Body& body, const std::vector<std::optional<StoredBody>>& bodies);

}  // namespace theater::log
