// What an actor's chain says about its processes and commands besides their intents and outcomes: the
// kinds of its `noted`, and their data.
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

// With a string, about the `intent` that starts a program: what keeps it in (`seccomp landlock-6`).
inline constexpr std::string_view kSandbox = "sandbox";

// With a string, about the `intent` of a process whose output was to be JSON: the first of it that is
// none.
inline constexpr std::string_view kNotJson = "not-json";

// The records of wit/log/log.wit, interface `programs`, about the `intent` of a process that has a
// network through the node's proxy.
struct Connection {
  uint64_t number = 0;  // From one, of this process.
  std::string method;   // Of plain HTTP; `CONNECT` for a tunnel.
  std::string host;
  uint16_t port = 0;
  std::optional<std::string> refused;  // The rule; none: it was allowed.

  bool operator==(const Connection&) const = default;
};
BOOST_DESCRIBE_STRUCT(Connection, (), (number, method, host, port, refused))

struct ConnectionEnded {
  uint64_t number = 0;
  uint64_t sent = 0;                  // Bytes to the host,
  uint64_t received = 0;              // and from it.
  std::optional<std::string> failed;  // Why there was no connection.

  bool operator==(const ConnectionEnded&) const = default;
};
BOOST_DESCRIBE_STRUCT(ConnectionEnded, (), (number, sent, received, failed))

// Connections of which there is no note of their own.
struct MoreConnections {
  uint64_t allowed = 0;
  uint64_t refused = 0;
  uint64_t without_place = 0;  // Closed because the process, or the node, had too many.
  uint64_t sent = 0;           // Bytes of the allowed ones.
  uint64_t received = 0;

  bool operator==(const MoreConnections&) const = default;
};
BOOST_DESCRIBE_STRUCT(MoreConnections, (), (allowed, refused, without_place, sent, received))

inline constexpr std::string_view kConnection = "connection";
inline constexpr std::string_view kConnectionEnded = "connection-ended";
inline constexpr std::string_view kMoreConnections = "more-connections";

// The type of the data of such a note; none for another kind.
std::optional<wit::Type> process_note_type(std::string_view what);

// A sentence about such a note; none for another kind, and for data that is not here or no such
// value.
std::optional<std::string> process_note_text(const Noted& noted);

}  // namespace theater::log
