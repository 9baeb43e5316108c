#include "theater/net/http_client.h"

#include "theater/base/check.h"
#include "theater/net/answer_parser.h"
#include "theater/net/body_decoder.h"
#include "theater/net/connected_socket.h"
#include "theater/net/request_head.h"
#include "theater/net/tls_context.h"
#include "theater/net/transport.h"

#include <boost/asio/io_context.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace theater {

namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr size_t kInputBytes = size_t{32} << 10;

TimePoint after(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

Result<std::string> request_head(const HttpCall& call, const std::string& host) {
  bool is_target = call.target.starts_with('/') &&
                   std::all_of(call.target.begin(), call.target.end(),
                               [](char byte) { return byte > ' ' && byte < 0x7f; });
  if (!is_http_token(call.method) || !is_target)
    return fail(ErrorCode::kInvalidArgument, "a request with a method or a target that is none");
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", call.method, call.target, host);
  for (const HttpHeader& header : call.headers) {
    if (!is_http_token(header.name) || !is_http_value(header.value)) {
      return fail(ErrorCode::kInvalidArgument, "a request with a header that is not well formed");
    }
    head.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  bool states_length =
      !call.body.empty() || call.method == "POST" || call.method == "PUT" || call.method == "PATCH";
  if (states_length) head.append(fmt::format("Content-Length: {}\r\n", call.body.size()));
  return head.append("\r\n");
}

}  // namespace

std::string HttpEndpoint::to_string() const {
  if (!unix_path.empty()) return unix_path.string();
  return fmt::format("{}://{}", uses_tls ? "https" : "http", host_header());
}

std::string HttpEndpoint::host_header() const {
  if (!unix_path.empty()) return "localhost";
  bool is_v6 = host.find(':') != std::string::npos;
  std::string name = is_v6 ? fmt::format("[{}]", host) : host;
  return port == (uses_tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

// The connection, driven by the caller's thread: each call runs the loop until what it waits for has
// happened.
class HttpClient::Connection final : private TransportEvents {
 public:
  Connection(HttpEndpoint endpoint, HttpClientOptions options)
      : endpoint_(std::move(endpoint)), options_(std::move(options)), input_(kInputBytes) {}

  ~Connection() override {
    close();
    while (transport_ && !transport_->is_settled())
      run_one();
  }

  Result<void> connect();
  Result<HttpAnswer> open(const HttpCall& call);
  Result<Bytes> read_some(std::chrono::milliseconds limit, uint64_t size_max);
  bool is_open() const { return is_open_; }
  const HttpClientOptions& options() const { return options_; }

 private:
  void on_handshake(IoOutcome outcome) override { handshake_ = outcome; }
  void on_read(IoOutcome outcome, size_t count) override {
    is_reading_ = false;
    if (outcome == IoOutcome::kDone) {
      append(received_, ByteView(input_).first(count));
    } else {
      input_outcome_ = outcome;
    }
  }
  void on_written(IoOutcome outcome, size_t count) override {
    is_writing_ = false;
    written_ = count;
    output_outcome_ = outcome;
  }
  void on_output_ended() override {}

  void run_one() {
    io_.restart();
    io_.run_one();
  }
  bool run_until(TimePoint end) {
    io_.restart();
    return io_.run_one_until(end) > 0;
  }

  void start_read() {
    if (is_reading_ || input_outcome_ != IoOutcome::kDone) return;
    is_reading_ = true;
    transport_->start_read(input_);
  }

  Result<void> write(std::string_view head, ByteView body);
  Result<AnswerHead> read_head(const std::string& method);
  Result<void> receive(TimePoint end);

  void close() {
    if (transport_) transport_->close();
    is_open_ = false;
  }
  template <class... Args>
  Failure failed(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
    close();
    return fail(code, "asking {}: {}", endpoint_.to_string(),
                fmt::format(text, std::forward<Args>(args)...));
  }

  const HttpEndpoint endpoint_;
  const HttpClientOptions options_;
  boost::asio::io_context io_{1};
  std::unique_ptr<TlsContext> tls_;
  std::unique_ptr<Transport> transport_;
  std::optional<IoOutcome> handshake_;
  Bytes input_;
  Bytes received_;  // Not yet taken apart.
  IoOutcome input_outcome_ = IoOutcome::kDone;
  IoOutcome output_outcome_ = IoOutcome::kDone;
  size_t written_ = 0;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_open_ = false;
  bool body_is_over_ = true;
  bool keeps_alive_ = false;
  BodyDecoder body_;
};

Result<void> HttpClient::Connection::connect() {
  TimePoint end = after(options_.connect_time);
  Descriptor socket;
  if (!endpoint_.unix_path.empty()) {
    std::vector<uid_t> trusted = options_.trusted_users;
    if (trusted.empty()) trusted.push_back(geteuid());
    socket = THEATER_TRY(connect_to_path(endpoint_.unix_path, trusted, end));
  } else {
    if (endpoint_.uses_tls) tls_ = THEATER_TRY(TlsContext::for_client(options_.authorities));
    socket = THEATER_TRY(connect_to_host(endpoint_.host, endpoint_.port, end));
  }
  transport_ = Transport::make(io_, std::move(socket), tls_.get(), endpoint_.host);
  transport_->set_events(*this);
  transport_->start_handshake();
  while (!handshake_) {
    if (!run_until(end)) return failed(ErrorCode::kDeadlineExceeded, "the handshake took too long");
  }
  if (*handshake_ != IoOutcome::kDone) {
    return failed(ErrorCode::kInvalidArgument, "the TLS handshake failed: {}",
                  transport_->handshake_error());
  }
  is_open_ = true;
  return {};
}

Result<void> HttpClient::Connection::write(std::string_view head, ByteView body) {
  std::array<ByteView, 2> pieces = {as_bytes(head), body};
  size_t first = 0;
  while (first < pieces.size()) {
    if (pieces[first].empty()) {
      ++first;
      continue;
    }
    is_writing_ = true;
    written_ = 0;
    transport_->start_write(std::span(pieces).subspan(first));
    TimePoint end = after(options_.wait_time);
    while (is_writing_) {
      if (!run_until(end)) return failed(ErrorCode::kDeadlineExceeded, "it takes no request");
    }
    // A server that refuses a body answers and closes. So the answer may be there all the same.
    if (output_outcome_ != IoOutcome::kDone) return {};
    for (ByteView& piece : pieces) {
      size_t gone = std::min(written_, piece.size());
      piece = piece.subspan(gone);
      written_ -= gone;
    }
  }
  return {};
}

// Waits until something has come, or the connection has ended.
Result<void> HttpClient::Connection::receive(TimePoint end) {
  start_read();
  while (is_reading_) {
    if (!run_until(end)) {
      return fail(ErrorCode::kDeadlineExceeded, "asking {}: nothing came in time",
                  endpoint_.to_string());
    }
  }
  return {};
}

Result<AnswerHead> HttpClient::Connection::read_head(const std::string& method) {
  TimePoint end = after(options_.wait_time);
  for (;;) {
    size_t size = as_text(received_).find("\r\n\r\n");
    if (size != std::string_view::npos) {
      auto head = parse_answer_head(as_text(received_).substr(0, size + 4), method);
      if (!head) return failed(head.error().code(), "{}", head.error().message());
      received_.erase(received_.begin(), received_.begin() + static_cast<ptrdiff_t>(size + 4));
      // 100 Continue and the like come before the answer.
      if (head->answer.status >= 200) return head;
      continue;
    }
    if (received_.size() > kAnswerHeadBytesMax)
      return failed(ErrorCode::kCorrupt, "the head of the answer is too large");
    if (input_outcome_ != IoOutcome::kDone)
      return failed(ErrorCode::kUnavailable, "the connection ended without an answer");
    if (auto received = receive(end); !received)
      return failed(received.error().code(), "no answer came in time");
  }
}

Result<HttpAnswer> HttpClient::Connection::open(const HttpCall& call) {
  if (!is_open_ || !body_is_over_)
    return failed(ErrorCode::kUnavailable, "the connection has ended; connect again");
  std::string head = THEATER_TRY(request_head(call, endpoint_.host_header()));
  // Begins to read before it writes, so that an early answer is not lost.
  start_read();
  THEATER_TRY_VOID(write(head, call.body));
  AnswerHead answer = THEATER_TRY(read_head(call.method));
  keeps_alive_ = answer.keeps_alive && output_outcome_ == IoOutcome::kDone;
  body_ = BodyDecoder(answer.framing, answer.length);
  body_is_over_ = answer.framing == BodyFraming::kNone;
  if (body_is_over_ && !keeps_alive_) close();
  return std::move(answer.answer);
}

Result<Bytes> HttpClient::Connection::read_some(std::chrono::milliseconds limit,
                                                uint64_t size_max) {
  TimePoint end = after(limit);
  Bytes body;
  while (!body_is_over_) {
    ByteView input = received_;
    BodyProgress progress = body_.feed(input, body, size_max);
    received_.erase(received_.begin(), received_.end() - static_cast<ptrdiff_t>(input.size()));
    if (progress == BodyProgress::kTooLarge) {
      return failed(ErrorCode::kResourceExhausted, "the answer is larger than {} bytes", size_max);
    }
    if (progress == BodyProgress::kMalformed)
      return failed(ErrorCode::kCorrupt, "the body of the answer is not in valid chunks");
    body_is_over_ = progress == BodyProgress::kDone;
    if (!body.empty() || body_is_over_) break;
    if (input_outcome_ == IoOutcome::kEnded && body_.may_end()) {
      body_is_over_ = true;
    } else if (input_outcome_ != IoOutcome::kDone) {
      return failed(ErrorCode::kUnavailable, "the answer was cut off");
    } else {
      THEATER_TRY_VOID(receive(end));
    }
  }
  if (body_is_over_ && !keeps_alive_) close();
  return body;
}

HttpClient::HttpClient(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::connect(const HttpEndpoint& endpoint,
                                                        HttpClientOptions options) {
  auto connection = std::make_unique<Connection>(endpoint, std::move(options));
  THEATER_TRY_VOID(connection->connect());
  return std::unique_ptr<HttpClient>(
      new HttpClient(std::move(connection)));  // tidy: owned by the unique_ptr around it
}

Result<HttpAnswer> HttpClient::open(const HttpCall& call) {
  return connection_->open(call);
}

Result<HttpAnswer> HttpClient::send(const HttpCall& call) {
  HttpAnswer answer = THEATER_TRY(connection_->open(call));
  for (;;) {
    const HttpClientOptions& options = connection_->options();
    Bytes more = THEATER_TRY(connection_->read_some(options.wait_time, options.body_bytes_max));
    if (more.empty()) return answer;
    append(answer.body, more);
  }
}

Result<Bytes> HttpClient::read_some(std::chrono::milliseconds limit) {
  return connection_->read_some(limit, std::numeric_limits<uint64_t>::max());
}

bool HttpClient::is_open() const {
  return connection_->is_open();
}

Result<std::optional<ServerSentEvent>> EventReader::next(std::chrono::milliseconds limit) {
  while (given_ == events_.size()) {
    events_.clear();
    given_ = 0;
    Bytes bytes = THEATER_TRY(client_.read_some(limit));
    if (bytes.empty()) return std::optional<ServerSentEvent>();
    THEATER_TRY_VOID(parser_.feed(bytes, events_));
  }
  return std::optional(std::move(events_[given_++]));
}

}  // namespace theater
