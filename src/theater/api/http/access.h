// Who asks, and whether a request may be heard at all.
//
// A request comes from a user of this machine, over the node's own socket, or from the holder of a
// token. A browser may also send requests that a foreign page made; those are refused by their
// Host, Origin and Sec-Fetch-Site headers, since a page cannot set them.
#pragma once

#include "theater/access/scope.h"
#include "theater/access/token_lookup.h"
#include "theater/api/http/problem.h"
#include "theater/base/id.h"
#include "theater/net/http_message.h"

#include <tl/expected.hpp>

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace theater::api {

// Who asks. Value type.
struct Identity {
  std::string name;  // "user root", "token ci": on record with what the client changes.
  AccessScope scope = AccessScope::kObserve;
  std::optional<ActorId> subtree;  // The client sees and changes this actor and those below it.
  // Whether the token still gives this access. Empty for a user.
  std::function<bool()> holds = {};
};

// Why a request is not heard.
struct Refusal {
  const ProblemKind* kind;
  std::string detail;
  std::string hint = {};
};

struct AccessRules {
  // The owner of the node: who may use its socket, beside root.
  uid_t owner = 0;
  std::string owner_name;
  TokenLookup& tokens;
  // Names of the server that a Host header may have, beside addresses and localhost.
  std::vector<std::string> hosts = {};
};

// Refuses what a foreign web page could have sent.
std::optional<Refusal> check_browser(const HttpRequest& request, const AccessRules& rules);

// Finds who asks. Fails with kUnauthenticated or kPermissionDenied.
tl::expected<Identity, Refusal> identify(const HttpRequest& request, const AccessRules& rules);

}  // namespace theater::api
