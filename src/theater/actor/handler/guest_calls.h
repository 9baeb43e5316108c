// Calls that a handler makes in its own actor's guest, whenever it has something to tell.
//
// Such a call is a message like any other, in the order of the actor's mailbox, and recorded as a
// `call` by a handler. A session keeps an GuestCalls for what happens outside of the actor's turns,
// such as a timer; it does not keep the actor alive.
#pragma once

#include "theater/actor/messaging/export_function.h"
#include "theater/base/bytes.h"

#include <tl/expected.hpp>

#include <functional>
#include <string>

namespace theater {

// Safe from any thread.
class GuestCalls {
 public:
  virtual ~GuestCalls() = default;

  // Whether the actor's guest has the function.
  virtual bool exports(const ExportFunction& function) const = 0;

  // Takes a place in the mailbox for a call of the function, which the guest exports and which
  // outlives the actor, with value bytes of its parameters. `over` is called once, on any thread
  // and without locks held, when the call has returned or it is certain that it never will. Fails,
  // and then drops `over`, if there is no place or no actor; the text says which.
  virtual tl::expected<void, std::string> call(const ExportFunction& function, Bytes params,
                                               std::function<void()> over) = 0;
};

}  // namespace theater
