// A bearer token: a text of 256 random bits for its holder, and a digest with rights for the node.
//
// The text is `theater_` and 64 hexadecimal digits. The prefix lets scanners for leaked secrets
// find it. The operator sees the text once, when the token is made.
#pragma once

#include "theater/access/scope.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/random.h"
#include "theater/base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// Names a token to its operator, and is no secret: the first bytes of its digest.
struct TokenId {
  std::array<uint8_t, 6> bytes{};

  auto operator<=>(const TokenId&) const = default;

  // 12 hexadecimal digits.
  std::string to_string() const;
};

// What the node keeps of a token.
struct Token {
  Hash digest;  // SHA-256 of the text.
  AccessScope scope = AccessScope::kObserve;
  std::optional<ActorId> subtree;      // This actor and those below it; none for all actors.
  std::optional<uint64_t> expires_us;  // Microseconds since 1970, as all times here.
  uint64_t created_us = 0;
  std::string name;  // Empty for none.

  bool operator==(const Token&) const = default;

  TokenId id() const;
  bool is_expired(uint64_t now_us) const { return expires_us && *expires_us <= now_us; }
};

inline constexpr std::string_view kTokenPrefix = "theater_";

// The text of another token. `random` must be fit for secrets.
std::string generate_token(Random& random);

// The digest of a token's text. Fails with kInvalidArgument if `text` is no token; the message does
// not repeat it.
Result<Hash> token_digest(std::string_view text);

// Names are 1 to 64 letters, digits, `.`, `_` and `-`, and none is an id. Fails with
// kInvalidArgument.
Result<void> check_token_name(std::string_view name);

}  // namespace theater
