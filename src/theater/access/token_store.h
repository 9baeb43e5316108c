// Makes, lists and revokes the tokens of a home: what `theater token` does.
//
// The functions work on the home's file, whether or not a server runs there. They are safe from any
// thread and any process.
#pragma once

#include "theater/access/token.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/store/home.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

struct TokenRequest {
  AccessScope scope = AccessScope::kObserve;
  std::optional<ActorId> subtree = {};
  std::optional<uint64_t> expires_us = {};
  std::string name = {};  // Empty for none.
};

struct NewToken {
  std::string text;  // For the holder; the node does not keep it.
  Token token;
};

// Makes a token. `random` must be fit for secrets. At the bound, expired tokens go first. Fails
// with kInvalidArgument for a bad name or an end in the past, kAlreadyExists if a token has the
// name, kResourceExhausted at kTokensMax, and as change_tokens() does.
Result<NewToken> make_token(const HomeLayout& home, const TokenRequest& request, Random& random,
                            uint64_t now_us);

// All tokens, the oldest first, with expired ones. Fails as read_tokens() does.
Result<std::vector<Token>> list_tokens(const HomeLayout& home);

// Removes the token with that name or id, and returns what it was. Fails with kNotFound, and as
// change_tokens() does.
Result<Token> revoke_token(const HomeLayout& home, std::string_view name_or_id);

}  // namespace theater
