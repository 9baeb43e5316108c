// How a request is answered: once, from any thread, now or later.
//
//   void handle(HttpRequest request, HttpResponder responder) {
//     jobs.push([request, responder = std::move(responder)]() mutable {
//       responder.answer(HttpAnswer::text(200, "done"));
//     });
//   }
//
// An answer is a whole HttpAnswer, a body that is streamed, or a WebSocket in place of an answer.
// The server sends the answers of one connection in the order of its requests.
#pragma once

#include "theater/net/http_message.h"
#include "theater/net/stream_buffer.h"
#include "theater/net/web_socket.h"

#include <memory>

namespace theater {

class ServerGate;

// The body of a streamed answer, as its producer sees it. Move-only; one thread at a time may use
// it. If it goes before finish(), the client sees that the body was cut off.
class BodyWriter {
 public:
  BodyWriter(std::shared_ptr<ServerGate> gate, ConnectionId connection,
             std::shared_ptr<StreamBuffer> buffer);
  BodyWriter(BodyWriter&& other) noexcept;
  BodyWriter& operator=(BodyWriter&& other) noexcept;
  ~BodyWriter();

  // Copies `bytes` and sends them later. Takes all of them or none, and never waits. A body without
  // a place, such as the answer to HEAD, is kClosed at once.
  WriteOutcome write(ByteView bytes);
  // The same without a copy, for bytes that go to several streams.
  WriteOutcome write(std::shared_ptr<const Bytes> bytes);
  // Ends the body. write() says kClosed afterwards.
  void finish();
  // Bytes that were written and have not left.
  size_t waiting_bytes() const;
  // Whether write() would say kClosed, as it does when the client has gone.
  bool is_closed() const;

 private:
  void abandon();
  void pump();

  std::shared_ptr<ServerGate> gate_;
  ConnectionId connection_;
  std::shared_ptr<StreamBuffer> buffer_;
};

// Move-only; one thread at a time may use it. Exactly one of the answering calls is made; a second
// one aborts. If the responder goes without one, the server answers 500.
class HttpResponder {
 public:
  HttpResponder(std::shared_ptr<ServerGate> gate, ConnectionId connection, RequestId request);
  HttpResponder(HttpResponder&& other) noexcept;
  HttpResponder& operator=(HttpResponder&& other) noexcept;
  ~HttpResponder();

  // Sends the answer. The server adds the headers of the connection and the length. An answer that
  // check_answer() refuses is logged, and the client gets 500.
  void answer(HttpAnswer answer);

  // Sends `head`, whose body is empty, and then what is written. A client of HTTP/1.0 gets the body
  // without chunks. When the client ends its side of the connection, the stream is closed.
  BodyWriter stream(HttpAnswer head, StreamOptions options = {});

  // Continues in the WebSocket protocol. The request must have wants_web_socket(). If its other
  // headers are wrong, the server answers 400 and the socket is closed from the start.
  WebSocket accept_web_socket(WebSocketOptions options);

 private:
  std::shared_ptr<ServerGate> use();

  std::shared_ptr<ServerGate> gate_;  // Nothing after the answer.
  ConnectionId connection_;
  RequestId request_;
};

}  // namespace theater
