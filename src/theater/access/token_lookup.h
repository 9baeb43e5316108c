// Finds the access that a token gives, for a server.
//
// A lookup follows the home's file: it looks at the file's inode and times, and reads the file
// again if they changed. So a token that `theater token` makes or revokes counts from the next
// lookup on. A stream that stays open asks holds() at least once a second.
#pragma once

#include "theater/access/token.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/store/home.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace theater {

// What the holder of a token may do. A value.
struct Access {
  Hash digest;         // Of the token.
  std::string holder;  // The token's name, or its id: what a record names.
  AccessScope scope = AccessScope::kObserve;
  std::optional<ActorId> subtree;      // This actor and those below it; none for all actors.
  std::optional<uint64_t> expires_us;  // Microseconds since 1970.

  bool operator==(const Access&) const = default;

  bool allows(AccessScope needs) const { return includes(scope, needs); }
};

// Safe from any thread. A lookup takes one system call while the file stays as it is.
class TokenLookup {
 public:
  // A home without a file of tokens has none, and may get one later.
  explicit TokenLookup(HomeLayout home) : home_(std::move(home)) {}

  // Fails with kPermissionDenied if the token gives no access at `now_us`, with one message for a
  // text that is no token and for a token that is unknown, expired or revoked; and with
  // kUnavailable if the file gives access to no token, since it is damaged or may be used by
  // others: failure() says why.
  Result<Access> find(std::string_view token, uint64_t now_us);

  // Whether find() would still give the same access.
  bool holds(const Access& access, uint64_t now_us);

  // The tokens of the file, the oldest first, if they are not those of the look that set `seen`; it
  // is 0 before the first look. None while the file gives access to no token.
  std::optional<std::vector<Token>> changed(uint64_t& seen);

  // Why the file gives access to no token; none if it does, or if there is no file. For the node's
  // log, not for a client: it names the file.
  std::optional<Error> failure();

 private:
  // Tells a file from the one that replaced it.
  struct Stamp {
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t size = 0;
    int64_t modified_ns = 0;
    int64_t changed_ns = 0;

    bool operator==(const Stamp&) const = default;
  };
  struct State {
    uint64_t version = 0;        // Counts what was read; 0 for nothing yet.
    std::optional<Stamp> stamp;  // None for no file.
    std::unordered_map<Hash, Token> tokens;
    std::optional<Error> failure;
  };

  std::optional<Stamp> stamp() const;
  void refresh(State& state) const;
  Result<Access> find_digest(const Hash& digest, uint64_t now_us);

  const HomeLayout home_;
  Guarded<State> state_;
};

}  // namespace theater
