#include "theater/access/token_lookup.h"

#include "theater/access/token_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace theater {

namespace {

Failure no_access() {
  return fail(ErrorCode::kPermissionDenied, "the token gives no access");
}

int64_t nanoseconds(const struct timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::optional<TokenLookup::Stamp> TokenLookup::stamp() const {
  struct stat status{};
  // Any failure but that there is no file shows again when the file is read.
  if (::lstat(home_.tokens().c_str(), &status) != 0) return std::nullopt;
  return Stamp{.device = status.st_dev,
               .inode = status.st_ino,
               .size = status.st_size,
               .modified_ns = nanoseconds(status.st_mtim),
               .changed_ns = nanoseconds(status.st_ctim)};
}

// The stamp is taken before the file is read. If the file changes between the two, the next stamp
// differs.
void TokenLookup::refresh(State& state) const {
  std::optional<Stamp> current = stamp();
  if (state.version > 0 && state.stamp == current) return;
  state.stamp = current;
  ++state.version;
  state.tokens.clear();
  state.failure.reset();
  Result<std::vector<Token>> tokens = read_tokens(home_);
  if (!tokens) {
    state.failure = std::move(tokens).error();
    return;
  }
  for (Token& token : *tokens)
    state.tokens.emplace(token.digest, std::move(token));
}

Result<Access> TokenLookup::find_digest(const Hash& digest, uint64_t now_us) {
  return state_.with([&](State& state) -> Result<Access> {
    refresh(state);
    if (state.failure)
      return fail(ErrorCode::kUnavailable, "the node cannot read its tokens: its log says why");
    auto found = state.tokens.find(digest);
    if (found == state.tokens.end() || found->second.is_expired(now_us)) return no_access();
    const Token& token = found->second;
    return Access{.digest = digest,
                  .holder = token.name.empty() ? token.id().to_string() : token.name,
                  .scope = token.scope,
                  .subtree = token.subtree,
                  .expires_us = token.expires_us};
  });
}

Result<Access> TokenLookup::find(std::string_view token, uint64_t now_us) {
  Result<Hash> digest = token_digest(token);
  if (!digest) return no_access();
  return find_digest(*digest, now_us);
}

bool TokenLookup::holds(const Access& access, uint64_t now_us) {
  Result<Access> found = find_digest(access.digest, now_us);
  return found && *found == access;
}

std::optional<std::vector<Token>> TokenLookup::changed(uint64_t& seen) {
  std::optional<std::vector<Token>> tokens =
      state_.with([&](State& state) -> std::optional<std::vector<Token>> {
        refresh(state);
        if (state.failure || state.version == seen) return std::nullopt;
        seen = state.version;
        std::vector<Token> all;
        for (const auto& [digest, token] : state.tokens)
          all.push_back(token);
        return all;
      });
  if (tokens) {
    std::sort(tokens->begin(), tokens->end(), [](const Token& left, const Token& right) {
      return std::tie(left.created_us, left.digest) < std::tie(right.created_us, right.digest);
    });
  }
  return tokens;
}

std::optional<Error> TokenLookup::failure() {
  return state_.with([&](State& state) {
    refresh(state);
    return state.failure;
  });
}

}  // namespace theater
