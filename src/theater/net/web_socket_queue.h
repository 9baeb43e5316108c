// What one side of the program has asked of a WebSocket and the connection has not yet done.
//
// It is the counterpart of StreamBuffer for messages: bounded, never waiting, with an event when
// there is room.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/net/web_socket.h"

#include <cstddef>
#include <deque>
#include <optional>

namespace theater {

// Safe from any thread.
class WebSocketQueue {
 public:
  struct Message {
    MessageKind kind = MessageKind::kText;
    Bytes bytes;
  };

  explicit WebSocketQueue(WebSocketOptions options) : options_(std::move(options)) {}

  const WebSocketOptions& options() const { return options_; }

  // The sender's side. `must_pump` is set when the loop must look at the queue.
  WriteOutcome send(MessageKind kind, ByteView message, bool& must_pump);
  // The first request counts. Both return whether the loop must look.
  bool request_close(WebSocketClose close);
  bool request_resume();

  // The connection's side, on the loop thread. The next message; its bytes count as waiting until
  // sent() is called.
  std::optional<Message> take();
  void sent();
  // The requested close, once, when no message waits any more.
  std::optional<WebSocketClose> take_close();
  bool take_resume();
  // The socket has ended. Calls on_close at the first time.
  void ended(const WebSocketClose& close);

 private:
  struct State {
    std::deque<Message> waiting;
    size_t waiting_bytes = 0;
    size_t sending_bytes = 0;
    bool is_sending = false;
    bool is_pumped = false;
    bool was_full = false;
    bool must_resume = false;
    bool is_closing = false;
    bool has_ended = false;
    std::optional<WebSocketClose> close;
  };
  const WebSocketOptions options_;
  Guarded<State> state_;
};

}  // namespace theater
