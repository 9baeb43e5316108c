// Servers, requests to them and WebSocket messages as guests see them: the types of
// theater:simple/http-types and websocket-types, and the events of answers that are written in pieces.
#pragma once

#include "theater/handlers/http_client/http_values.h"
#include "theater/wit/traits.h"

#include <boost/describe.hpp>
#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace theater {

// The host takes the name of a key pair of the operator where the WIT has paths.
struct TlsConfig {
  std::string cert_path;
  std::string key_path;

  bool operator==(const TlsConfig&) const = default;
};
BOOST_DESCRIBE_STRUCT(TlsConfig, (), (cert_path, key_path))

struct ServerConfig {
  std::optional<uint16_t> port;
  std::optional<std::string> host;
  std::optional<TlsConfig> tls_config;

  // What stands for a config that leaves these out.
  static constexpr const char* kHost = "127.0.0.1";

  std::string host_or_default() const { return host.value_or(kHost); }
  bool operator==(const ServerConfig&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServerConfig, (), (port, host, tls_config))

struct ServerInfo {
  uint64_t id = 0;
  uint16_t port = 0;
  std::string host;
  bool running = false;
  uint32_t routes_count = 0;
  uint32_t middleware_count = 0;
  bool websocket_enabled = false;

  bool operator==(const ServerInfo&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServerInfo, (),
                      (id, port, host, running, routes_count, middleware_count, websocket_enabled))

struct MiddlewareResult {
  bool proceed = false;
  GuestRequest request;

  bool operator==(const MiddlewareResult&) const = default;
};
BOOST_DESCRIBE_STRUCT(MiddlewareResult, (), (proceed, request))

using SocketText = wit::Alternative<"text">;
using SocketBinary = wit::Alternative<"binary">;
using SocketConnect = wit::Alternative<"connect">;
using SocketClose = wit::Alternative<"close">;
using SocketPing = wit::Alternative<"ping">;
using SocketPong = wit::Alternative<"pong">;
using SocketOther = wit::Alternative<"other", std::string>;
using SocketMessageType = std::variant<SocketText, SocketBinary, SocketConnect, SocketClose,
                                       SocketPing, SocketPong, SocketOther>;

struct SocketMessage {
  SocketMessageType ty;
  std::optional<Bytes> data;
  std::optional<std::string> text;

  bool operator==(const SocketMessage&) const = default;
};
BOOST_DESCRIBE_STRUCT(SocketMessage, (), (ty, data, text))

// What the guest hears of an answer that it writes in pieces.
using AnswerRoom = wit::Alternative<"room">;
using AnswerGone = wit::Alternative<"gone", std::string>;
using AnswerEvent = std::variant<AnswerRoom, AnswerGone>;

}  // namespace theater
