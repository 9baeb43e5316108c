// One connection that continues as a WebSocket. Beast reads and writes the frames.
#pragma once

#include "theater/net/http_connection.h"
#include "theater/net/http_message.h"
#include "theater/net/transport.h"
#include "theater/net/web_socket_queue.h"

#include <chrono>
#include <functional>
#include <memory>

namespace theater {

// Belongs to the loop thread. Its host destroys it after `has_ended` was called.
class WebSocketSession {
 public:
  // `has_ended` is called once, when the connection is closed and nothing is under way.
  // `send_time` bounds the time in which the client takes one message.
  static std::unique_ptr<WebSocketSession> make(AsioStreamOwner stream,
                                                std::shared_ptr<WebSocketQueue> queue,
                                                std::chrono::milliseconds send_time,
                                                std::function<void()> has_ended);
  virtual ~WebSocketSession() = default;

  // Answers the upgrade and begins to read.
  virtual void start(const HttpRequest& request) = 0;
  // Sends what waits in the queue.
  virtual void pump() = 0;
  // Closes with this reason after the message that is being sent, or after the answer to the upgrade.
  virtual void close(const WebSocketClose& reason) = 0;
  // Closes the connection at once.
  virtual void drop() = 0;
  // Drops a client that takes too long to take a message.
  virtual void check_time(LoopTime now) = 0;
};

}  // namespace theater
