// The ports on which actors' servers listen. A handler gets them from its maker, so that tests decide
// what clients do.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/net/http_message.h"
#include "theater/net/http_server.h"
#include "theater/net/stream_buffer.h"
#include "theater/net/web_socket.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

// The body of an answer that is written in pieces: BodyWriter, as an interface.
class PortBody {
 public:
  virtual ~PortBody() = default;  // Without finish() the client sees that the body is cut off.
  virtual WriteOutcome write(ByteView bytes) = 0;
  virtual void finish() = 0;
};

// The sending end of a WebSocket, as an interface.
class PortSocket {
 public:
  virtual ~PortSocket() = default;
  virtual WriteOutcome send(MessageKind kind, ByteView message) = 0;
  virtual void close(WebSocketClose close) = 0;
  virtual void resume() = 0;
};

// The way back to the client of one request. Used once, by one thread at a time.
class PortReply {
 public:
  virtual ~PortReply() = default;  // Unused, the client gets 500.
  virtual void answer(HttpAnswer answer) = 0;
  virtual std::unique_ptr<PortBody> stream(HttpAnswer head, StreamOptions options) = 0;
  virtual std::unique_ptr<PortSocket> accept(WebSocketOptions options) = 0;
};

// A port that is open. Its end stops listening, lets answers leave for a short time, and never waits.
// Safe from any thread.
class HttpPort {
 public:
  virtual ~HttpPort() = default;
  virtual uint16_t number() const = 0;
  // Ends it now, as the destructor does; `then` is called when the port is free.
  virtual void stop(std::function<void()> then) = 0;
};

struct PortOptions {
  std::string address;             // A literal one.
  uint16_t port = 0;               // 0 for one that the system chooses.
  HttpServer::TlsSource tls = {};  // Empty for plain HTTP.
  size_t connections_max = 0;
  // Both are called on the ports' loop thread, and must not block. They outlive the port's end by a
  // moment, so they own or share what they touch.
  std::function<void(HttpRequest, std::unique_ptr<PortReply>)> handle;
  std::function<HttpAdmission(const HttpRequest&, std::optional<uint64_t>)> admit;
};

// Safe from any thread.
class HttpPorts {
 public:
  // Connections to all ports of a node together.
  static constexpr size_t kConnectionsMax = 65'536;

  virtual ~HttpPorts() = default;

  // Blocks for a moment: it is for jobs. Fails as ListeningSocket::tcp(), and with
  // kPermissionDenied for a port of the node itself.
  virtual Result<std::shared_ptr<HttpPort>> listen(PortOptions options) = 0;
};

// Ports that the node itself listens on, which no actor gets. Safe from any thread.
class OwnPorts {
 public:
  void add(uint16_t port);
  bool contains(uint16_t port) const;

 private:
  Guarded<std::vector<uint16_t>> ports_;
};

// The network, on a loop thread of its own that starts with the first port.
std::shared_ptr<HttpPorts> network_ports(std::shared_ptr<const OwnPorts> own_ports);

}  // namespace theater
