// Who asks, and whether a request may be heard at all.
//
// A request comes from a user of this machine, over the node's own socket, or from the holder of a
// token. A token on the node's own socket replaces the user's right. A proxy has the right of its user
// there, and must lend it to no client; so a request that a proxy passed on needs a token. A browser
// may also send requests that a foreign page made; those are refused by their
// Host, Origin and Sec-Fetch-Site headers, since a page cannot set them.
#pragma once

#include "theater/access/scope.h"
#include "theater/access/token.h"
#include "theater/access/token_lookup.h"
#include "theater/api/http/problem.h"
#include "theater/base/id.h"
#include "theater/net/address_range.h"
#include "theater/net/http_message.h"

#include <tl/expected.hpp>

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::api {

// Who asks. Value type.
struct Identity {
  std::string name;  // "user root", "token ci": on record with what the client changes.
  AccessScope scope = AccessScope::kObserve;
  // Tells the client from all others, whatever their names: the digest of its token, or the user's
  // number. Its bounds and its idempotency keys go by it.
  std::string client = {};
  // The client sees and changes this actor and those below it.
  std::optional<ActorId> subtree = {};
  // What the token gives; none for a user.
  std::optional<Access> access = {};
  // Whether the token still gives this access. Empty for a user.
  std::function<bool()> holds = {};
};

// Why a client did not get what it asked for, as the record names it.
enum class RefusalReason : uint8_t {
  kToken,    // No token, or one that is wrong, expired or revoked.
  kScope,    // The request needs a wider scope.
  kSubtree,  // The token holds for other actors.
  kUser,     // The node belongs to another user.
};

// "token", "scope", "subtree" or "user".
std::string_view refusal_reason_name(RefusalReason reason);

// Why a request is not heard.
struct Refusal {
  const ProblemKind* kind;
  std::string detail;
  std::string hint = {};
  std::optional<RefusalReason> reason = {};  // If the client is the reason.
  std::optional<TokenId> token = {};         // Of the text that was sent as a token.
  std::string client = {};                   // With a reason: who it is, as the record names it.
};

struct AccessRules {
  // The owner of the node: who may use its socket, beside root.
  uid_t owner = 0;
  std::string owner_name;
  TokenLookup& tokens;
  // Names of the server that a Host header may have, beside addresses and localhost.
  std::vector<std::string> hosts = {};
  // Addresses of proxies that are believed about their clients (forwarding.h).
  std::vector<AddressRange> proxies = {};
};

// Refuses what a foreign web page could have sent.
std::optional<Refusal> check_browser(const HttpRequest& request, const AccessRules& rules);

// Names a client that showed no right, as the record does: "address 192.0.2.1", "uid 1000".
std::string name_of(const HttpRequest& request, const AccessRules& rules);

// Finds who asks. Fails with kUnauthenticated or kPermissionDenied.
tl::expected<Identity, Refusal> identify(const HttpRequest& request, const AccessRules& rules);

}  // namespace theater::api
