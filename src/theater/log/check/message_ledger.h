// The messages of one chain: those that its actor gave to other actors, and those that it took.
//
// A message is in two chains, with a link between them (message_links.h). For each event with such
// a link, a ledger keeps the content that both chains must share, as digests. So compare_chains.h
// can compare chains of any length.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/event.h"
#include "theater/log/event/message_links.h"
#include "theater/log/event/message_rule.h"
#include "theater/log/reader/log_reader.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

// The place of an event in a log.
struct EventPlace {
  uint64_t segment = 0;
  uint64_t offset = 0;
};

// The bytes of a message or an answer that both sides share.
struct MessageContent {
  enum class Kind : uint8_t {
    kNone,     // No content.
    kRemoved,  // Content with removed bytes.
    kUnknown,  // The results of an unknown function.
    kOk,
    kError,  // An answer that is an error text.
  };
  Kind kind = Kind::kNone;
  Hash digest;
  uint64_t length = 0;

  bool operator==(const MessageContent&) const = default;
};

// A payload that the log leaves out, since a replay makes it again. It is `head`, and then the
// content that the other chain has, too: so its salted hash tells whether the two chains agree.
struct LeftOut {
  Salt salt{};
  Detached payload;
  Bytes head;
  MessageContent::Kind kind = MessageContent::Kind::kOk;  // Of the content.

  // The length of the content.
  uint64_t length() const {
    return payload.length - std::min<uint64_t>(payload.length, head.size());
  }
  // Whether these are the bytes behind the head.
  bool is(ByteView content) const;
};

// An event that another actor's chain may cite.
struct Given {
  enum class What : uint8_t { kSent, kReturned, kFailed, kDiscarded, kInstance, kTerminated };

  What what = What::kSent;
  SentKind kind = SentKind::kSend;  // The kind of a `sent`.
  bool accepted = false;            // A `sent` is on its way.
  uint64_t seq = 0;
  Hash hash;
  EventPlace place;
  std::string_view function;
  // The receiver; none if that is no actor. For a `returned` it is the caller.
  std::optional<Peer> to;
  // The related request or message: the one that a `sent` names, the one that became the call of a
  // `returned` or `failed`, or the discarded one.
  std::optional<Hash> about;
  // The whole arguments of a message; the answer in an answer or a `returned`.
  MessageContent content;
  // The arguments of a message without the first, which names the receiver. For a `returned` that
  // accepts a channel, the arguments of the first message on it, if there is one.
  MessageContent part;
  // The payload behind the content, if the content is kRemoved for that reason.
  std::shared_ptr<const LeftOut> left_out = nullptr;

  // Whether it is a `sent` that waits in a mailbox and becomes a call, unlike an answer.
  bool is_message() const { return what == What::kSent && message_rule(kind) != nullptr; }
  bool is_answer() const { return what == What::kSent && !is_message(); }
};

// An event that may cite an event of another actor's chain.
struct Taken {
  enum class What : uint8_t { kCall, kAnswered, kDiscarded };

  What what = What::kCall;
  DiscardReason why = DiscardReason::kEnded;
  uint64_t seq = 0;
  EventPlace place;
  std::string_view function;
  std::optional<Peer> from;   // None for a `discarded`, which names no sender.
  std::optional<Hash> cited;  // None for an answer that no actor gave.
  Hash request;               // The request of an `answered`, in this chain.
  uint64_t size_max = 0;      // The bound of an `answered` result in bytes.
  MessageContent content;     // As in Given.
  MessageContent part;
};

// Reads one chain. Not thread-safe.
class MessageLedger {
 public:
  // Takes the next event, from `genesis` on. `event` is decoded, with all existing detached
  // payloads in it (put_bodies_in()). `bodies` are those payloads, as the log has them.
  void accept(const Event& event, const Hash& hash, const EventPlace& place,
              std::span<const std::optional<StoredBody>> bodies = {});

  const ActorId& actor() const { return actor_; }
  const std::string& name() const { return name_; }
  uint64_t events() const { return events_; }
  bool terminated() const { return terminated_; }

  // The events in the order of the chain.
  const std::vector<Given>& given() const { return given_; }
  const std::vector<Taken>& taken() const { return taken_; }

  // Whether the node crashed between these two positions of the chain.
  bool crashed_between(uint64_t after, uint64_t before) const;

 private:
  struct Current {
    std::optional<Sender> from;
    std::string_view function;
    std::optional<std::string> channel;  // The channel that the call opens, if it is known.
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
  // Notes why content is not there, if `output`, the event's first payload, is left out.
  void note_left_out(Given& given, const Payload& output, Bytes head,
                     MessageContent::Kind kind = MessageContent::Kind::kOk);

  ActorId actor_;
  std::string name_;
  bool terminated_ = false;
  uint64_t events_ = 0;
  std::vector<Given> given_;
  std::vector<Taken> taken_;
  std::vector<uint64_t> crashes_;

  // The current event.
  uint64_t seq_ = 0;
  Hash hash_;
  EventPlace place_;
  std::optional<Salt> left_out_;  // The salt of its first payload, if that is left out.

  std::vector<std::string_view> functions_;  // The functions of the current instance.
  uint64_t payload_bytes_ = 0;
  Current current_;
  // The ids, as the actor got them, of requests without an answer so far.
  std::map<Hash, std::string> request_ids_;
  std::set<std::string, std::less<>> names_;  // The texts behind the views of functions.
};

// Puts the existing bytes of detached payloads into a body, in place of their hashes. The body
// borrows them.
void put_bodies_in(Body& body, const std::vector<std::optional<StoredBody>>& bodies);

}  // namespace theater::log
