// What the node's own chain says about clients from outside: its kinds of `noted`, and their data.
#pragma once

#include "theater/log/event/peers.h"
#include "theater/wit/traits.h"
#include "theater/wit/type.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace theater::log {

// The records of wit/log/log.wit, interface `access`.
struct NotedToken {
  std::string id;
  std::optional<std::string> name;
  std::string scope;
  std::optional<std::string> subtree;
  std::optional<uint64_t> expires_us;

  bool operator==(const NotedToken&) const = default;
};
BOOST_DESCRIBE_STRUCT(NotedToken, (), (id, name, scope, subtree, expires_us))

struct RefusedRequests {
  std::string client;
  std::string reason;
  std::optional<std::string> token;
  std::string operation;
  uint64_t count = 0;

  bool operator==(const RefusedRequests&) const = default;
};
BOOST_DESCRIBE_STRUCT(RefusedRequests, (), (client, reason, token, operation, count))

// The kinds with a NotedToken, and the one with RefusedRequests.
inline constexpr std::string_view kTokenMade = "token-made";
inline constexpr std::string_view kTokenUsed = "token-used";
inline constexpr std::string_view kTokenRevoked = "token-revoked";
inline constexpr std::string_view kRequestsRefused = "requests-refused";

// The type of the data of such a note; none for another kind.
std::optional<wit::Type> access_note_type(std::string_view what);

// The token of such a note; none for another kind, and for data that is not here or no such record.
std::optional<NotedToken> noted_token(const Noted& noted);

// A sentence about such a note; none for what noted_token() gives none for.
std::optional<std::string> access_note_text(const Noted& noted);

}  // namespace theater::log
