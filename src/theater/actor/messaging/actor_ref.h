// An actor as everyone else on the node sees it: an address for messages, answers and notices.
//
// A sender first takes a place, then records its `sent`, and then delivers. So a full actor refuses
// the sender before anything is on record as sent, and a recorded message always finds its place.
// An ActorRef never reaches into a turn: each method changes a mailbox, a counter or a flag, and
// wakes the actor where its next turn has something to do.
#pragma once

#include "theater/actor/messaging/actor_notes.h"
#include "theater/actor/messaging/message.h"
#include "theater/actor/messaging/request_slot.h"
#include "theater/actor/messaging/responder.h"
#include "theater/actor/supervision/child_event.h"
#include "theater/base/error.h"
#include "theater/base/id.h"
#include "theater/log/event/peers.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace theater {

struct ActorView;

// All methods are safe from any thread, also after the end of the actor.
class ActorRef : public ReplySink {
 public:
  // A reference that keeps the actor in memory.
  virtual std::shared_ptr<ActorRef> ref() = 0;

  virtual const ActorId& id() const = 0;
  virtual log::Durability durability() const = 0;
  // The actor that has spawned this one, also after its own end; none for a root.
  virtual const std::optional<ActorId>& parent_id() const = 0;
  // Whether the guest has the function, and may be called with it.
  virtual bool exports(const ExportFunction& function) const = 0;

  // The reason why the actor may not be called with a function that its guest has: it lacks the
  // capability. None if it may, or if the guest has no such function.
  virtual std::optional<std::string> denial(const ExportFunction& function) const = 0;

  // The reason why a message of `size` bytes is too large for the actor; none if it is not.
  virtual std::optional<std::string> too_large(size_t size) const = 0;

  // Takes a place for a call of the function with `size` bytes of parameters; one `deliver` or
  // `abandon` of a message of that size must follow. The error says to the sender why there is no
  // place, or that the actor lacks the capability for it.
  virtual tl::expected<void, std::string> reserve(const ExportFunction& function, size_t size) = 0;
  // The same for a message that the actor must not refuse and that is not too large. False only if
  // the actor has ended.
  virtual bool reserve_always(size_t size) = 0;
  // Takes a place among the unanswered requests, which the ReplyTo of the request keeps. The error
  // says to the sender why there is none.
  virtual tl::expected<RequestSlot, std::string> reserve_request() = 0;
  // Uses a place that the sender has taken.
  virtual void deliver(Message message) = 0;
  // Returns the place of a message that will not come.
  virtual void abandon(const Message& message) = 0;

  // Takes a place for an end of a channel; false if all Channels::kOpenMax are taken.
  virtual bool take_channel_place() = 0;
  // Returns such a place.
  virtual void release_channel_place() = 0;

  // Takes a place for an answer that the answering actor records as `sent`. False if this actor
  // takes no more. After true, `request_answered` must follow: the actor does not end before.
  virtual bool reserve_answer() = 0;
  // The answer to the actor's request number `call`. `reserved` says whether it has a place.
  virtual void request_answered(uint64_t call, RequestAnswer answer, bool reserved) = 0;
  // The deadline of request number `call` has come; the actor ignores it after an answer.
  virtual void request_timed_out(uint64_t call) = 0;
  // The intent of the actor's effect number `call` is on disk, or `failure` says why it never will
  // be.
  virtual void intent_committed(uint64_t call, std::optional<Error> failure) = 0;

  // Counts the calls that handlers expect to make: while there are some, the actor is not idle.
  virtual void expect_call() = 0;
  virtual void stop_expecting_call() = 0;
  // Counts what calls the actor again and again (guest_calls.h).
  virtual void add_call_source() = 0;
  virtual void remove_call_source() = 0;

  // Records a note of one of the actor's handlers in the next turn (actor_notes.h).
  virtual void note(NoteRequest request) = 0;

  // Notifies the actor of an event of one of its children.
  virtual void tell(ChildEvent news) = 0;

  // Calls `look` once, on the worker that has the actor, between two steps of its guest.
  virtual void inspect(std::function<void(const ActorView&)> look) = 0;
};

}  // namespace theater
