// The caller of a call, as a guest is told of it: the variant `caller` of theater:messages/callers.
//
// The caller is the party in the `from` of the `call` event, so a reader of the record sees the
// same party. Two kinds of calls have a `from` that is no party to the guest. A handler acts for
// the outside, which has no name here, so its calls have no caller. The record attributes notices
// about children to the handler `supervisor`, but they come from the runtime alone.
#pragma once

#include "theater/actor/messaging/message.h"
#include "theater/wit/alternative.h"

#include <optional>
#include <string>
#include <variant>

namespace theater {

using ActorCaller = wit::Alternative<"actor", std::string>;  // The actor's id.
// The name of the client's token or user; none for a client without a name.
using ClientCaller = wit::Alternative<"client", std::optional<std::string>>;
using RuntimeCaller = wit::Alternative<"runtime">;
using Caller = std::variant<ActorCaller, ClientCaller, RuntimeCaller>;

// The caller of the call that `message` makes; none for a call of a handler. A message without a
// function stands for the instantiation of a component, which the runtime does. Any thread.
std::optional<Caller> caller_of(const Message& message);

}  // namespace theater
