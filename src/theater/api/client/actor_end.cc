#include "theater/api/client/actor_end.h"

#include "theater/wit/base64.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::api {

namespace {

using views::Json;

// Of one request; shorter than what the client waits for an answer.
constexpr int kWaitMs = 30'000;

}  // namespace

std::optional<Bytes> bytes_of(const Json& value) {
  if (value.is_string()) return to_bytes(value.get_ref<const std::string&>());
  if (!value.is_object()) return std::nullopt;
  auto encoded = value.find("base64");
  if (encoded == value.end() || !encoded->is_string()) return std::nullopt;
  Result<Bytes> bytes = wit::from_base64(encoded->get_ref<const std::string&>());
  if (!bytes) return std::nullopt;
  return *std::move(bytes);
}

Result<ActorEnd> wait_for_end(ApiClient& client, const ActorId& actor) {
  for (;;) {
    Json answer =
        THEATER_TRY(client.get(actor_target(actor, fmt::format("/end?timeout_ms={}", kWaitMs))));
    auto member = [&](const char* name) {
      auto found = answer.is_object() ? answer.find(name) : answer.end();
      return found == answer.end() ? Json() : *found;
    };
    Json ended = member("ended");
    Json how = member("how");
    if (!ended.is_boolean() || (ended.get<bool>() && !how.is_string()))
      return fail(ErrorCode::kCorrupt, "the server's answer says nothing of an end");
    if (!ended.get<bool>()) continue;
    Json failure = member("failure");
    return ActorEnd{how.get<std::string>(), bytes_of(member("data")),
                    failure.is_string() ? failure.get<std::string>() : std::string()};
  }
}

}  // namespace theater::api
