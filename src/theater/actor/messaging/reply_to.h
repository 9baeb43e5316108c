// The address of the answer to a request: the actor that asked, or a callback of the host.
//
// Each address is used exactly once, whatever becomes of the request: one that is destroyed unused
// answers with an error.
#pragma once

#include "theater/actor/messaging/request_slot.h"
#include "theater/base/bytes.h"
#include "theater/base/error.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/peers.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace theater {

class ActorRef;
class ChannelLink;

enum class Acceptance : uint8_t { kNone, kAccepted, kAcceptedWithMessage };

// The answer to a request, or to the opening of a channel.
struct RequestAnswer {
  // Value bytes of the answer, or the reason why there is none.
  tl::expected<Bytes, std::string> result;
  // Hash of the event that holds or causes the answer; none if there is no such event.
  std::optional<Hash> by;
  // Whether `by` is a `sent` of kind answer or cancel. The requester must then account for it, also
  // if it ends first.
  bool was_sent = false;
  // Whether the error in `result` is what the guest returned.
  bool is_from_guest = false;
  // Whether the actor has accepted the channel, which `result` does not say.
  Acceptance acceptance = Acceptance::kNone;
  // Of an error in `result`, for clients.
  ErrorCode code = ErrorCode::kUnavailable;
};

// The event of a call that a client waits for.
struct RecordedCall {
  uint64_t seq = 0;  // Its position in the actor's chain.
  Hash hash;
  // Whether the log also keeps what the call will answer: not that of an actor of durability
  // `memory`, nor of one whose log has inputs only.
  bool keeps_answer = false;
};

// Move-only; on any thread, used by one at a time.
class ReplyTo {
 public:
  using Answered = std::function<void(RequestAnswer)>;

  // Called in the actor's turn when the call is recorded, before the guest runs. Must be short.
  using Called = std::function<void(const RecordedCall&)>;

  // Whether a callback hands the answer out of the node: to a client, into an HTTP response. Then
  // it is called when what the answer follows from is recorded as durably as the actor asks for
  // (actor/cell/output_commit.h).
  enum class Reach : uint8_t { kNode, kOutside };

  // The return address of an actor. Shared, because the answer may come after the actor's end.
  struct Actor {
    std::shared_ptr<ActorRef> requester;
    uint64_t call = 0;  // The requester's number for the waiting call.
    Hash sent;          // Hash of the requester's `sent`.
    log::Durability durability = log::Durability::kSync;  // The requester's.
    std::shared_ptr<ChannelLink> channel = {};            // The channel to open; null for none.
  };

  // No answer is wanted.
  ReplyTo() = default;
  explicit ReplyTo(Actor actor) : to_(std::move(actor)) {}
  ReplyTo(Answered answered, Reach reach, Called called = {})
      : to_(Callback{std::move(answered), reach, std::move(called)}) {}
  ~ReplyTo();
  ReplyTo(ReplyTo&& other) noexcept
      : to_(std::exchange(other.to_, std::monostate{})), slot_(std::move(other.slot_)) {}
  ReplyTo& operator=(ReplyTo&& other) noexcept;

  bool wanted() const { return !std::holds_alternative<std::monostate>(to_); }

  // Keeps the place of the request until the address is used.
  void keep(RequestSlot slot) { slot_ = std::move(slot); }

  // The actor that asked; null if the answer goes to a callback.
  const Actor* actor() const { return std::get_if<Actor>(&to_); }

  bool leaves_the_node() const {
    const auto* callback = std::get_if<Callback>(&to_);
    return callback != nullptr && callback->reach == Reach::kOutside;
  }

  // The call that the answer belongs to is recorded.
  void note_call(const RecordedCall& call) const {
    const auto* callback = std::get_if<Callback>(&to_);
    if (callback != nullptr && callback->called) callback->called(call);
  }

  // Uses the address; does nothing if no answer is wanted.
  void answer(RequestAnswer answer) &&;

  // The same, after actor()->requester->reserve_answer().
  void answer_reserved(RequestAnswer answer) &&;

 private:
  struct Callback {
    Answered answered;
    Reach reach;
    Called called;  // Empty for a client that need not know.
  };

  void send(RequestAnswer answer, bool reserved);

  std::variant<std::monostate, Actor, Callback> to_;
  RequestSlot slot_;
};

}  // namespace theater
