#include "theater/api/http/access.h"

#include "theater/api/http/forwarding.h"
#include "theater/base/clock.h"
#include "theater/net/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace theater::api {

namespace {

constexpr std::string_view kBearer = "Bearer ";

tl::unexpected<Refusal> unauthenticated(std::string detail, std::optional<TokenId> token = {}) {
  return tl::unexpected(Refusal{&kUnauthenticated, std::move(detail),
                                "send `Authorization: Bearer TOKEN`; `theater token new` makes one",
                                RefusalReason::kToken, token});
}

// The id that a token with this text has, if the text has the form of one.
std::optional<TokenId> id_of(std::string_view text) {
  auto digest = token_digest(text);
  if (!digest) return std::nullopt;
  return Token{.digest = *digest}.id();
}

// The host of `host:port`, without brackets.
std::string_view host_only(std::string_view host) {
  if (host.starts_with('[')) {
    size_t end = host.find(']');
    return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
  }
  size_t colon = host.rfind(':');
  return host.substr(0, colon);
}

bool is_own_host(std::string_view host, const AccessRules& rules) {
  std::string name(host_only(host));
  if (equals_ignoring_case(name, "localhost")) return true;
  if (IpAddress::parse(name)) return true;
  return std::any_of(rules.hosts.begin(), rules.hosts.end(),
                     [&](const std::string& own) { return equals_ignoring_case(own, name); });
}

uint64_t now_us() {
  return SystemClock().wall_us();
}

tl::expected<Identity, Refusal> identity_of(std::string_view token, const AccessRules& rules) {
  auto access = rules.tokens.find(token, now_us());
  if (!access) return unauthenticated("the token is unknown, revoked or expired", id_of(token));
  auto holds = [&tokens = rules.tokens, access = *access] {
    return tokens.holds(access, now_us());
  };
  return Identity{.name = "token " + access->holder,
                  .scope = access->scope,
                  .client = "token:" + access->digest.to_string(),
                  .subtree = access->subtree,
                  .access = *access,
                  .holds = holds};
}

}  // namespace

std::string_view refusal_reason_name(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kToken:
      break;
    case RefusalReason::kScope:
      return "scope";
    case RefusalReason::kSubtree:
      return "subtree";
    case RefusalReason::kUser:
      return "user";
  }
  return "token";
}

std::string name_of(const HttpRequest& request, const AccessRules& rules) {
  const HttpPeer& peer = request.peer;
  if (peer.unix_peer) return fmt::format("uid {}", peer.unix_peer->user);
  return "address " + client_address(request, rules.proxies);
}

std::optional<Refusal> check_browser(const HttpRequest& request, const AccessRules& rules) {
  // On its own socket the name of the host says nothing: no page reaches a file.
  std::optional<std::string_view> host = request.headers.find("Host");
  if (!request.peer.is_on_own_socket() && (!host || !is_own_host(*host, rules))) {
    return Refusal{&kPermissionDenied, "the Host header names another server than this one",
                   "`theater server --host NAME` adds a name"};
  }
  if (auto site = request.headers.find("Sec-Fetch-Site");
      site && *site != "same-origin" && *site != "none") {
    return Refusal{&kPermissionDenied, "a page of another site made this request"};
  }
  if (auto origin = request.headers.find("Origin")) {
    size_t mark = origin->find("://");
    auto scheme = client_scheme(request, rules.proxies);
    bool is_own = host && mark != std::string_view::npos &&
                  equals_ignoring_case(origin->substr(mark + 3), *host) &&
                  (!scheme || equals_ignoring_case(origin->substr(0, mark), *scheme));
    if (!is_own) return Refusal{&kPermissionDenied, "the Origin of this request is another server"};
  }
  return std::nullopt;
}

tl::expected<Identity, Refusal> identify(const HttpRequest& request, const AccessRules& rules) {
  if (request.headers.count("Authorization") > 1) {
    return unauthenticated("the request has two Authorization headers");
  }
  if (auto given = request.headers.find("Authorization")) {
    if (!equals_ignoring_case(given->substr(0, kBearer.size()), kBearer)) {
      return unauthenticated("Authorization has no bearer token");
    }
    return identity_of(given->substr(kBearer.size()), rules);
  }
  if (!request.peer.is_on_own_socket()) return unauthenticated("the request has no token");
  const std::optional<UnixPeer>& peer = request.peer.unix_peer;
  if (is_forwarded(request)) {
    return unauthenticated("a proxy passed this request to the owner's socket");
  }
  if (peer->user != rules.owner && peer->user != 0) {
    return tl::unexpected(
        Refusal{&kPermissionDenied, "the node belongs to another user", {}, RefusalReason::kUser});
  }
  std::string name = peer->user == rules.owner ? rules.owner_name : "root";
  return Identity{.name = "user " + name,
                  .scope = AccessScope::kAdmin,
                  .client = "user:" + std::to_string(peer->user)};
}

}  // namespace theater::api
