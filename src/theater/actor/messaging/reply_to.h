// Where the answer to a request goes: back to the actor or the client that asked.
//
// Whatever becomes of a request, its return address is used exactly once: one that is destroyed
// unused answers with an error.
#pragma once

#include "theater/actor/messaging/request_slot.h"
#include "theater/base/bytes.h"
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

class ChannelLink;

enum class Acceptance : uint8_t { kNone, kAccepted, kAcceptedWithMessage };

// The answer to a request, or to a channel that is to be opened.
struct RequestAnswer {
  // Value bytes of the answer, or why there is none.
  tl::expected<Bytes, std::string> result;
  // Hash of the event that the answer is in or follows from; none if there is no such event.
  std::optional<Hash> by;
  // Whether `by` is a `sent` of kind answer or cancel, which whoever ends first must account for.
  bool was_sent = false;
  // Of a channel that was to be opened: whether it was accepted, which `result` has no word for.
  Acceptance acceptance = Acceptance::kNone;
};

// An actor that can ask. Safe from any thread.
class Requester {
 public:
  virtual ~Requester() = default;

  virtual const ActorId& id() const = 0;

  // Takes a place for an answer that will be recorded as `sent`. False if the actor takes no more.
  // If true, `request_answered` must follow: the actor does not end before.
  virtual bool reserve_answer() = 0;

  // The answer to request number `call`. `reserved` says that a place was taken for it.
  virtual void request_answered(uint64_t call, RequestAnswer answer, bool reserved) = 0;
};

// Move-only; on any thread, by one at a time.
class ReplyTo {
 public:
  using Client = std::function<void(RequestAnswer)>;

  // An actor's request. Shared, because the answer may come when the actor has ended.
  struct Actor {
    std::shared_ptr<Requester> requester;
    uint64_t call = 0;  // The requester's number for the waiting call.
    Hash sent;          // Of the requester's `sent`.
    log::Durability durability = log::Durability::kSync;  // The requester's.
    std::shared_ptr<ChannelLink> channel = {};            // That is to be opened, if one is.
  };

  // Nobody wants an answer.
  ReplyTo() = default;
  explicit ReplyTo(Actor actor) : to_(std::move(actor)) {}
  explicit ReplyTo(Client client) : to_(std::move(client)) {}
  ~ReplyTo();
  ReplyTo(ReplyTo&& other) noexcept
      : to_(std::exchange(other.to_, std::monostate{})), slot_(std::move(other.slot_)) {}
  ReplyTo& operator=(ReplyTo&& other) noexcept;

  bool wanted() const { return !std::holds_alternative<std::monostate>(to_); }

  // Keeps a place until the address is used.
  void keep(RequestSlot slot) { slot_ = std::move(slot); }

  // The actor that asked; null if it was a client.
  const Actor* actor() const { return std::get_if<Actor>(&to_); }

  // Uses the address; does nothing if nobody wants an answer.
  void answer(RequestAnswer answer) &&;

  // The same, after actor()->requester->reserve_answer().
  void answer_reserved(RequestAnswer answer) &&;

 private:
  void send(RequestAnswer answer, bool reserved);

  std::variant<std::monostate, Actor, Client> to_;
  RequestSlot slot_;
};

}  // namespace theater
