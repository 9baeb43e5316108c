// The idempotency key of a request: the same for the same request of the same cause, also after a
// crash, and another for any other request.
//
// An actor that a crash takes back repeats its calls. A server that honours the header
// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) acts once on both requests. So the
// key follows from what is the same in both: the cause of the call, the number of the request in
// that call, and the request. It is a code under a key of the node, so no other party can compute it.
#pragma once

#include "theater/actor/handler/session.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/handlers/http_client/http_values.h"

#include <cstdint>
#include <string>

namespace theater {

// A request among all of an actor.
struct RequestCause {
  ActorId actor;
  CurrentCall call;      // The call that makes the request.
  uint64_t ordinal = 0;  // The number of the request in that call, from 0.
};

// 64 hexadecimal digits. The cause of a call is the `sent` of another actor, else the client's own
// idempotency key, else the position of the call in the chain.
std::string idempotency_key(const Hash& node_key, const RequestCause& cause,
                            const GuestRequest& request);

}  // namespace theater
