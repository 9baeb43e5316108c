#include "theater/net/web_socket.h"

#include "theater/net/server_gate.h"
#include "theater/net/web_socket_queue.h"

#include <utility>

namespace theater {

WebSocket::WebSocket(std::shared_ptr<ServerGate> gate, ConnectionId connection,
                     std::shared_ptr<WebSocketQueue> queue)
    : gate_(std::move(gate)), connection_(connection), queue_(std::move(queue)) {}

WebSocket::WebSocket(WebSocket&& other) noexcept = default;

WebSocket& WebSocket::operator=(WebSocket&& other) noexcept {
  std::swap(gate_, other.gate_);
  std::swap(connection_, other.connection_);
  std::swap(queue_, other.queue_);
  return *this;
}

WebSocket::~WebSocket() {
  close();
}

void WebSocket::pump() {
  gate_->pass([connection = connection_](AnswerTarget& target) { target.pump(connection); });
}

WriteOutcome WebSocket::send(MessageKind kind, ByteView message) {
  if (!queue_) return WriteOutcome::kClosed;
  bool must_pump = false;
  WriteOutcome outcome = queue_->send(kind, message, must_pump);
  if (must_pump) pump();
  return outcome;
}

void WebSocket::close(WebSocketClose close) {
  if (queue_ && queue_->request_close(std::move(close))) pump();
}

void WebSocket::resume() {
  if (queue_ && queue_->request_resume()) pump();
}

}  // namespace theater
