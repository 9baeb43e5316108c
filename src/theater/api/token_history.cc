#include "theater/api/token_history.h"

#include <optional>
#include <set>
#include <utility>

namespace theater::api {

namespace {

log::NotedToken noted(const Token& token) {
  log::NotedToken noted{.id = token.id().to_string(),
                        .scope = std::string(scope_name(token.scope)),
                        .expires_us = token.expires_us};
  if (!token.name.empty()) noted.name = token.name;
  if (token.subtree) noted.subtree = token.subtree->to_string();
  return noted;
}

log::NotedToken noted(const Access& access) {
  Token token{.digest = access.digest,
              .scope = access.scope,
              .subtree = access.subtree,
              .expires_us = access.expires_us};
  if (access.holder != token.id().to_string()) token.name = access.holder;
  return noted(token);
}

}  // namespace

void TokenHistory::accept(const log::Noted& note) {
  std::optional<log::NotedToken> token = log::noted_token(note);
  if (!token) return;
  std::string id = token->id;
  if (note.what == log::kTokenRevoked) {
    known_.erase(id);
    return;
  }
  Known& known = known_[id];
  known.is_used = known.is_used || note.what == log::kTokenUsed;
  known.token = *std::move(token);
}

std::vector<TokenNote> TokenHistory::compare(const std::vector<Token>& tokens) {
  std::vector<TokenNote> notes;
  std::set<std::string> present;
  for (const Token& token : tokens)
    present.insert(token.id().to_string());
  for (auto at = known_.begin(); at != known_.end();) {
    if (present.contains(at->first)) {
      ++at;
      continue;
    }
    notes.push_back({log::kTokenRevoked, std::move(at->second.token)});
    at = known_.erase(at);
  }
  for (const Token& token : tokens) {
    log::NotedToken made = noted(token);
    if (known_.try_emplace(made.id, Known{made}).second)
      notes.push_back({log::kTokenMade, std::move(made)});
  }
  return notes;
}

std::vector<TokenNote> TokenHistory::use(const Access& access) {
  std::vector<TokenNote> notes;
  log::NotedToken token = noted(access);
  auto [at, is_new] = known_.try_emplace(token.id, Known{token});
  if (is_new) notes.push_back({log::kTokenMade, token});
  if (!std::exchange(at->second.is_used, true))
    notes.push_back({log::kTokenUsed, std::move(token)});
  return notes;
}

}  // namespace theater::api
