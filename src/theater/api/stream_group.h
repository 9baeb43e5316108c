// The streams of one subject, such as the events of one actor.
//
// Most clients of a subject are at the same place, its end. They are together: one trail reads for
// them, and all get the same bytes, which nothing copies. A client that takes no more leaves with a
// copy of the trail, and reads alone until it has come to the place of the others. So what a stream
// costs grows with what is recorded, and hardly with the number of clients; and a stream of which
// nothing is new costs nothing.
#pragma once

#include "theater/api/stream_trail.h"
#include "theater/net/server_sent_events.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace theater::api {

// What a stream has of its client's rights and bounds.
struct StreamClient {
  // Whether the client may still read, asked about once in StreamGroup::kHoldsPeriod. Empty for
  // always.
  std::function<bool()> holds = {};
  // Kept as long as the stream.
  std::shared_ptr<void> lease = {};
};

// For the thread of a StreamPump.
class StreamGroup {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A stream of a revoked token ends within three times this time.
  static constexpr std::chrono::milliseconds kHoldsPeriod{250};
  // So many calls of look_after() come to each client.
  static constexpr size_t kLooksAPeriod = 12;
  // Texts that one client, or all that are together, get before other groups have their turn.
  static constexpr size_t kTextsARound = 16;

  // `what` its streams have, in the plural, with static storage.
  explicit StreamGroup(const char* what) : what_(what) {}
  // Ends all streams.
  ~StreamGroup();
  StreamGroup(const StreamGroup&) = delete;
  StreamGroup& operator=(const StreamGroup&) = delete;

  // One more client, who gets what is there from the position `from` on. The trail is at the
  // beginning.
  void add(std::unique_ptr<StreamTrail> trail, uint64_t from, StreamClient client,
           EventWriter writer);

  size_t size() const { return together_.size() + alone_.size(); }

  // Ends streams of clients who may not read any more. Looks at a part of the clients, which is
  // another one the next time.
  void look_after(Time now);
  // Forgets clients who have gone.
  void forget_gone();
  // Clients who took no more may have room again.
  void note_room() { may_have_room_ = true; }

  // Whether pump() has something to do.
  bool has_work();
  // Sends what there is, up to a bound. Returns whether there is more.
  bool pump();

 private:
  struct Follower {
    StreamClient client;
    EventWriter writer;
    uint64_t from;
    std::unique_ptr<StreamTrail> trail;   // Of one that reads alone.
    std::shared_ptr<const Bytes> unsent;  // What it did not take yet.
    bool ends = false;                    // With what is unsent.
    Time asked = {};                      // When the client's right was looked at.
  };
  using Followers = std::vector<std::unique_ptr<Follower>>;
  // Of looks at clients, of which the first `left` still have to be looked at.
  struct Round {
    size_t left = 0;
    size_t at_once = 0;
  };
  enum class Step : uint8_t { kWait, kMore, kJoin, kGone };

  static bool may_read(Follower& follower, Time now);
  static void look_after(Followers& followers, Round& round, Time now);
  Step pump(Follower& follower);
  Step follow_trail(Follower& follower);
  bool is_with_others(const Follower& follower) const;
  void join(std::unique_ptr<Follower> follower);
  uint64_t next_begin() const;
  bool pump_together();
  bool pump_alone();
  void send_together(const StreamPiece& piece);
  void end_together(const Error* why);
  void warn(const Error& why) const;

  const char* const what_;
  std::unique_ptr<StreamTrail> trail_;  // Of those that are together; null if there is none.
  Followers together_;
  Followers alone_;
  Round of_together_;
  Round of_alone_;
  bool may_have_room_ = false;
};

}  // namespace theater::api
