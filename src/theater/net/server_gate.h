// The way from any thread to what belongs to a server's loop thread.
//
// An answer may come from any thread, and later than the end of its connection or even of the
// server. So its sender holds no pointer to either. It holds the gate and the numbers of connection
// and request. The gate leads to the loop thread while the server exists, and nowhere afterwards.
#pragma once

#include "theater/base/guarded.h"
#include "theater/net/http_message.h"
#include "theater/net/io_loop.h"

#include <functional>
#include <memory>

namespace theater {

class StreamBuffer;
class WebSocketQueue;

// What answers reach: the server, on its loop thread. A number that names nothing any more is
// ignored.
class AnswerTarget {
 public:
  virtual ~AnswerTarget() = default;
  virtual void answer(ConnectionId connection, RequestId request, HttpAnswer answer) = 0;
  virtual void start_stream(ConnectionId connection, RequestId request, HttpAnswer head,
                            std::shared_ptr<StreamBuffer> buffer) = 0;
  virtual void start_web_socket(ConnectionId connection, RequestId request,
                                std::shared_ptr<WebSocketQueue> queue) = 0;
  // Looks again at what a stream or a WebSocket has to send.
  virtual void pump(ConnectionId connection) = 0;
};

// Safe from any thread, but for what says otherwise. Shared by a server and all who may answer,
// because either may end first.
class ServerGate : public std::enable_shared_from_this<ServerGate> {
 public:
  ServerGate(IoLoop& loop, AnswerTarget& target) : loop_(&loop), target_(&target) {}

  // Calls `fn` with the target: at once on the loop thread, else later there. Drops `fn` after the
  // end of the server.
  template <class Fn>
  void pass(Fn fn) {
    bool is_current =
        loop_.with([](IoLoop* loop) { return loop != nullptr && loop->is_current(); });
    if (is_current) {
      if (target_ != nullptr) fn(*target_);
      return;
    }
    post([self = shared_from_this(), fn = std::move(fn)]() mutable {
      if (self->target_ != nullptr) fn(*self->target_);
    });
  }

  // Runs `work` later on the loop thread, unless the server has ended.
  void post(std::function<void()> work) {
    // The lock is held while posting, so that the loop cannot end meanwhile.
    loop_.with([&](IoLoop* loop) {
      if (loop != nullptr) loop->post(std::move(work));
    });
  }

  // The end of the server. forget_target() is for the loop thread; close() follows it.
  void forget_target() { target_ = nullptr; }
  void close() {
    loop_.with([](IoLoop*& loop) { loop = nullptr; });
  }

 private:
  Guarded<IoLoop*> loop_;
  AnswerTarget* target_;  // Belongs to the loop thread.
};

}  // namespace theater
