#include "theater/handlers/http_client/idempotency_key.h"

#include <tuple>
#include <variant>

namespace theater {

namespace {

// A word for the kind of the cause, and its bytes.
std::tuple<std::string, Bytes> cause_of(const CurrentCall& call) {
  if (const auto* sender = std::get_if<log::Sender>(&call.from)) {
    return {"sent", to_bytes(sender->sent.view())};
  }
  if (const auto* client = std::get_if<log::NamedClient>(&call.from); client && client->once) {
    return {"client", to_bytes(client->once->key.view())};
  }
  return {"call", wit::encode(call.seq)};
}

}  // namespace

std::string idempotency_key(const Hash& node_key, const RequestCause& cause,
                            const GuestRequest& request) {
  Hash digest = sha256(wit::encode(request));
  auto named = std::tuple(to_bytes(cause.actor.bytes), cause_of(cause.call), cause.ordinal,
                          to_bytes(digest.view()));
  return hmac_sha256(node_key.view(), wit::encode(named)).to_string();
}

}  // namespace theater
