// One connection of a server: reads requests, calls the handler, and sends the answers in order.
//
// A client may send further requests before the answers to earlier ones are ready. Each request has
// an exchange in a queue. The handler may answer in any order; the connection sends what stands
// first, and reads no further request while the queue, or what waits to be sent, is at its bound.
//
// A connection ends in three steps: the last answer is sent, the output is ended, and what the
// client still sends is discarded for a short time. Without the last step the kernel would reset
// the connection, and the client could lose the answer.
#pragma once

#include "theater/net/http_handlers.h"
#include "theater/net/http_limits.h"
#include "theater/net/output_queue.h"
#include "theater/net/request_parser.h"
#include "theater/net/server_gate.h"
#include "theater/net/stream_buffer.h"
#include "theater/net/transport.h"
#include "theater/net/web_socket_queue.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace theater {

using LoopTime = std::chrono::steady_clock::time_point;

// What a connection needs of its server.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual const HttpLimits& limits() const = 0;
  // Whether a client whose input has ended counts as gone.
  virtual bool ends_with_input() const = 0;
  virtual const HttpHandlers& handlers() const = 0;
  virtual const std::shared_ptr<ServerGate>& gate() const = 0;
  // The value of a Date header; empty without a clock.
  virtual std::string_view date() = 0;
  virtual void count_request() = 0;
  // The connection has ended and nothing is under way; the host destroys it later.
  virtual void has_ended(ConnectionId connection) = 0;
  // The connection continues as a WebSocket; the host destroys the object later. `stream` may be
  // used at once.
  virtual void continue_as_web_socket(ConnectionId connection, AsioStreamOwner stream,
                                      const HttpRequest& request,
                                      std::shared_ptr<WebSocketQueue> queue) = 0;
};

// Belongs to the loop thread.
class HttpConnection final : private TransportEvents {
 public:
  HttpConnection(ConnectionHost& host, ConnectionId id, std::unique_ptr<Transport> transport,
                 HttpPeer peer);

  void start();

  // From responders. A request that has no exchange any more is ignored.
  void answer(RequestId request, HttpAnswer answer);
  void start_stream(RequestId request, HttpAnswer head, std::shared_ptr<StreamBuffer> buffer);
  void start_web_socket(RequestId request, std::shared_ptr<WebSocketQueue> queue);
  // Sends what can be sent and reads what can be read.
  void advance();

  // Does what is due: ends waiting in vain, sends heartbeats.
  void check_time(LoopTime now);
  // Answers the requests that have come, and ends.
  void close_gracefully();
  // Ends at once.
  void drop();

 private:
  enum class Phase : uint8_t {
    kHandshake,
    kOpen,
    kEndingOutput,  // All answers are sent.
    kDiscarding,    // Reads only to discard.
    kClosed,
  };

  // A request between its arrival and the last byte of its answer.
  struct Exchange {
    RequestId id;
    bool is_head = false;
    bool is_old = false;  // HTTP/1.0.
    bool keeps_alive = false;
    std::optional<HttpAnswer> answer;  // Ready, and not yet sent.
    std::shared_ptr<StreamBuffer>
        stream;  // With the head of the answer in `answer` until it is sent.
    bool is_chunked = false;
    std::shared_ptr<std::atomic<bool>> client_has_gone;  // HttpRequest has it too.
    std::unique_ptr<HttpRequest> upgrade;                // The head of a request for a WebSocket.
    std::shared_ptr<WebSocketQueue> web_socket;
  };

  void on_handshake(IoOutcome outcome) override;
  void on_read(IoOutcome outcome, size_t count) override;
  void on_written(IoOutcome outcome, size_t count) override;
  void on_output_ended() override;

  // Reading.
  bool may_take_request() const;
  void parse_input();
  // Returns whether the body is read.
  bool begin_body();
  void dispatch(HttpRequest request);
  void refuse(const HttpRefusal& refusal);
  void refuse(HttpAnswer answer);
  void start_read();
  // Answering.
  Exchange* find(RequestId request);
  void send_answers();
  bool send_front();
  void send_head(Exchange& exchange, std::optional<uint64_t> length);
  bool send_stream(Exchange& exchange);
  void send_chunk(const Exchange& exchange, std::vector<BodyPart> parts, size_t size);
  static bool has_valid_key(const HttpRequest& upgrade);
  bool send_web_socket(Exchange& exchange);
  void pop_front();
  void start_write();
  // Ending.
  void end_if_done();
  void tell_absence();
  void close();
  void report_end();

  ConnectionHost& host_;
  const HttpLimits& limits_;
  const ConnectionId id_;
  std::unique_ptr<Transport> transport_;
  const HttpPeer peer_;
  std::optional<TlsFacts> tls_;

  Phase phase_ = Phase::kHandshake;
  RequestParser parser_;
  Bytes input_;  // Of fixed size; what has come is between the two numbers.
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
  OutputQueue output_;
  std::deque<Exchange> exchanges_;
  uint64_t requests_ = 0;
  std::shared_ptr<void> hold_;  // Of the request whose body is read.

  bool is_reading_ = false;
  bool is_writing_ = false;
  bool takes_no_more_ = false;  // No further request is read.
  bool ends_after_output_ = false;
  bool owes_continue_ = false;  // A client waits for `100 Continue`.
  bool input_has_ended_ = false;
  bool is_advancing_ = false;
  bool must_advance_again_ = false;
  bool has_reported_ = false;
  LoopTime received_at_;  // When the client began to owe what check_time() waits for.
  LoopTime sent_at_;      // When the client last took a byte.
};

}  // namespace theater
