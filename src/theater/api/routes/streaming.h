// What requests say that may ask for a stream of Server-Sent Events in place of a page.
#pragma once

#include "theater/api/route.h"

#include <cstdint>
#include <optional>

namespace theater::api {

inline bool wants_stream(const ApiCall& call) {
  return has_token(call.request.headers, "Accept", "text/event-stream");
}

// The position behind the last event that the client had of an earlier stream.
std::optional<uint64_t> resumed_from(const ApiCall& call);

}  // namespace theater::api
