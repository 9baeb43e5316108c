// Waits for the end of an actor on a server.
#pragma once

#include "theater/api/client/api_client.h"
#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/views/json.h"

#include <optional>
#include <string>

namespace theater::api {

// How an actor ended. Value type.
struct ActorEnd {
  std::string how;            // "completed", "stopped", "killed" or "failed".
  std::optional<Bytes> data;  // Argument of its own shutdown.
  std::string failure;        // Reason of a failure; else empty.
};

// Asks again and again until the actor has ended, without a bound. Fails as ApiClient::get().
Result<ActorEnd> wait_for_end(ApiClient& client, const ActorId& actor);

// The bytes of a value that the API shows as a string or as `{"base64": "…"}`; none for another.
std::optional<Bytes> bytes_of(const views::Json& value);

}  // namespace theater::api
