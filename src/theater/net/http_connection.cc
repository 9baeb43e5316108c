#include "theater/net/http_connection.h"

#include "theater/base/check.h"
#include "theater/base/log.h"
#include "theater/net/answer_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace theater {

namespace {

// Room in the input behind a head of full size, so that a body is read in large pieces.
constexpr size_t kInputSlackBytes = size_t{16} << 10;
// How long what a client sends after its last answer is discarded.
constexpr std::chrono::milliseconds kDiscardTime{1'000};

LoopTime now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

HttpConnection::HttpConnection(ConnectionHost& host, ConnectionId id,
                               std::unique_ptr<Transport> transport, HttpPeer peer)
    : host_(host),
      limits_(host.limits()),
      id_(id),
      transport_(std::move(transport)),
      peer_(std::move(peer)),
      parser_(limits_),
      input_(limits_.head_bytes_max + kInputSlackBytes),
      received_at_(now()),
      sent_at_(received_at_) {
  transport_->set_events(*this);
}

void HttpConnection::start() {
  transport_->start_handshake();
}

void HttpConnection::on_handshake(IoOutcome outcome) {
  if (phase_ == Phase::kClosed || outcome != IoOutcome::kDone) return close();
  phase_ = Phase::kOpen;
  tls_ = transport_->tls_facts();
  received_at_ = now();
  advance();
}

// Reading.

void HttpConnection::on_read(IoOutcome outcome, size_t count) {
  is_reading_ = false;
  if (phase_ == Phase::kClosed) return report_end();
  if (outcome == IoOutcome::kFailed) return close();
  if (phase_ == Phase::kDiscarding || phase_ == Phase::kEndingOutput) {
    if (outcome == IoOutcome::kEnded) input_has_ended_ = true;
    if (phase_ == Phase::kDiscarding) {
      if (input_has_ended_) return close();
      start_read();
    }
    return;
  }
  if (outcome == IoOutcome::kEnded) {
    input_has_ended_ = true;
    if (host_.ends_with_input()) tell_absence();
  } else {
    // The time for a head begins with its first byte.
    if (!parser_.has_begun() && input_begin_ == input_end_) received_at_ = now();
    input_end_ += count;
  }
  advance();
}

bool HttpConnection::may_take_request() const {
  return phase_ == Phase::kOpen && !takes_no_more_ && exchanges_.size() < limits_.pipelined_max &&
         output_.size() <= limits_.unsent_bytes_max &&
         (exchanges_.empty() || !exchanges_.back().upgrade);
}

void HttpConnection::parse_input() {
  while (may_take_request() && input_begin_ < input_end_) {
    ByteView input = ByteView(input_).subspan(input_begin_, input_end_ - input_begin_);
    RequestParser::State before = parser_.state();
    size_t size = input.size();
    RequestParser::State state = parser_.feed(input);
    input_begin_ += size - input.size();
    if (state == RequestParser::State::kHeadRead) {
      received_at_ = now();
      if (!begin_body()) return;
      state = parser_.state();
    }
    if (state == RequestParser::State::kDone) {
      owes_continue_ = false;
      dispatch(parser_.take());
    } else if (state == RequestParser::State::kRefused) {
      return refuse(parser_.refusal());
    } else if (input.size() == size || state == before) {
      break;
    }
  }
  if (input_has_ended_ && may_take_request()) {
    if (parser_.has_begun()) return refuse({400, "The request was cut off."});
    takes_no_more_ = true;
  }
}

bool HttpConnection::begin_body() {
  HttpAdmission admission{.body_bytes_max = limits_.body_bytes_max};
  const HeadFacts& facts = parser_.facts();
  if (host_.handlers().admit && facts.framing != BodyFraming::kNone) {
    HttpRequest head = parser_.head();
    head.peer = peer_;
    head.tls = tls_;
    std::optional<uint64_t> length;
    if (facts.framing == BodyFraming::kLength) length = facts.length;
    admission = host_.handlers().admit(head, length);
  }
  if (admission.refusal) {
    refuse(*std::move(admission.refusal));
    return false;
  }
  hold_ = std::move(admission.hold);
  RequestParser::State state = parser_.begin_body(admission.body_bytes_max);
  // A client that has sent a part of the body already does not wait.
  owes_continue_ =
      state == RequestParser::State::kBody && facts.expects_continue && input_begin_ == input_end_;
  return true;
}

void HttpConnection::dispatch(HttpRequest request) {
  host_.count_request();
  received_at_ = now();
  request.connection = id_;
  request.id = RequestId{++requests_};
  request.peer = peer_;
  request.tls = tls_;
  request.hold = std::move(hold_);
  Exchange& exchange = exchanges_.emplace_back();
  exchange.id = request.id;
  exchange.client_has_gone = std::make_shared<std::atomic<bool>>(false);
  request.client_has_gone = exchange.client_has_gone;
  exchange.is_head = request.method == "HEAD";
  exchange.is_old = request.version_minor == 0;
  exchange.keeps_alive =
      parser_.facts().keeps_alive && requests_ < limits_.requests_per_connection_max;
  if (!exchange.keeps_alive) takes_no_more_ = true;
  if (request.wants_web_socket()) {
    exchange.upgrade = std::make_unique<HttpRequest>(request);
    exchange.upgrade->body.clear();
    exchange.upgrade->hold.reset();
  }
  RequestId id = request.id;
  host_.handlers().handle(std::move(request), HttpResponder(host_.gate(), id_, id));
}

void HttpConnection::refuse(const HttpRefusal& refusal) {
  const auto& make = host_.handlers().refuse;
  refuse(make ? make(refusal.status, refusal.why)
              : HttpAnswer::text(refusal.status, fmt::format("{}\n", refusal.why)));
}

void HttpConnection::refuse(HttpAnswer answer) {
  takes_no_more_ = true;
  owes_continue_ = false;
  hold_.reset();
  Exchange& exchange = exchanges_.emplace_back();
  exchange.id = RequestId{++requests_};
  exchange.answer = std::move(answer);
}

void HttpConnection::start_read() {
  bool discards = phase_ == Phase::kDiscarding;
  if (is_reading_ || input_has_ended_ || phase_ == Phase::kClosed) return;
  if (!discards && phase_ != Phase::kOpen) return;
  // The stream of a WebSocket must have no operation under way when it changes hands.
  if (!exchanges_.empty() && exchanges_.back().upgrade) return;
  if (discards || input_begin_ == input_end_) input_begin_ = input_end_ = 0;
  if (input_begin_ > 0 && input_.size() - input_end_ < kInputSlackBytes) {
    std::memmove(input_.data(), input_.data() + input_begin_, input_end_ - input_begin_);
    input_end_ -= input_begin_;
    input_begin_ = 0;
  }
  // Full: the queue of exchanges must become shorter first.
  if (input_end_ == input_.size()) return;
  is_reading_ = true;
  transport_->start_read(std::span(input_).subspan(input_end_));
}

// Answering.

HttpConnection::Exchange* HttpConnection::find(RequestId request) {
  auto found = std::find_if(exchanges_.begin(), exchanges_.end(),
                            [&](const Exchange& exchange) { return exchange.id == request; });
  return found == exchanges_.end() ? nullptr : &*found;
}

void HttpConnection::answer(RequestId request, HttpAnswer answer) {
  Exchange* exchange = find(request);
  if (exchange == nullptr) return;
  if (auto checked = check_answer(answer); !checked) {
    log_line(LogLevel::kError, {.part = "net"}, "an answer cannot be sent: {}",
             checked.error().message());
    answer = HttpAnswer::text(500, "The answer cannot be sent.\n");
  }
  exchange->answer = std::move(answer);
  advance();
}

void HttpConnection::start_stream(RequestId request, HttpAnswer head,
                                  std::shared_ptr<StreamBuffer> buffer) {
  Exchange* exchange = find(request);
  auto checked = check_answer(head);
  if (exchange == nullptr || !checked) {
    buffer->close();
    if (exchange != nullptr) answer(request, std::move(head));
    return;
  }
  exchange->answer = std::move(head);
  exchange->stream = std::move(buffer);
  advance();
}

void HttpConnection::start_web_socket(RequestId request, std::shared_ptr<WebSocketQueue> queue) {
  Exchange* exchange = find(request);
  THEATER_CHECK(exchange == nullptr || exchange->upgrade,
                "a WebSocket for a request that did not ask for one");
  if (exchange == nullptr) return queue->ended({1006, "the client has gone"});
  exchange->web_socket = std::move(queue);
  advance();
}

void HttpConnection::advance() {
  must_advance_again_ = true;
  // A handler that answers at once, or an event that writes more, calls this from inside.
  if (is_advancing_) return;
  is_advancing_ = true;
  while (std::exchange(must_advance_again_, false) && phase_ == Phase::kOpen) {
    size_t taken = input_begin_;
    parse_input();
    send_answers();
    // Answers that were sent make room for requests that have come.
    if (input_begin_ != taken && input_begin_ < input_end_) must_advance_again_ = true;
  }
  is_advancing_ = false;
  if (phase_ == Phase::kOpen) {
    start_write();
    start_read();
    end_if_done();
  }
  report_end();
}

void HttpConnection::send_answers() {
  while (!exchanges_.empty() && phase_ == Phase::kOpen && !ends_after_output_ && send_front()) {
  }
  if (owes_continue_ && exchanges_.empty()) {
    owes_continue_ = false;
    output_.add("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

// Whether the key of an upgrade is 16 bytes in base64 (RFC 6455, 4.1). Beast takes any text.
bool HttpConnection::has_valid_key(const HttpRequest& upgrade) {
  auto key = upgrade.headers.find("Sec-WebSocket-Key");
  if (!key || key->size() != 24 || !key->ends_with("==")) return false;
  return std::all_of(key->begin(), key->end() - 2, [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '+' || byte == '/';
  });
}

// Returns whether the first exchange is over.
bool HttpConnection::send_front() {
  Exchange& exchange = exchanges_.front();
  if (exchange.web_socket) return send_web_socket(exchange);
  if (exchange.stream) return send_stream(exchange);
  if (!exchange.answer) return false;
  // An answer in place of a WebSocket; what follows it is read as usual.
  exchange.upgrade.reset();
  Bytes body = std::move(exchange.answer->body);
  send_head(exchange, body.size());
  if (!exchange.is_head) output_.add(std::move(body));
  pop_front();
  return true;
}

void HttpConnection::send_head(Exchange& exchange, std::optional<uint64_t> length) {
  // The last answer says so. More requests may have come before it was known to be the last.
  bool is_last = !exchange.keeps_alive || (takes_no_more_ && exchanges_.size() == 1);
  if (!length && exchange.is_old) is_last = true;
  exchange.keeps_alive = !is_last;
  exchange.is_chunked = !length && !exchange.is_old;
  if (has_no_body(exchange.answer->status)) {
    length.reset();
    exchange.is_chunked = false;
  }
  append_answer_head(output_.tail(), *exchange.answer,
                     {.length = length,
                      .is_chunked = exchange.is_chunked,
                      .closes = is_last,
                      .says_keep_alive = exchange.is_old && !is_last,
                      .date = host_.date()});
  output_.grown();
  exchange.answer.reset();
}

bool HttpConnection::send_stream(Exchange& exchange) {
  if (exchange.answer) {
    bool has_body = !exchange.is_head && !has_no_body(exchange.answer->status);
    exchange.upgrade.reset();
    send_head(exchange, std::nullopt);
    if (!has_body) {
      std::exchange(exchange.stream, nullptr)->close();
      pop_front();
      return true;
    }
  }
  // What was taken before must leave first: so the bound on the buffer is the bound on all.
  if (!output_.empty()) return false;
  exchange.stream->sent();
  if (phase_ != Phase::kOpen) return false;
  StreamBuffer::Batch batch = exchange.stream->take();
  if (batch.is_aborted || input_has_ended_) {
    close();
    return false;
  }
  if (batch.size > 0) send_chunk(exchange, std::move(batch.parts), batch.size);
  if (!batch.is_finished) return false;
  if (exchange.is_chunked) output_.add("0\r\n\r\n");
  exchange.stream->complete();
  pop_front();
  return true;
}

void HttpConnection::send_chunk(const Exchange& exchange, std::vector<BodyPart> parts,
                                size_t size) {
  if (exchange.is_chunked) {
    fmt::format_to(std::back_inserter(output_.tail()), "{:x}\r\n", size);
    output_.grown();
  }
  for (BodyPart& part : parts) {
    if (part.shared != nullptr) {
      output_.add(std::move(part.shared));
    } else {
      output_.add(std::move(part.own));
    }
  }
  if (exchange.is_chunked) output_.add("\r\n");
}

bool HttpConnection::send_web_socket(Exchange& exchange) {
  if (!output_.empty() || is_writing_) return false;
  // Bytes before the server has agreed belong to no protocol.
  bool is_early = is_reading_ || input_has_ended_ || input_begin_ != input_end_;
  if (is_early || !has_valid_key(*exchange.upgrade)) {
    exchange.web_socket->ended({1006, "the upgrade is not well formed"});
    exchange.web_socket.reset();
    exchange.answer = HttpAnswer::text(400, "The upgrade to a WebSocket is not well formed.\n");
    exchange.keeps_alive = false;
    takes_no_more_ = true;
    return send_front();
  }
  auto request = std::move(exchange.upgrade);
  auto queue = std::move(exchange.web_socket);
  phase_ = Phase::kClosed;
  exchanges_.clear();
  has_reported_ = true;
  host_.continue_as_web_socket(id_, transport_->release(), *request, std::move(queue));
  return false;
}

void HttpConnection::pop_front() {
  if (!exchanges_.front().keeps_alive) {
    takes_no_more_ = true;
    ends_after_output_ = true;
  }
  exchanges_.pop_front();
  received_at_ = now();
}

void HttpConnection::start_write() {
  if (is_writing_ || output_.empty()) return;
  is_writing_ = true;
  sent_at_ = now();
  transport_->start_write(output_.front());
}

void HttpConnection::on_written(IoOutcome outcome, size_t count) {
  is_writing_ = false;
  if (phase_ == Phase::kClosed) return report_end();
  if (outcome != IoOutcome::kDone) return close();
  output_.taken(count);
  sent_at_ = now();
  // Full pieces first: what comes is joined only while nothing is under way.
  start_write();
  if (!is_writing_ || !exchanges_.empty() || input_begin_ < input_end_) advance();
}

// Ending.

void HttpConnection::end_if_done() {
  if (is_writing_ || !output_.empty()) return;
  bool has_answered_all = takes_no_more_ && exchanges_.empty();
  if (!ends_after_output_ && !has_answered_all) return;
  phase_ = Phase::kEndingOutput;
  received_at_ = now();
  // Requests behind the last answer get none.
  tell_absence();
  exchanges_.clear();
  transport_->start_end_of_output();
}

void HttpConnection::on_output_ended() {
  if (phase_ == Phase::kClosed) return report_end();
  if (input_has_ended_) return close();
  phase_ = Phase::kDiscarding;
  start_read();
}

void HttpConnection::check_time(LoopTime time) {
  auto is_over = [time](LoopTime since, std::chrono::milliseconds limit) {
    return time - since >= limit;
  };
  switch (phase_) {
    case Phase::kClosed:
      return;
    case Phase::kHandshake:
      if (is_over(received_at_, limits_.head_time)) close();
      return;
    case Phase::kEndingOutput:
    case Phase::kDiscarding:
      if (is_over(received_at_, kDiscardTime)) close();
      return;
    case Phase::kOpen:
      break;
  }
  if (is_writing_ && is_over(sent_at_, limits_.send_time)) return close();
  if (is_reading_ && may_take_request()) {
    if (parser_.state() == RequestParser::State::kBody) {
      if (!is_over(received_at_, limits_.body_time)) return;
      refuse({408, "The body did not come in time."});
      return advance();
    }
    if (parser_.has_begun()) {
      if (!is_over(received_at_, limits_.head_time)) return;
      refuse({408, "The head did not come in time."});
      return advance();
    }
    if (exchanges_.empty() && output_.empty() && is_over(received_at_, limits_.idle_time))
      return close();
  }
  if (!exchanges_.empty() && exchanges_.front().stream && output_.empty()) {
    Exchange& exchange = exchanges_.front();
    const StreamOptions& options = exchange.stream->options();
    if (!options.heartbeat.empty() && is_over(sent_at_, options.heartbeat_time)) {
      std::vector<BodyPart> beat(1);
      beat.front().own = to_bytes(options.heartbeat);
      send_chunk(exchange, std::move(beat), options.heartbeat.size());
      advance();
    }
  }
}

void HttpConnection::close_gracefully() {
  if (phase_ == Phase::kHandshake) return close();
  if (phase_ != Phase::kOpen) return;
  takes_no_more_ = true;
  advance();
}

void HttpConnection::drop() {
  close();
}

// Their requests may have gone to the program.
void HttpConnection::tell_absence() {
  for (Exchange& exchange : exchanges_) {
    if (exchange.client_has_gone) exchange.client_has_gone->store(true, std::memory_order_relaxed);
  }
}

void HttpConnection::close() {
  if (phase_ != Phase::kClosed) {
    phase_ = Phase::kClosed;
    tell_absence();
    transport_->close();
    hold_.reset();
    std::deque<Exchange> exchanges = std::exchange(exchanges_, {});
    for (Exchange& exchange : exchanges) {
      if (exchange.stream) exchange.stream->close();
      if (exchange.web_socket) exchange.web_socket->ended({1006, "the connection has ended"});
    }
  }
  report_end();
}

void HttpConnection::report_end() {
  if (phase_ != Phase::kClosed || !transport_->is_settled() || is_advancing_) return;
  if (!std::exchange(has_reported_, true)) host_.has_ended(id_);
}

}  // namespace theater
