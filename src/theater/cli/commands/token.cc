#include "theater/cli/commands/token.h"

#include "theater/access/expiry.h"
#include "theater/access/token_store.h"
#include "theater/base/clock.h"
#include "theater/cli/options/shared_options.h"
#include "theater/store/home.h"
#include "theater/views/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

Json token_json(const Token& token, uint64_t now_us) {
  return {{"id", token.id().to_string()},
          {"name", token.name.empty() ? Json() : Json(token.name)},
          {"scope", scope_name(token.scope)},
          {"actor", token.subtree ? Json(token.subtree->to_string()) : Json()},
          {"created", views::utc_text(token.created_us)},
          {"expires", token.expires_us ? Json(views::utc_text(*token.expires_us)) : Json()},
          {"expired", token.is_expired(now_us)}};
}

HomeLayout layout(const std::filesystem::path& home) {
  return HomeLayout{home_folder(home)};
}

Result<TokenRequest> request_of(const TokenNewOptions& options, uint64_t now_us) {
  TokenRequest request{.scope = kAccessScopes.at(*options.scope), .name = options.name};
  if (!options.actor.empty()) {
    request.subtree = THEATER_TRY_CONTEXT(ActorId::parse(options.actor), "--actor");
  }
  if (!options.expires.empty()) {
    request.expires_us = THEATER_TRY_CONTEXT(parse_expiry(options.expires, now_us), "--expires");
  }
  return request;
}

Result<void> make(const TokenNewOptions& options, Output& output) {
  OsRandom random;
  uint64_t now_us = SystemClock().wall_us();
  TokenRequest request = THEATER_TRY(request_of(options, now_us));
  NewToken made = THEATER_TRY(make_token(layout(options.home), request, random, now_us));
  if (options.json) {
    Json json = {{"token", made.text}};
    json.update(token_json(made.token, now_us));
    output.json(json);
  } else {
    output.line(made.text);
  }
  return {};
}

Result<void> list(const TokenListOptions& options, Output& output) {
  uint64_t now_us = SystemClock().wall_us();
  std::vector<Token> tokens = THEATER_TRY(list_tokens(layout(options.home)));
  if (options.json) {
    Json all = Json::array();
    for (const Token& token : tokens)
      all.push_back(token_json(token, now_us));
    output.json({{"tokens", std::move(all)}});
    return {};
  }
  if (tokens.empty()) return {};
  size_t width = 4;
  for (const Token& token : tokens)
    width = std::max(width, token.name.size());
  output.line(
      fmt::format("{:<12}  {:<{}}  {:<7}  {:<32}  expires", "id", "name", width, "scope", "actor"));
  for (const Token& token : tokens) {
    std::string end = token.expires_us ? views::utc_text(*token.expires_us) : "never";
    output.line(fmt::format("{:<12}  {:<{}}  {:<7}  {:<32}  {}{}", token.id().to_string(),
                            token.name.empty() ? "-" : token.name, width, scope_name(token.scope),
                            token.subtree ? token.subtree->to_string() : "all", end,
                            token.is_expired(now_us) ? " (expired)" : ""));
  }
  return {};
}

Result<void> revoke(const TokenRevokeOptions& options, Output& output) {
  Token revoked = THEATER_TRY(revoke_token(layout(options.home), options.token));
  if (options.json) {
    output.json({{"revoked", token_json(revoked, SystemClock().wall_us())}});
  } else {
    output.line(fmt::format("revoked {}{}", revoked.id().to_string(),
                            revoked.name.empty() ? "" : " " + revoked.name));
  }
  return {};
}

void define(OptionParser& parser, TokenNewOptions& options) {
  std::vector<std::string> scopes;
  for (AccessScope scope : kAccessScopes)
    scopes.emplace_back(scope_name(scope));
  parser.choice_option(
      "--scope", "SCOPE", "scope", std::move(scopes),
      [&options](size_t scope) { options.scope = scope; },
      "what the holder may do: observe, read, operate or admin");
  parser.option("--actor", "ID", options.actor, "only this actor and those below it");
  parser.option("--expires", "WHEN", options.expires,
                "the end of the token: a date, a time or a duration");
  parser.option("--name", "NAME", options.name, "the name that records have of the holder");
  home_option(parser, options.home, "the home to make it for");
  json_option(parser, options.json);
  parser.check([&options] { return options.scope ? "" : "missing option --scope"; });
}

void define(OptionParser& parser, TokenListOptions& options) {
  home_option(parser, options.home);
  json_option(parser, options.json);
}

void define(OptionParser& parser, TokenRevokeOptions& options) {
  parser.argument("NAME|ID", options.token);
  home_option(parser, options.home);
  json_option(parser, options.json);
}

Exit run(const TokenNewOptions& options, Output& output) {
  return exit_after(make(options, output), options.json, output);
}

Exit run(const TokenListOptions& options, Output& output) {
  return exit_after(list(options, output), options.json, output);
}

Exit run(const TokenRevokeOptions& options, Output& output) {
  return exit_after(revoke(options, output), options.json, output);
}

}  // namespace

const CommandHelp kTokenGroup = {
    .name = "token",
    .usage = "COMMAND [options]",
    .summary = "make, list and revoke the tokens of clients",
    .details = R"(A token lets its holder use the API of the home's node. It has a scope, and may
hold for one actor with those below it, and until a date. The home keeps only
digests of tokens. The commands work whether or not a node runs in the home, and
the node heeds a change at once.)",
    .examples = R"(theater token new --scope read --name dashboard
theater token list
theater token revoke dashboard)"};

const CommandOf<TokenNewOptions> kTokenNewCommand = {
    {.name = "token new",
     .usage = "--scope SCOPE [options]",
     .summary = "make a token, and print it once",
     .details = R"(Prints the token. It appears nowhere else, so keep it where only its holder
reads it. Each scope includes the one before it:

  observe  states and metrics of actors, and health of the node
  read     what actors said, and everything else on record
  operate  to start, ask, pause and end actors within the policy
  admin    everything, with wider policies

WHEN is a date, which ends the token when the day begins in UTC (2026-12-31), a
time (2026-12-31T12:00:00Z), or a duration (30d, 12h, 45m, 90s). Without
--expires the token holds until it is revoked. The command makes a missing home.)",
     .examples = R"(theater token new --scope read --name dashboard --expires 90d
theater token new --scope operate --actor 3f09c1d2e3f405162738495a6b7c8d9e
THEATER_TOKEN=$(theater token new --scope admin --expires 1h))"},
    define,
    run};

const CommandOf<TokenListOptions> kTokenListCommand = {
    {.name = "token list",
     .usage = "[options]",
     .summary = "list the tokens of a home",
     .details = R"(Prints one line per token, the oldest first: id, name, scope, actor and end. The
tokens themselves are not there.)",
     .examples = R"(theater token list
theater token list --json)"},
    define,
    run};

const CommandOf<TokenRevokeOptions> kTokenRevokeCommand = {
    {.name = "token revoke",
     .usage = "NAME|ID [options]",
     .summary = "end a token",
     .details = R"(Removes the token. A running node refuses it from the next request on, and ends
its open streams within a second.)",
     .examples = R"(theater token revoke dashboard
theater token revoke 3f09c1d2e3f4)"},
    define,
    run};

}  // namespace theater::cli
