// What a producer has written of a streamed body and the connection has not yet sent.
//
// The producer may be faster than its client. The buffer takes bytes up to a bound and then says
// that it is full. The producer learns by an event when there is room. Neither of the two ever
// waits for the other.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace theater {

enum class WriteOutcome : uint8_t {
  kTaken,
  kFull,    // Nothing was taken. An event says when there is room.
  kClosed,  // Nothing was taken, and nothing will be.
};

enum class WriterEvent : uint8_t {
  kRoom,    // After kFull: at least half of the bound is free.
  kClosed,  // The client has gone, or the server closes. No event follows.
};

struct StreamOptions {
  // Bytes that may wait; a larger piece is taken when nothing waits.
  size_t waiting_bytes_max = size_t{256} << 10;
  // Sent whenever nothing else was for `heartbeat_time`; none if the text is empty. It keeps proxies
  // from closing the connection, and finds clients that have gone.
  std::string heartbeat = {};
  std::chrono::milliseconds heartbeat_time{15'000};
  // Called on the loop thread; must not block. May be empty.
  std::function<void(WriterEvent)> on_event = {};
  // The same for that many bytes which have left.
  std::function<void(size_t)> on_sent = {};
};

// Bytes of a streamed body: the stream's own, or such as several streams send and none copies.
struct BodyPart {
  Bytes own = {};
  std::shared_ptr<const Bytes> shared = nullptr;

  size_t size() const { return shared != nullptr ? shared->size() : own.size(); }
};

// Safe from any thread.
class StreamBuffer {
 public:
  explicit StreamBuffer(StreamOptions options) : options_(std::move(options)) {}

  const StreamOptions& options() const { return options_; }

  // The producer's side. `must_pump` is set when the loop must look at the buffer.
  WriteOutcome write(ByteView bytes, bool& must_pump);
  WriteOutcome write(std::shared_ptr<const Bytes> bytes, bool& must_pump);
  // Ends the body after what was written; without a call the client sees that it was cut off.
  void finish();
  void abort();
  size_t waiting_bytes() const;
  // Whether write() would say kClosed.
  bool is_closed() const;

  // The connection's side, on the loop thread.
  struct Batch {
    std::vector<BodyPart> parts = {};
    size_t size = 0;           // Of the parts together.
    bool is_finished = false;  // Nothing follows.
    bool is_aborted = false;
  };
  // Takes all that waits. Its bytes count as waiting until sent() is called.
  Batch take();
  // What take() gave has left.
  void sent();
  // All has left: nothing more is sent, and the producer needs no event.
  void complete();
  // Nothing more can be sent. The producer gets kClosed, unless it has been told already.
  void close();

 private:
  struct State {
    std::vector<BodyPart> waiting;
    size_t waiting_bytes = 0;
    size_t being_sent = 0;
    bool is_pumped = false;  // The loop knows that something waits.
    bool was_full = false;   // The producer waits for room.
    bool is_finished = false;
    bool is_aborted = false;
    bool is_closed = false;

    bool takes_no_more() const { return is_closed || is_finished || is_aborted; }
  };
  // Adds the bytes by `add`, if there is room for so many.
  template <class Add>
  WriteOutcome write(size_t size, bool& must_pump, Add add);

  const StreamOptions options_;
  Guarded<State> state_;
};

}  // namespace theater
