// A thread that writes streams of Server-Sent Events for all their clients.
//
// The thread looks for something new every few milliseconds while there are clients. So a worker
// or a committer, which makes what is streamed, does nothing for a reader. It looks once at each
// subject, however many clients it has (stream_group.h). Many subjects have their turns in parts, so
// that a worker on the same processor waits for a part at most.
#pragma once

#include "theater/api/stream_group.h"
#include "theater/api/stream_trail.h"
#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/net/server_sent_events.h"
#include "theater/views/json.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace theater::api {

// A value as the data of an event.
std::string json_line(const views::Json& value);

// Safe from any thread.
class StreamPump {
 public:
  // Streams at a time; one more is refused.
  static constexpr size_t kStreamsMax = 2'000;
  // How often each subject has its turn.
  static constexpr std::chrono::milliseconds kPollPeriod{20};
  // Subjects that have their turns at once.
  static constexpr size_t kGroupsAtOnce = 64;

  // `what` the streams have, in the plural, with static storage. The thread calls `prepare` before
  // trails are read, and lets the streams wait if it fails; and `rest` when no stream is left.
  explicit StreamPump(const char* what, std::function<Result<void>()> prepare = {},
                      std::function<void()> rest = {});
  ~StreamPump();
  StreamPump(const StreamPump&) = delete;
  StreamPump& operator=(const StreamPump&) = delete;

  // The options of the streams that add() takes.
  StreamOptions stream_options() const;

  // Sends `writer` what the trail, which is at the beginning, finds from the position `from` on.
  // Trails of equal subjects find the same. Without room, at kStreamsMax or after stop(), ends the
  // stream at once.
  void add(std::string subject, std::unique_ptr<StreamTrail> trail, uint64_t from,
           StreamClient client, EventWriter writer);

  // Ends all streams, and takes no more.
  void stop();

 private:
  struct NewStream {
    std::string subject;
    std::unique_ptr<StreamTrail> trail;
    uint64_t from;
    StreamClient client;
    EventWriter writer;
  };
  struct State {
    std::vector<NewStream> fresh;
    size_t streams = 0;
    bool stopping = false;
  };
  // What the writers' events say. Shared with the streams, which may be last.
  struct Signals {
    std::atomic<bool> some_gone{false};
    std::atomic<bool> some_have_room{false};
  };
  struct Subject {
    std::string name;
    std::unique_ptr<StreamGroup> group;
  };

  void work();
  void take_in(std::vector<NewStream> fresh);
  void heed_signals();
  // Gives the next groups their turn. Returns whether one has more to send at once.
  bool pump_some();
  void forget_ended();
  template <class Act>
  void count_ended(StreamGroup& group, Act act);
  std::chrono::microseconds period() const;

  const char* const what_;
  const std::function<Result<void>()> prepare_;
  const std::function<void()> rest_;
  const std::shared_ptr<Signals> signals_ = std::make_shared<Signals>();
  Guarded<State> state_;
  // The thread's own.
  std::vector<Subject> subjects_;
  std::unordered_map<std::string, StreamGroup*> by_name_;
  size_t turn_ = 0;   // Where the last turn ended.
  size_t ended_ = 0;  // Streams that count in the state, and are over.
  std::thread thread_;
};

}  // namespace theater::api
