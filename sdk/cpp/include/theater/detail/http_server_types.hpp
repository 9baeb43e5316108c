// What http_framework.hpp says of servers and WebSockets, which the host of a unit test has too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace theater::http {

// How a server listens.
struct ServerConfig {
  uint16_t port = 0;               // 0 picks a free port.
  std::string host = "127.0.0.1";  // A literal address.
  // The name of a key pair in the operator's policy; with it the server speaks TLS. An actor never
  // reads a key.
  std::optional<std::string> key_pair = std::nullopt;

  bool operator==(const ServerConfig&) const = default;
};

// The present state of a server.
struct ServerInfo {
  uint64_t id = 0;
  uint16_t port = 0;
  std::string host = {};
  bool is_running = false;
  uint32_t routes = 0;
  uint32_t middlewares = 0;
  bool has_websockets = false;

  bool operator==(const ServerInfo&) const = default;
};

}  // namespace theater::http

namespace theater::websocket {

// A message on a WebSocket.
struct Message {
  enum class Kind : uint8_t { kText, kBinary, kConnect, kClose, kPing, kPong, kOther };

  Kind kind = Kind::kText;
  std::optional<std::string> data = std::nullopt;  // The content of a binary message.
  std::optional<std::string> text = std::nullopt;  // The content of a text message.
  std::string other = {};                          // The name of a message of another kind.

  // The text or the data, or nothing. The view lives as long as the message.
  std::string_view content() const {
    if (text) return *text;
    return data ? std::string_view(*data) : std::string_view();
  }

  bool operator==(const Message&) const = default;
};

inline Message text(std::string content) {
  return {.kind = Message::Kind::kText, .text = std::move(content)};
}

inline Message binary(std::string content) {
  return {.kind = Message::Kind::kBinary, .data = std::move(content)};
}

inline Message close() {
  return {.kind = Message::Kind::kClose};
}

}  // namespace theater::websocket
