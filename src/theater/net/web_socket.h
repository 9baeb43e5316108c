// A WebSocket on the server's side: messages in both directions until one side closes.
//
// RFC 6455. The server answers pings, sends pings of its own to find clients that have gone, checks
// that text is UTF-8, and never compresses.
#pragma once

#include "theater/base/bytes.h"
#include "theater/net/http_message.h"
#include "theater/net/stream_buffer.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace theater {

class ServerGate;
class WebSocketQueue;

// A client gets pings and pongs too, of at most 125 bytes. What it sends are texts and binaries; its
// pings are answered, and its pongs come as an event.
enum class MessageKind : uint8_t { kText, kBinary, kPing, kPong };

// Whether the server reads the next message at once, or waits for WebSocket::resume().
enum class NextMessage : uint8_t { kRead, kWait };

// Why a WebSocket ended. Codes are those of RFC 6455, 7.4.1: 1000 is the usual end, 1001 means that
// one side goes away, 1006 that the connection broke without a close, 1009 that a message was too
// large.
struct WebSocketClose {
  uint16_t code = 1000;
  std::string reason = {};  // UTF-8, cut after 123 bytes.
  bool operator==(const WebSocketClose&) const = default;
};

// All calls come on the loop thread and must not block. Functions may be empty.
struct WebSocketEvents {
  std::function<NextMessage(MessageKind, Bytes)> on_message = {};
  // A pong of the client, also one that answers a ping of the server itself.
  std::function<void(Bytes)> on_pong = {};
  // After WriteOutcome::kFull: at least half of the bound is free.
  std::function<void()> on_room = {};
  // The last call, exactly once for each accepted socket while the server exists.
  std::function<void(const WebSocketClose&)> on_close = {};
};

struct WebSocketOptions {
  // A larger message from the client closes the socket with 1009. The limit is on the whole message.
  size_t message_bytes_max = size_t{1} << 20;
  // Bytes of messages that may wait to be sent; a larger message is taken when nothing waits.
  size_t waiting_bytes_max = size_t{1} << 20;
  // Messages that may wait to be sent.
  size_t waiting_messages_max = 4096;
  // Without a byte from the client for half of this time, the server sends a ping; after all of it,
  // the server closes the connection.
  std::chrono::milliseconds idle_time{60'000};
  // The protocol that the server chooses of those in Sec-WebSocket-Protocol; empty for none.
  std::string subprotocol = {};
  WebSocketEvents events = {};
};

// The sending end. Move-only; one thread at a time may use it. When it goes, the socket closes with
// 1000.
class WebSocket {
 public:
  WebSocket(std::shared_ptr<ServerGate> gate, ConnectionId connection,
            std::shared_ptr<WebSocketQueue> queue);
  WebSocket(WebSocket&& other) noexcept;
  WebSocket& operator=(WebSocket&& other) noexcept;
  ~WebSocket();

  // Sends a message later; takes it as a whole or not at all, and never waits. Text must be UTF-8, and
  // a ping or pong has at most 125 bytes.
  WriteOutcome send(MessageKind kind, ByteView message);
  // Closes after what was sent. send() says kClosed afterwards.
  void close(WebSocketClose close = {});
  // After NextMessage::kWait: reads the next message.
  void resume();

 private:
  void pump();

  std::shared_ptr<ServerGate> gate_;
  ConnectionId connection_;
  std::shared_ptr<WebSocketQueue> queue_;
};

}  // namespace theater
