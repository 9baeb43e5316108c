// One actor's chain in memory: the newest events, encoded and linked.
//
// An event is encoded once, in place, and hashed there, and never moved while it is kept. The chain
// keeps a bounded number of bytes: past it the oldest events are dropped, and counted. Head and
// links do not depend on what is kept.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/log/event/event.h"
#include "theater/log/event/function_table.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace theater::log {

// Names an event within a chain, by position and by hash.
struct EventRef {
  Seq seq;
  Hash hash;

  bool operator==(const EventRef&) const = default;
};

// Where a chain goes on: the default is its very beginning.
struct ChainPosition {
  uint64_t seq = 0;   // Of the event to come.
  Hash head;          // Hash of the event before it; zeros if there is none.
  uint64_t time = 0;  // Time of the event before it.

  bool operator==(const ChainPosition&) const = default;
};

// Not thread-safe: a chain belongs to one actor, and only the worker that runs the actor's turn may
// touch it.
class Chain {
 public:
  static constexpr size_t kBytesMax = size_t{1} << 20;

  // Keeps at least the newest event, and others while all together have at most `bytes_max` bytes.
  // Memory in use is that, 4 bytes an event, and up to four blocks of 64 KiB. `functions` is the
  // function table at `start`, for a chain that goes on in the midst of an instance.
  explicit Chain(size_t bytes_max = kBytesMax, const ChainPosition& start = {},
                 FunctionTable functions = {});

  // From here on with that bound.
  void keep_at_most(size_t bytes_max);

  // Records an event at the end. Its time is `time` or that of the event before it, whichever is
  // later. Payloads of `body` must not be borrowed from this chain's own events.
  EventRef append(const Body& body, uint64_t time);

  // The same for an event that is encoded already, which must be the one to come: at this position,
  // with the head for its parent, and no earlier than the event before it.
  EventRef append_encoded(ByteView event, uint64_t time);

  // Hash of the newest event; of the start's if nothing was appended.
  const Hash& head() const { return position_.head; }

  // Where the next event goes.
  const ChainPosition& position() const { return position_; }

  // How many events the chain has had since its beginning, dropped ones included.
  uint64_t size() const { return position_.seq; }

  // Positions of the oldest event that is kept, and one past the newest.
  uint64_t first_seq() const { return first_seq_; }
  uint64_t end_seq() const { return position_.seq; }
  uint64_t kept() const { return position_.seq - first_seq_; }

  // How many events this object dropped.
  uint64_t dropped() const { return dropped_; }

  // Bytes of the kept events.
  size_t kept_bytes() const { return kept_bytes_; }

  // The bytes of an event, valid until the next append. `seq` must be in [first_seq(), end_seq()).
  ByteView event(uint64_t seq) const;

  // The hash of such an event: found in its successor, not computed.
  Hash hash(uint64_t seq) const;

  // The function table that is current just before the oldest kept event.
  const FunctionTable& functions_at_first() const { return functions_at_first_; }

  // Calls `visit(seq, bytes, hash)` for each kept event, oldest first.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (uint64_t seq = first_seq(); seq < end_seq(); ++seq)
      visit(seq, event(seq), hash(seq));
  }

 private:
  // Events one after the other.
  struct Block {
    uint64_t first = 0;  // Position of the first.
    Bytes bytes;
    std::vector<uint32_t> starts;  // In bytes.

    ByteView event(uint64_t seq) const;
    uint64_t end() const { return first + starts.size(); }
  };

  Block& block_for_next();
  EventRef take_newest(Block& block, size_t start);
  void drop_excess();
  void drop_oldest();
  void drop_block();

  size_t bytes_max_;
  ChainPosition position_;
  FunctionTable functions_at_first_;
  uint64_t first_seq_ = 0;
  uint64_t dropped_ = 0;
  size_t kept_bytes_ = 0;
  // Where the kept `instance` events are, for whose sake nothing else is looked at when it is
  // dropped.
  std::vector<uint64_t> instances_;
  // The first may begin with events that are dropped; it goes when all of it is, and its memory is
  // the next one's.
  std::vector<Block> blocks_;
  Block spare_;
};

}  // namespace theater::log
