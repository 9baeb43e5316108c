// An answer that the guest began in `handle-request` and writes in pieces later.
//
// It exists from `open` on. Its head leaves when the call in which it was opened has returned; what the
// guest writes before that waits. Each piece leaves when its call is on record, in order, at most once.
// The node keeps at most kWaitingBytesMax bytes for the client: `write` says when that is reached, and
// an event when half of it is free.
#pragma once

#include "theater/base/guarded.h"
#include "theater/handlers/http_framework/server_link.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace theater {

// Safe from any thread.
class OpenAnswer : public std::enable_shared_from_this<OpenAnswer> {
 public:
  static constexpr size_t kWaitingBytesMax = size_t{256} << 10;
  static constexpr size_t kPieceBytesMax = kWaitingBytesMax;

  OpenAnswer(std::shared_ptr<ServerLink> server, uint64_t number)
      : server_(std::move(server)), number_(number) {}

  uint64_t number() const { return number_; }

  // Takes a piece of `size` bytes in. True while there is room for more. Fails with a text for the
  // guest; nothing was taken then. put() follows when the call is on record.
  tl::expected<bool, std::string> reserve(size_t size);
  void put(Bytes bytes);
  // The guest wants no more: a whole body, or one that is cut off.
  void finish();
  void abort();
  // As of the guest's last word: no more may be written.
  bool is_over() const;
  void set_over();

  // The call that opened it has returned this head, or none that can be sent.
  void begin(PortReply& reply, HttpAnswer head);
  void fail();

  // The instance has ended.
  void abandon();

 private:
  struct State {
    std::unique_ptr<PortBody> body;
    Bytes early;            // Before the head.
    size_t waiting = 0;     // Taken, and not on its way to the client.
    bool was_full = false;  // The guest waits for `room`.
    bool is_over = false;   // The guest has ended it.
    bool is_gone = false;   // The client has.
    bool finishes = false;  // After `early`.
    bool aborts = false;
  };

  void tell(AnswerEvent event);
  void on_event(WriterEvent event);
  void write(State& state, ByteView bytes);

  const std::shared_ptr<ServerLink> server_;
  const uint64_t number_;
  const std::shared_ptr<std::atomic<bool>> withdrawn_ = std::make_shared<std::atomic<bool>>(false);
  Guarded<State> state_;
};

// Tells a guest of an event of an answer, now or when its mailbox has a place.
void tell_answer_event(const std::shared_ptr<ServerLink>& server, uint64_t number,
                       const AnswerEvent& event, Withdrawn withdrawn);

}  // namespace theater
