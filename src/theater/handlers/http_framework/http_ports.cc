#include "theater/handlers/http_framework/http_ports.h"

#include "theater/base/clock.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace theater {

namespace {

// How long answers may take to leave after the end of a port.
constexpr std::chrono::milliseconds kLeaveTime{5'000};
constexpr std::chrono::milliseconds kLastLeaveTime{500};
constexpr size_t kHeadBytesMax = size_t{32} << 10;

class NetBody final : public PortBody {
 public:
  explicit NetBody(BodyWriter writer) : writer_(std::move(writer)) {}
  WriteOutcome write(ByteView bytes) override { return writer_.write(bytes); }
  void finish() override { writer_.finish(); }

 private:
  BodyWriter writer_;
};

class NetSocket final : public PortSocket {
 public:
  explicit NetSocket(WebSocket socket) : socket_(std::move(socket)) {}
  WriteOutcome send(MessageKind kind, ByteView message) override {
    return socket_.send(kind, message);
  }
  void close(WebSocketClose close) override { socket_.close(std::move(close)); }
  void resume() override { socket_.resume(); }

 private:
  WebSocket socket_;
};

class NetReply final : public PortReply {
 public:
  explicit NetReply(HttpResponder responder) : responder_(std::move(responder)) {}
  void answer(HttpAnswer answer) override { responder_.answer(std::move(answer)); }
  std::unique_ptr<PortBody> stream(HttpAnswer head, StreamOptions options) override {
    return std::make_unique<NetBody>(responder_.stream(std::move(head), std::move(options)));
  }
  std::unique_ptr<PortSocket> accept(WebSocketOptions options) override {
    return std::make_unique<NetSocket>(responder_.accept_web_socket(std::move(options)));
  }

 private:
  HttpResponder responder_;
};

// The loop, and how many servers use it. Shared by the ports, which may end last.
struct PortLoop {
  struct State {
    std::unique_ptr<IoLoop> loop;
    size_t servers = 0;
    bool is_ending = false;
  };
  Guarded<State> state;
  SystemClock clock;

  // Null when the node ends.
  IoLoop* enter() {
    return state.with([](State& now) -> IoLoop* {
      if (now.is_ending) return nullptr;
      if (now.loop == nullptr) now.loop = std::make_unique<IoLoop>("actor-ports");
      ++now.servers;
      return now.loop.get();
    });
  }
  void leave() {
    state.with([](State& now) { --now.servers; });
    state.notify_all();
  }
  bool is_ending() const {
    return state.with([](const State& now) { return now.is_ending; });
  }
};

class NetPort final : public HttpPort {
 public:
  NetPort(std::shared_ptr<PortLoop> loop, std::unique_ptr<HttpServer> server, uint16_t number)
      : loop_(std::move(loop)), number_(number) {
    server_.with([&](auto& held) { held = std::move(server); });
  }
  ~NetPort() override { stop({}); }

  uint16_t number() const override { return number_; }

  void stop(std::function<void()> then) override {
    auto server = server_.with([](auto& held) { return std::move(held); });
    if (server == nullptr) {
      if (then) then();
      return;
    }
    HttpServer::retire(
        std::move(server), loop_->is_ending() ? kLastLeaveTime : kLeaveTime,
        {.has_stopped_listening = std::move(then), .gone = [loop = loop_] { loop->leave(); }});
  }

 private:
  const std::shared_ptr<PortLoop> loop_;
  Guarded<std::unique_ptr<HttpServer>> server_;  // Null after the end.
  const uint16_t number_;
};

class NetPorts final : public HttpPorts {
 public:
  explicit NetPorts(std::shared_ptr<const OwnPorts> own_ports)
      : own_ports_(std::move(own_ports)), loop_(std::make_shared<PortLoop>()) {}

  // All holders of ports have let them go by now. Answers that still leave get a moment.
  ~NetPorts() override {
    loop_->state.with([](PortLoop::State& now) { now.is_ending = true; });
    auto loop = loop_->state.wait([](const PortLoop::State& now) { return now.servers == 0; },
                                  [](PortLoop::State& now) { return std::move(now.loop); });
  }

  Result<std::shared_ptr<HttpPort>> listen(PortOptions options) override {
    if (options.port != 0 && own_ports_ != nullptr && own_ports_->contains(options.port)) {
      return fail(ErrorCode::kPermissionDenied,
                  "denied: port {} is the node's own, and no grant gives it to an actor; take "
                  "another port",
                  options.port);
    }
    IoLoop* loop = loop_->enter();
    if (loop == nullptr) return fail(ErrorCode::kUnavailable, "the node closes");
    auto server = HttpServer::create(
        *loop,
        {.handle =
             [handle = std::move(options.handle)](HttpRequest request, HttpResponder responder) {
               handle(std::move(request), std::make_unique<NetReply>(std::move(responder)));
             },
         .admit = std::move(options.admit)},
        {.limits = limits(options.connections_max),
         .end_of_input = EndOfInput::kIsAbsence,
         .holder = FileHolder::kGuest,
         .clock = &loop_->clock,
         .room = room_});
    auto bound = options.tls ? server->listen_tls(options.address, options.port, options.tls)
                             : server->listen_tcp(options.address, options.port);
    auto port = std::make_shared<NetPort>(loop_, std::move(server), bound.value_or(uint16_t{0}));
    if (!bound) return Failure(std::move(bound).error());
    return port;
  }

 private:
  static HttpLimits limits(size_t connections_max) {
    HttpLimits limits;
    limits.head_bytes_max = kHeadBytesMax;
    limits.connections_max = connections_max;
    // A proxy before the node is one peer.
    limits.connections_per_peer_max = limits.connections_max;
    return limits;
  }

  const std::shared_ptr<const OwnPorts> own_ports_;
  const std::shared_ptr<PortLoop> loop_;
  const std::shared_ptr<ConnectionRoom> room_ =
      std::make_shared<ConnectionRoom>(HttpPorts::kConnectionsMax);
};

}  // namespace

void OwnPorts::add(uint16_t port) {
  ports_.with([&](auto& ports) { ports.push_back(port); });
}

bool OwnPorts::contains(uint16_t port) const {
  return ports_.with([&](const auto& ports) {
    return std::find(ports.begin(), ports.end(), port) != ports.end();
  });
}

std::shared_ptr<HttpPorts> network_ports(std::shared_ptr<const OwnPorts> own_ports) {
  return std::make_shared<NetPorts>(std::move(own_ports));
}

}  // namespace theater
