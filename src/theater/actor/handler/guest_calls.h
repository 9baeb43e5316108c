// Calls that a handler makes in its own actor's guest, at any time: a timer ticks, a connection has
// data.
//
// Such a call is a message like any other, in the order of the actor's mailbox, and is recorded as
// a `call` by a handler. A session keeps a GuestCalls for events outside of the actor's turns; it
// does not keep the actor alive.
#pragma once

#include "theater/actor/messaging/export_function.h"
#include "theater/actor/messaging/message.h"
#include "theater/actor/messaging/reply_to.h"
#include "theater/base/bytes.h"

#include <tl/expected.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace theater {

class ActorRef;

// What else a handler wants with a call.
struct CallWatch {
  Withdrawn withdrawn = {};     // Null for a call that stands (message.h).
  ReplyTo::Called called = {};  // May be empty.
};

// Safe from any thread.
class GuestCalls {
 public:
  virtual ~GuestCalls() = default;

  // Whether the actor's guest has the function.
  virtual bool exports(const ExportFunction& function) const = 0;

  // Takes a slot in the mailbox for a call of the function, which the guest exports and which
  // outlives the actor, with value bytes of its parameters. `answered` is called once, on any
  // thread and without locks held: with value bytes of the guest's result when the call has
  // returned, or with the reason why it never will. With Reach::kOutside it waits for the disk, as
  // answers to clients do, so that the handler may hand the result out of the node. Fails, and then
  // drops `answered`, if there is no slot or no actor; the text says which.
  virtual tl::expected<void, std::string> call(const ExportFunction& function, Bytes params,
                                               ReplyTo::Reach reach, ReplyTo::Answered answered,
                                               CallWatch watch) = 0;

  // The same for a call that stands, and whose beginning matters to no one.
  tl::expected<void, std::string> call(const ExportFunction& function, Bytes params,
                                       ReplyTo::Reach reach, ReplyTo::Answered answered) {
    return call(function, std::move(params), reach, std::move(answered), CallWatch());
  }

  // Says that a call will come by itself, such as the next piece of an answer: the actor does not
  // count as idle while the token exists. Not for calls that come for ever.
  virtual std::shared_ptr<void> expect() = 0;

  // Says that calls come again and again while the token exists, such as the ticks of an interval.
  // Between them the actor counts as idle; ActorStatus::is_called_again says that it is not at its
  // end.
  virtual std::shared_ptr<void> expect_more() = 0;
};

// Calls in the guest of that actor.
std::shared_ptr<GuestCalls> guest_calls_of(const std::shared_ptr<ActorRef>& actor);

}  // namespace theater
