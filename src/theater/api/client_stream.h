// Streams of Server-Sent Events that a thread writes for all their clients.
//
// The thread looks for something new every few milliseconds while there are clients. So whoever
// makes what is streamed, a worker or a committer, does nothing for a reader. Each client has a
// position of its own, and one that takes nothing is passed over until it has room.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/net/server_sent_events.h"
#include "theater/views/json.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace theater::api {

// A value as the data of an event.
std::string json_line(const views::Json& value);

// What a stream has of its client's rights and bounds.
struct StreamClient {
  // Whether the client may still read, asked once in ClientStream::kHoldsPeriod. Empty for always.
  std::function<bool()> holds = {};
  // Kept as long as the stream.
  std::shared_ptr<void> lease = {};
};

// The stream of one client. Only the thread of its pump uses it.
class ClientStream {
 public:
  // A stream of a revoked token ends within this time.
  static constexpr std::chrono::milliseconds kHoldsPeriod{500};

  ClientStream(StreamClient client, EventWriter writer)
      : client_(std::move(client)), writer_(std::move(writer)) {}
  virtual ~ClientStream() = default;
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  enum class Next : uint8_t { kWait, kMore, kOver };

  // Sends what there is, up to a bound.
  Result<Next> pump();

  // Ends the stream.
  Next finish() {
    writer_.finish();
    return Next::kOver;
  }

 protected:
  // Makes what is new and sends it, up to a bound. Called only when all that was made before has
  // left.
  virtual Result<Next> send_new() = 0;

  // Sends an event, now or before the next send_new(). Returns whether the client took it; if not,
  // send_new() returns stuck().
  bool send(const char* name, uint64_t id, std::string data);

  // What a client that takes no more leads to.
  Next stuck() const { return outcome_ == WriteOutcome::kClosed ? Next::kOver : Next::kWait; }

 private:
  bool may_read();
  // Whether all that was made has been taken. Tries again.
  bool is_sent();

  const StreamClient client_;
  EventWriter writer_;
  std::optional<ServerSentEvent> waiting_;
  WriteOutcome outcome_ = WriteOutcome::kTaken;
  std::chrono::steady_clock::time_point asked_{};  // When the client's right was looked at.
};

// The thread, and its streams. Safe from any thread.
class StreamPump {
 public:
  // Streams at a time; one more is refused.
  static constexpr size_t kStreamsMax = 2'000;
  static constexpr std::chrono::milliseconds kPollPeriod{20};

  // `what` the streams have, in the plural, with static storage. The thread calls `prepare` before
  // each round of the streams, and lets them wait if it fails; and `rest` when no stream is left.
  explicit StreamPump(const char* what, std::function<Result<void>()> prepare = {},
                      std::function<void()> rest = {});
  ~StreamPump();
  StreamPump(const StreamPump&) = delete;
  StreamPump& operator=(const StreamPump&) = delete;

  // Without room, at kStreamsMax or after stop(), ends the stream at once.
  void add(std::shared_ptr<ClientStream> stream);

  // Ends all streams, and takes no more.
  void stop();

 private:
  using Streams = std::vector<std::shared_ptr<ClientStream>>;
  struct State {
    Streams streams;
    bool stopping = false;
  };

  void work();
  // Whether a stream of them has more to send at once.
  bool pump(const Streams& streams);

  const char* const what_;
  const std::function<Result<void>()> prepare_;
  const std::function<void()> rest_;
  Guarded<State> state_;
  std::thread thread_;
};

}  // namespace theater::api
