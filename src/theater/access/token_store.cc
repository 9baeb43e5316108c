#include "theater/access/token_store.h"

#include "theater/access/token_file.h"
#include "theater/base/bytes.h"
#include "theater/base/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace theater {

namespace {

Error unknown(std::string_view name_or_id, const std::vector<Token>& tokens) {
  std::vector<std::string> names;
  for (const Token& token : tokens) {
    if (!token.name.empty()) names.push_back(token.name);
  }
  std::optional<std::string> near = nearest(std::string(name_or_id), names);
  return Error(ErrorCode::kNotFound, fmt::format("no token `{}`", name_or_id))
      .with_hint(near ? fmt::format("did you mean `{}`?", *near)
                      : "`theater token list` shows names and ids");
}

}  // namespace

Result<NewToken> make_token(const HomeLayout& home, const TokenRequest& request, Random& random,
                            uint64_t now_us) {
  if (!request.name.empty()) THEATER_TRY_VOID(check_token_name(request.name));
  if (request.expires_us && *request.expires_us <= now_us)
    return fail(ErrorCode::kInvalidArgument, "the end of the token is in the past");
  NewToken made;
  Result<void> changed = change_tokens(home, [&](std::vector<Token>& tokens) -> Result<void> {
    auto is_taken = [&](const Token& token) {
      return !request.name.empty() && token.name == request.name;
    };
    if (std::any_of(tokens.begin(), tokens.end(), is_taken)) {
      return Failure(
          Error(ErrorCode::kAlreadyExists,
                fmt::format("there is a token with the name `{}`", request.name))
              .with_hint(fmt::format("`theater token revoke {}` ends it", request.name)));
    }
    if (tokens.size() >= kTokensMax)
      std::erase_if(tokens, [&](const Token& token) { return token.is_expired(now_us); });
    if (tokens.size() >= kTokensMax) {
      return fail(ErrorCode::kResourceExhausted,
                  "the home has {} tokens, and more are not allowed: revoke some", tokens.size());
    }
    do {
      made.text = generate_token(random);
      made.token = {.digest = sha256(as_bytes(made.text)),
                    .scope = request.scope,
                    .subtree = request.subtree,
                    .expires_us = request.expires_us,
                    .created_us = now_us,
                    .name = request.name};
    } while (std::any_of(tokens.begin(), tokens.end(),
                         [&](const Token& token) { return token.id() == made.token.id(); }));
    tokens.push_back(made.token);
    return {};
  });
  if (!changed) return Failure(std::move(changed).error());
  return made;
}

Result<std::vector<Token>> list_tokens(const HomeLayout& home) {
  return read_tokens(home);
}

Result<Token> revoke_token(const HomeLayout& home, std::string_view name_or_id) {
  Token revoked;
  Result<void> changed = change_tokens(home, [&](std::vector<Token>& tokens) -> Result<void> {
    auto found = std::find_if(tokens.begin(), tokens.end(), [&](const Token& token) {
      return token.name == name_or_id || token.id().to_string() == name_or_id;
    });
    if (found == tokens.end() || name_or_id.empty()) return Failure(unknown(name_or_id, tokens));
    revoked = *found;
    tokens.erase(found);
    return {};
  });
  if (!changed) return Failure(std::move(changed).error());
  return revoked;
}

}  // namespace theater
