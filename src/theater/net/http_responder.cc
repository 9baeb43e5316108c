#include "theater/net/http_responder.h"

#include "theater/base/check.h"
#include "theater/net/server_gate.h"
#include "theater/net/web_socket_queue.h"

#include <utility>

namespace theater {

BodyWriter::BodyWriter(std::shared_ptr<ServerGate> gate, ConnectionId connection,
                       std::shared_ptr<StreamBuffer> buffer)
    : gate_(std::move(gate)), connection_(connection), buffer_(std::move(buffer)) {}

BodyWriter::BodyWriter(BodyWriter&& other) noexcept = default;

BodyWriter& BodyWriter::operator=(BodyWriter&& other) noexcept {
  if (this != &other) {
    abandon();
    gate_ = std::move(other.gate_);
    connection_ = other.connection_;
    buffer_ = std::move(other.buffer_);
  }
  return *this;
}

BodyWriter::~BodyWriter() {
  abandon();
}

void BodyWriter::abandon() {
  if (!buffer_) return;
  buffer_->abort();
  pump();
  buffer_.reset();
}

WriteOutcome BodyWriter::write(ByteView bytes) {
  if (!buffer_) return WriteOutcome::kClosed;
  bool must_pump = false;
  WriteOutcome outcome = buffer_->write(bytes, must_pump);
  if (must_pump) pump();
  return outcome;
}

WriteOutcome BodyWriter::write(std::shared_ptr<const Bytes> bytes) {
  if (!buffer_) return WriteOutcome::kClosed;
  bool must_pump = false;
  WriteOutcome outcome = buffer_->write(std::move(bytes), must_pump);
  if (must_pump) pump();
  return outcome;
}

void BodyWriter::pump() {
  gate_->pass([connection = connection_](AnswerTarget& target) { target.pump(connection); });
}

void BodyWriter::finish() {
  if (!buffer_) return;
  buffer_->finish();
  pump();
  buffer_.reset();
}

size_t BodyWriter::waiting_bytes() const {
  return buffer_ ? buffer_->waiting_bytes() : 0;
}

bool BodyWriter::is_closed() const {
  return !buffer_ || buffer_->is_closed();
}

HttpResponder::HttpResponder(std::shared_ptr<ServerGate> gate, ConnectionId connection,
                             RequestId request)
    : gate_(std::move(gate)), connection_(connection), request_(request) {}

HttpResponder::HttpResponder(HttpResponder&& other) noexcept = default;

HttpResponder& HttpResponder::operator=(HttpResponder&& other) noexcept {
  std::swap(gate_, other.gate_);
  std::swap(connection_, other.connection_);
  std::swap(request_, other.request_);
  return *this;
}

HttpResponder::~HttpResponder() {
  if (gate_) answer(HttpAnswer::text(500, "The request was not answered.\n"));
}

std::shared_ptr<ServerGate> HttpResponder::use() {
  THEATER_CHECK(gate_, "a request was answered twice");
  return std::exchange(gate_, nullptr);
}

void HttpResponder::answer(HttpAnswer answer) {
  use()->pass([connection = connection_, request = request_,
               answer = std::move(answer)](AnswerTarget& target) mutable {
    target.answer(connection, request, std::move(answer));
  });
}

BodyWriter HttpResponder::stream(HttpAnswer head, StreamOptions options) {
  THEATER_CHECK(head.body.empty(), "the head of a streamed answer has a body");
  std::shared_ptr<ServerGate> gate = use();
  // Shared by the producer and the connection, either of which may end first.
  auto buffer = std::make_shared<StreamBuffer>(std::move(options));
  gate->pass([connection = connection_, request = request_, head = std::move(head),
              buffer](AnswerTarget& target) mutable {
    target.start_stream(connection, request, std::move(head), std::move(buffer));
  });
  return {std::move(gate), connection_, std::move(buffer)};
}

WebSocket HttpResponder::accept_web_socket(WebSocketOptions options) {
  std::shared_ptr<ServerGate> gate = use();
  // Shared by the sender and the connection, either of which may end first.
  auto queue = std::make_shared<WebSocketQueue>(std::move(options));
  gate->pass([connection = connection_, request = request_, queue](AnswerTarget& target) mutable {
    target.start_web_socket(connection, request, std::move(queue));
  });
  return {std::move(gate), connection_, std::move(queue)};
}

}  // namespace theater
