// Visits every payload of a body of any kind, and counts the detached ones.
#pragma once

#include "theater/base/function_ref.h"
#include "theater/log/event/bodies.h"

#include <cstddef>

namespace theater::log {

// Calls `visit(payload)` for each payload, in the order of the encoding. `visit` may change
// payloads if `body` is not const.
void for_each_payload(Body& body, FunctionRef<void(Payload&)> visit);
void for_each_payload(const Body& body, FunctionRef<void(const Payload&)> visit);

// The number of detached payloads of a body.
size_t count_detached(const Body& body);

}  // namespace theater::log
