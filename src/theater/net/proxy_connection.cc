#include "theater/net/proxy_connection.h"

#include "theater/net/answer_head.h"
#include "theater/net/answer_parser.h"
#include "theater/net/web_request.h"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <utility>

namespace theater {

namespace {

// What one direction holds at a time. A head of an answer fits in it, or is refused.
constexpr size_t kProxyBufferBytes = size_t{32} << 10;

// The headers of an answer that the proxy writes itself, or leaves out.
bool is_of_the_connection(std::string_view name) {
  return is_header_of_the_client(name) && !equals_ignoring_case(name, "Trailer");
}

std::optional<uint64_t> stated_length(const HttpHeaders& headers) {
  auto text = headers.find("Content-Length");
  uint64_t length = 0;
  if (!text) return std::nullopt;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length);
  bool is_whole = error == std::errc() && end == text->data() + text->size();
  return is_whole ? std::optional(length) : std::nullopt;
}

ProxyVerdict verdict_of(const Error& error) {
  if (error.code() == ErrorCode::kDeadlineExceeded) return ProxyVerdict::kLate;
  if (error.code() == ErrorCode::kResourceExhausted) return ProxyVerdict::kNoRoom;
  return ProxyVerdict::kRefused;
}

ProxyConnection::Time proxy_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

// The two sides.

void ProxyConnection::Side::set(std::unique_ptr<Transport> socket) {
  transport = std::move(socket);
  transport->set_events(*this);
  input.resize(kProxyBufferBytes);
}

// Behind what waits, if there is room.
void ProxyConnection::Side::read_more() {
  if (!is_open() || is_reading || has_input_ended) return;
  if (begin == end) begin = end = 0;
  if (end == input.size() && begin > 0) {
    std::copy(input.begin() + static_cast<ptrdiff_t>(begin), input.end(), input.begin());
    end -= std::exchange(begin, 0);
  }
  if (end == input.size()) return;
  is_reading = true;
  transport->start_read(std::span(input).subspan(end));
}

void ProxyConnection::Side::write_more() {
  if (!is_open() || is_writing || is_deaf) return;
  if (!output.empty()) {
    is_writing = true;
    return transport->start_write(output.front());
  }
  if (!must_end_output || is_ending_output || has_output_ended) return;
  is_ending_output = true;
  transport->start_end_of_output();
}

void ProxyConnection::Side::on_read(IoOutcome outcome, size_t count) {
  is_reading = false;
  end += count;
  received += count;
  if (outcome != IoOutcome::kDone) has_input_ended = true;
  // A connection that is broken takes nothing either.
  if (outcome == IoOutcome::kFailed) is_broken = is_deaf = true;
  if (owner.phase_ == Phase::kOpen) owner.since_ = proxy_now();
  owner.advance();
}

void ProxyConnection::Side::on_written(IoOutcome outcome, size_t count) {
  is_writing = false;
  sent += count;
  if (outcome == IoOutcome::kDone) {
    output.taken(count);
  } else {
    is_deaf = true;
    output = {};
  }
  if (owner.phase_ == Phase::kOpen || owner.phase_ == Phase::kAnswering) owner.since_ = proxy_now();
  owner.advance();
}

void ProxyConnection::Side::on_output_ended() {
  is_ending_output = false;
  has_output_ended = true;
  owner.advance();
}

// The connection.

ProxyConnection::ProxyConnection(ProxyConnectionHost& host, ConnectionId id, uint64_t number,
                                 std::shared_ptr<ProxyOwner> owner,
                                 std::unique_ptr<Transport> client)
    : host_(host),
      id_(id),
      number_(number),
      owner_(std::move(owner)),
      since_(proxy_now()),
      reader_(host.limits().http) {
  client_.set(std::move(client));
}

void ProxyConnection::start() {
  client_.read_more();
}

void ProxyConnection::advance() {
  switch (phase_) {
    case Phase::kRequest:
      read_request();
      break;
    case Phase::kOpen:
      move_bytes();
      break;
    case Phase::kDiscarding:
      client_.taken(client_.waiting().size());
      if (client_.has_input_ended) return close();
      client_.read_more();
      break;
    case Phase::kLookup:
    case Phase::kConnect:
    case Phase::kAnswering:
      break;
    case Phase::kClosed:
      return report_end();
  }
  if (phase_ == Phase::kClosed) return;
  if (client_.is_deaf) return close();
  if (phase_ == Phase::kAnswering && client_.has_output_ended) {
    phase_ = Phase::kDiscarding;
    since_ = proxy_now();
    client_.taken(client_.waiting().size());
    if (client_.has_input_ended) return close();
    client_.read_more();
  }
  client_.write_more();
  server_.write_more();
}

void ProxyConnection::read_request() {
  ByteView input = client_.waiting();
  size_t before = input.size();
  auto state = reader_.feed(input);
  client_.taken(before - input.size());
  client_.output.add(std::string_view(reader_.take_reply()));
  switch (state) {
    case ProxyRequestReader::State::kMore:
      if (client_.has_input_ended) return close();
      return client_.read_more();
    case ProxyRequestReader::State::kRefused:
      return end_client();
    case ProxyRequestReader::State::kRead:
      request_ = reader_.take();
      return decide();
  }
}

void ProxyConnection::decide() {
  since_ = proxy_now();
  phase_ = Phase::kLookup;
  if (auto why = owner_->refuses(request_.method(), request_.url)) {
    owner_->decided({number_, request_.method(), request_.url}, why);
    return answer(ProxyVerdict::kDenied, *why);
  }
  if (auto address = IpAddress::parse(request_.url.host)) return connect({*address});
  auto ticket = host_.look_up(id_, request_.url.host);
  if (!ticket) return fail_request(ProxyVerdict::kNoRoom, ticket.error().message());
  lookup_ = *ticket;
}

void ProxyConnection::found(NameLookups::Answer answer) {
  if (phase_ != Phase::kLookup) return;
  lookup_.reset();
  if (answer) {
    connect(*answer);
  } else {
    fail_request(ProxyVerdict::kNoHost, answer.error().message());
  }
  advance();
}

void ProxyConnection::connect(const std::vector<IpAddress>& found) {
  bool allows_private = owner_->allows_private(request_.url);
  std::vector<IpAddress> addresses;
  std::optional<std::string> refusal;
  for (const IpAddress& address : found) {
    AddressKind kind = host_.kind_of(address);
    if (kind != AddressKind::kPublic && !allows_private) {
      refusal = private_address_refusal(address, kind);
    } else if (addresses.size() < kHostAddressesMax) {
      addresses.push_back(address);
    }
  }
  if (addresses.empty() && refusal) {
    owner_->decided({number_, request_.method(), request_.url}, refusal);
    return answer(ProxyVerdict::kDenied, *refusal);
  }
  if (addresses.empty()) return fail_request(ProxyVerdict::kNoHost, "its host has no address");
  owner_->decided({number_, request_.method(), request_.url}, std::nullopt);
  is_allowed_ = true;
  phase_ = Phase::kConnect;
  auto left = host_.limits().connect_time -
              std::chrono::duration_cast<std::chrono::milliseconds>(proxy_now() - since_);
  outgoing_ = std::make_unique<OutgoingConnection>(
      host_.context(), std::move(addresses), request_.url.port, left,
      [this](Result<Descriptor> socket) { connected(std::move(socket)); });
}

void ProxyConnection::connected(Result<Descriptor> socket) {
  outgoing_.reset();
  if (!socket) {
    fail_request(verdict_of(socket.error()), socket.error().message());
    return advance();
  }
  server_.set(Transport::make(host_.context(), *std::move(socket), nullptr));
  phase_ = Phase::kOpen;
  since_ = proxy_now();
  client_.output.add(
      std::string_view(proxy_answer(request_.way, ProxyVerdict::kConnected, std::string_view())));
  if (!is_tunnel()) send_request_head();
  advance();
}

// https://www.rfc-editor.org/rfc/rfc9110#section-7.6
void ProxyConnection::send_request_head() {
  const HttpRequest& head = request_.head;
  std::string text = fmt::format("{} {} HTTP/1.{}\r\nHost: {}\r\n", head.method,
                                 request_.url.target, head.version_minor, request_.url.authority());
  for (const HttpHeader& header : head.headers) {
    if (is_header_of_the_client(header.name) || has_token(head.headers, "Connection", header.name))
      continue;
    text.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  const HeadFacts& facts = request_.facts;
  if (facts.framing == BodyFraming::kChunked) {
    text += "Transfer-Encoding: chunked\r\n";
  } else if (facts.framing == BodyFraming::kLength || head.headers.find("Content-Length")) {
    text += fmt::format("Content-Length: {}\r\n", facts.length);
  }
  text += "Via: 1.1 theater\r\nConnection: close\r\n\r\n";
  server_.output.add(std::string_view(text));
  body_ = BodyDecoder(facts.framing, facts.length);
  is_body_sent_ = facts.framing == BodyFraming::kNone;
  if (facts.expects_continue && !is_body_sent_)
    client_.output.add(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
}

void ProxyConnection::move_bytes() {
  if (!is_tunnel()) {
    move_body_up();
    if (phase_ == Phase::kOpen) move_answer_down();
    return;
  }
  move_up();
  move_down();
  if (phase_ != Phase::kOpen) return;
  bool is_down_over = server_.has_input_ended && client_.has_output_ended;
  if (!is_down_over) return;
  if (client_.has_input_ended && (server_.has_output_ended || server_.is_deaf)) return close();
  // What the client still sends has no way to go.
  if (server_.is_deaf) end_client();
}

void ProxyConnection::move_up() {
  if (server_.is_deaf || !server_.output.empty()) return;
  ByteView waiting = client_.waiting();
  if (!waiting.empty()) {
    server_.output.add(as_text(waiting));
    client_.taken(waiting.size());
  } else if (client_.has_input_ended) {
    server_.end_output();
  } else {
    client_.read_more();
  }
}

void ProxyConnection::move_down() {
  if (!client_.output.empty()) return;
  ByteView waiting = server_.waiting();
  if (!waiting.empty()) {
    client_.output.add(as_text(waiting));
    server_.taken(waiting.size());
  } else if (server_.is_broken) {
    break_off();
  } else if (server_.has_input_ended) {
    client_.end_output();
  } else {
    server_.read_more();
  }
}

void ProxyConnection::move_body_up() {
  if (is_body_sent_ || server_.is_deaf || !server_.output.empty()) return;
  ByteView input = client_.waiting();
  if (input.empty()) {
    // Half a request must not look whole.
    if (client_.has_input_ended) return close();
    return client_.read_more();
  }
  size_t before = input.size();
  Bytes out;
  BodyProgress progress = body_.feed(input, out, std::numeric_limits<uint64_t>::max());
  client_.taken(before - input.size());
  if (progress == BodyProgress::kMalformed || progress == BodyProgress::kTooLarge) {
    failed_ = "the body of the request is not in valid chunks";
    return is_answer_begun_ ? close() : answer(ProxyVerdict::kMalformed, *failed_);
  }
  bool is_chunked = request_.facts.framing == BodyFraming::kChunked;
  if (is_chunked && !out.empty())
    server_.output.add(std::string_view(fmt::format("{:x}\r\n", out.size())));
  server_.output.add(as_text(out));
  if (is_chunked && !out.empty()) server_.output.add(std::string_view("\r\n"));
  if (progress == BodyProgress::kDone) {
    is_body_sent_ = true;
    if (is_chunked) server_.output.add(std::string_view("0\r\n\r\n"));
  } else if (server_.output.empty()) {
    client_.read_more();
  }
}

void ProxyConnection::move_answer_down() {
  if (!client_.output.empty()) return;
  if (!is_answer_begun_) {
    if (move_answer_head()) move_answer_body();
    return;
  }
  move_answer_body();
}

bool ProxyConnection::move_answer_head() {
  for (;;) {
    std::string_view waiting = as_text(server_.waiting());
    size_t end = waiting.find("\r\n\r\n", searched_);
    if (end == waiting.npos) {
      searched_ = waiting.size() < 3 ? 0 : waiting.size() - 3;
      if (waiting.size() >= kProxyBufferBytes) {
        fail_request(ProxyVerdict::kBroken, "the head of its answer is too large");
      } else if (server_.has_input_ended) {
        fail_request(ProxyVerdict::kBroken, "the server closed before it answered");
      } else {
        server_.read_more();
      }
      return false;
    }
    searched_ = 0;
    // A head of 100 to 199 announces the answer, and the proxy has asked for none.
    bool is_answer = pass_on_head(waiting.substr(0, end + 4));
    server_.taken(end + 4);
    if (is_answer || phase_ != Phase::kOpen) return phase_ == Phase::kOpen;
  }
}

// False for a head that is not the answer's, and for one that failed the request.
bool ProxyConnection::pass_on_head(std::string_view head) {
  auto read = parse_answer_head(head, request_.head.method);
  if (!read) {
    fail_request(ProxyVerdict::kBroken, read.error().message());
    return false;
  }
  const HttpHeaders& headers = read->answer.headers;
  auto encoding = headers.find("Transfer-Encoding");
  bool is_chunked = encoding.has_value();
  if (read->answer.status == 101 || headers.count("Transfer-Encoding") > 1 ||
      (is_chunked && !equals_ignoring_case(*encoding, "chunked"))) {
    fail_request(ProxyVerdict::kBroken,
                 "its answer is framed in a way that the proxy does not know");
    return false;
  }
  if (read->answer.status < 200) return false;
  HttpAnswer answer;
  answer.status = read->answer.status;
  for (const HttpHeader& header : headers) {
    if (!is_of_the_connection(header.name) && !has_token(headers, "Connection", header.name))
      answer.headers.add(header.name, header.value);
  }
  AnswerFraming framing{.is_chunked = is_chunked, .closes = true};
  if (!is_chunked) framing.length = stated_length(headers);
  std::string text;
  append_answer_head(text, answer, framing);
  client_.output.add(std::string_view(text));
  is_answer_begun_ = true;
  if (read->framing == BodyFraming::kNone) answer_left_ = 0;
  if (read->framing == BodyFraming::kLength) answer_left_ = read->length;
  return true;
}

// The body comes as it is. A chunked one ends for the client with its last chunk.
void ProxyConnection::move_answer_body() {
  ByteView waiting = server_.waiting();
  if (answer_left_) waiting = waiting.first(std::min<uint64_t>(waiting.size(), *answer_left_));
  if (!waiting.empty()) {
    client_.output.add(as_text(waiting));
    server_.taken(waiting.size());
    if (answer_left_) *answer_left_ -= waiting.size();
    return;
  }
  if (answer_left_ == 0u) return end_client();
  if (!server_.has_input_ended) return server_.read_more();
  // A body that ends with its connection must not look whole when that broke.
  server_.is_broken ? break_off() : end_client();
}

void ProxyConnection::answer(ProxyVerdict verdict, const std::string& why) {
  client_.output.add(std::string_view(
      proxy_answer(request_.way, verdict, fmt::format("{}: {}", request_.to_string(), why))));
  end_client();
}

void ProxyConnection::fail_request(ProxyVerdict verdict, const std::string& why) {
  if (!std::exchange(is_allowed_, true))
    owner_->decided({number_, request_.method(), request_.url}, std::nullopt);
  failed_ = why;
  answer(verdict, why);
}

void ProxyConnection::end_client() {
  phase_ = Phase::kAnswering;
  since_ = proxy_now();
  client_.end_output();
  if (!server_.is_open()) return;
  server_.transport->close();
  server_.has_input_ended = true;
  server_.is_deaf = true;
}

void ProxyConnection::check_time(Time now) {
  const ForwardProxyLimits& limits = host_.limits();
  auto waited = now - since_;
  switch (phase_) {
    case Phase::kRequest:
    case Phase::kAnswering:
      if (waited >= limits.http.head_time) close();
      return;
    case Phase::kLookup:
    case Phase::kConnect: {
      if (waited < limits.connect_time) return;
      bool is_lookup = phase_ == Phase::kLookup;
      if (lookup_) host_.withdraw(*std::exchange(lookup_, std::nullopt));
      outgoing_.reset();
      fail_request(ProxyVerdict::kLate,
                   is_lookup ? "looking up its host took too long" : "connecting took too long");
      return advance();
    }
    case Phase::kOpen:
      if (waited >= limits.idle_time) close();
      return;
    case Phase::kDiscarding:
      if (waited >= limits.linger_time) close();
      return;
    case Phase::kClosed:
      return;
  }
}

void ProxyConnection::drop() {
  if (phase_ != Phase::kClosed) close();
}

void ProxyConnection::close() {
  phase_ = Phase::kClosed;
  if (lookup_) host_.withdraw(*std::exchange(lookup_, std::nullopt));
  outgoing_.reset();
  for (Side* side : {&client_, &server_}) {
    if (side->is_open()) side->transport->close();
  }
  report_end();
}

void ProxyConnection::break_off() {
  client_.transport->reset();
  close();
}

void ProxyConnection::report_end() {
  if (has_reported_ || !client_.is_settled() || !server_.is_settled()) return;
  has_reported_ = true;
  if (is_allowed_) owner_->ended({number_, server_.sent, server_.received, failed_});
  host_.has_ended(id_);
}

}  // namespace theater
