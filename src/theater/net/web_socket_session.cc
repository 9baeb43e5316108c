#include "theater/net/web_socket_session.h"

#include "theater/net/asio_stream.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace theater {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

// How long a client may take to agree to a close, or to end its side after one.
constexpr std::chrono::milliseconds kAgreementTimeMax{5'000};
constexpr size_t kReasonBytesMax = 123;  // RFC 6455, 5.5: with its code it fills a control frame.

websocket::close_reason close_reason_of(const WebSocketClose& close) {
  std::string_view reason = close.reason;
  if (reason.size() > kReasonBytesMax) {
    size_t end = kReasonBytesMax;
    // Not in the middle of a character.
    while (end > 0 && (static_cast<uint8_t>(reason[end]) & 0xc0) == 0x80)
      --end;
    reason = reason.substr(0, end);
  }
  // A peer would take a code that is not for the wire as a violation.
  bool may_be_sent = close.code >= 1000 && close.code < 5000 && close.code != 1004 &&
                     close.code != 1005 && close.code != 1006 && close.code != 1015;
  uint16_t code = may_be_sent ? close.code : uint16_t{1000};
  return {static_cast<websocket::close_code>(code), {reason.data(), reason.size()}};
}

http::request<http::empty_body> as_beast_request(const HttpRequest& request) {
  http::request<http::empty_body> made{http::verb::get, request.target, 11};
  for (const HttpHeader& header : request.headers)
    made.insert(header.name, header.value);
  return made;
}

template <class Stream>
class Session final : public WebSocketSession {
 public:
  Session(Stream stream, std::shared_ptr<WebSocketQueue> queue, std::chrono::milliseconds send_time,
          std::function<void()> has_ended)
      : socket_(std::move(stream)),
        queue_(std::move(queue)),
        send_time_(send_time),
        has_ended_(std::move(has_ended)) {}

  void start(const HttpRequest& request) override {
    const WebSocketOptions& options = queue_->options();
    socket_.read_message_max(options.message_bytes_max);
    socket_.set_option(websocket::stream_base::timeout{
        .handshake_timeout = std::min(send_time_, kAgreementTimeMax),
        .idle_timeout = options.idle_time,
        .keep_alive_pings = true});
    socket_.set_option(websocket::stream_base::decorator(
        [protocol = options.subprotocol](websocket::response_type& response) {
          // Otherwise Beast names itself and its version.
          response.set(http::field::server, "theater");
          if (!protocol.empty()) response.set(http::field::sec_websocket_protocol, protocol);
        }));
    socket_.control_callback([this](websocket::frame_type type, beast::string_view payload) {
      const auto& on_pong = queue_->options().events.on_pong;
      if (type == websocket::frame_type::pong && on_pong)
        on_pong(to_bytes(std::string_view(payload.data(), payload.size())));
    });
    request_ = as_beast_request(request);
    ++under_way_;
    socket_.async_accept(request_, [this](error_code error) {
      --under_way_;
      if (error) return end({1006, error.message()});
      is_open_ = true;
      read();
      pump();
      report_end();
    });
  }

  void pump() override {
    if (!is_open_ || has_failed_) return;
    if (queue_->take_resume() && std::exchange(is_paused_, false)) read();
    if (is_sending_ || is_closing_) return;
    if (requested_close_) return send_close(*requested_close_);
    message_ = queue_->take();
    if (!message_) {
      if (auto close = queue_->take_close()) send_close(*close);
      return;
    }
    is_sending_ = true;
    sending_since_ = std::chrono::steady_clock::now();
    ++under_way_;
    if (message_->kind == MessageKind::kPing || message_->kind == MessageKind::kPong) {
      return send_control();
    }
    socket_.binary(message_->kind == MessageKind::kBinary);
    socket_.async_write(asio::buffer(message_->bytes),
                        [this](error_code error, size_t) { is_sent(error); });
  }

  void close(const WebSocketClose& reason) override {
    requested_close_ = reason;
    pump();
  }

  void drop() override { end({1006, "the server closed the connection"}); }

  void check_time(LoopTime now) override {
    if (is_sending_ && now - sending_since_ >= send_time_) drop();
  }

 private:
  void send_control() {
    std::string_view text = as_text(message_->bytes);
    websocket::ping_data data(text.data(),
                              std::min(text.size(), websocket::ping_data().max_size()));
    auto sent = [this](error_code error) { is_sent(error); };
    if (message_->kind == MessageKind::kPing) {
      socket_.async_ping(data, sent);
    } else {
      socket_.async_pong(data, sent);
    }
  }

  void is_sent(error_code error) {
    --under_way_;
    is_sending_ = false;
    if (error) return end(close_of(error));
    queue_->sent();
    pump();
    report_end();
  }

  void read() {
    if (has_failed_ || is_closing_) return;
    ++under_way_;
    socket_.async_read(input_, [this](error_code error, size_t) {
      --under_way_;
      if (error) return end(close_of(error));
      deliver();
      report_end();
    });
  }

  void deliver() {
    MessageKind kind = socket_.got_binary() ? MessageKind::kBinary : MessageKind::kText;
    auto data = input_.data();
    Bytes message(static_cast<const uint8_t*>(data.data()),
                  static_cast<const uint8_t*>(data.data()) + data.size());
    input_.clear();
    // The room for one large message is not kept for ever.
    if (input_.capacity() > kKeptBytesMax) input_.shrink_to_fit();
    const auto& on_message = queue_->options().events.on_message;
    if (on_message && on_message(kind, std::move(message)) == NextMessage::kWait) {
      is_paused_ = true;
      return pump();
    }
    read();
  }

  void send_close(const WebSocketClose& close) {
    is_closing_ = true;
    closed_with_ = close;
    // What the client sends before it agrees to close is read and dropped by Beast.
    ++under_way_;
    socket_.async_close(close_reason_of(close), [this](error_code) {
      --under_way_;
      end(*closed_with_);
    });
  }

  // What ended the connection, as far as it is known.
  WebSocketClose close_of(error_code error) const {
    if (closed_with_) return *closed_with_;
    // A client that has sent a close counts as closed, however its connection ends.
    if (const auto& reason = socket_.reason(); reason.code != websocket::close_code::none)
      return {reason.code, {reason.reason.data(), reason.reason.size()}};
    if (error == websocket::error::message_too_big) return {1009, "a message was too large"};
    if (error == websocket::error::bad_frame_payload) return {1007, "a text was not UTF-8"};
    if (error == websocket::condition::protocol_violation) return {1002, error.message()};
    return {1006, error.message()};
  }

  void end(const WebSocketClose& close) {
    if (!std::exchange(has_failed_, true)) {
      beast::close_socket(beast::get_lowest_layer(socket_));
      queue_->ended(close);
    }
    report_end();
  }

  void report_end() {
    if (has_failed_ && under_way_ == 0 && has_ended_) std::exchange(has_ended_, nullptr)();
  }

  static constexpr size_t kKeptBytesMax = size_t{64} << 10;

  websocket::stream<Stream, false> socket_;
  const std::shared_ptr<WebSocketQueue> queue_;  // Shared with the sender; see HttpResponder.
  const std::chrono::milliseconds send_time_;
  std::function<void()> has_ended_;
  http::request<http::empty_body> request_;
  beast::flat_buffer input_;
  std::optional<WebSocketQueue::Message> message_;
  std::optional<WebSocketClose> requested_close_;
  std::optional<WebSocketClose> closed_with_;
  LoopTime sending_since_;
  int under_way_ = 0;
  bool is_open_ = false;
  bool is_sending_ = false;
  bool is_paused_ = false;
  bool is_closing_ = false;
  bool has_failed_ = false;
};

}  // namespace

std::unique_ptr<WebSocketSession> WebSocketSession::make(AsioStreamOwner stream,
                                                         std::shared_ptr<WebSocketQueue> queue,
                                                         std::chrono::milliseconds send_time,
                                                         std::function<void()> has_ended) {
  return std::visit(
      [&](auto& inner) -> std::unique_ptr<WebSocketSession> {
        using Stream = std::decay_t<decltype(inner)>;
        return std::make_unique<Session<Stream>>(std::move(inner), std::move(queue), send_time,
                                                 std::move(has_ended));
      },
      stream->stream);
}

}  // namespace theater
