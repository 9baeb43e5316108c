// The contents of a segment, actor by actor, as its footer will have them.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/segment/segment_format.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace theater::log {

// The facts of an event that need no decoding of its whole body.
struct EventHead {
  uint64_t seq = 0;
  uint64_t time = 0;
  bool is_genesis = false;
  bool is_instance = false;
  bool is_snapshot = false;
  bool is_sent = false;
  bool is_call = false;
  bool is_control = false;
  bool is_last = false;  // `terminated`, the end of its chain.
};
// Fails with kInvalidArgument if the parts before the body are not well formed.
Result<EventHead> event_head(ByteView event);

// Not thread-safe.
class SegmentContents {
 public:
  // Takes the event with this seq and the frame at `offset`. An actor's events come in order.
  // Returns whether it is the actor's first one in the segment.
  bool add(ActorNumber actor, uint64_t seq, uint64_t offset);

  // Gives the id of an actor. Call it once for each actor with events here, before footer().
  void name(ActorNumber actor, const ActorId& id);

  uint64_t events() const { return events_; }
  // The smallest number above those of all actors with events here; 0 if there are none.
  uint64_t next_actor() const { return next_actor_; }
  // The actors with events here and without a name, in the order of their numbers.
  std::vector<ActorNumber> unnamed() const;

  SegmentFooter footer() const;

 private:
  struct Entry {
    FooterActor actor;
    bool is_named = false;
  };

  std::unordered_map<uint64_t, Entry> actors_;
  uint64_t events_ = 0;
  uint64_t next_actor_ = 0;
};

}  // namespace theater::log
