// One actor's chain in memory: the newest events, encoded and linked.
//
// The chain encodes and hashes an event once, in place, and never moves a kept event. It keeps a
// bounded number of bytes: past the bound it drops and counts the oldest events. Head and links do
// not depend on the kept events.
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

// The position of a chain's next event; the default is the beginning.
struct ChainPosition {
  uint64_t seq = 0;   // The next event's position.
  Hash head;          // The hash of the event before it; zeros at the beginning.
  uint64_t time = 0;  // The time of the event before it.

  bool operator==(const ChainPosition&) const = default;
};

// Not thread-safe: a chain belongs to one actor, and only the worker that runs the actor's turn may
// touch it.
class Chain {
 public:
  static constexpr size_t kBytesMax = size_t{1} << 20;

  // Keeps at least the newest event, and more events up to `bytes_max` bytes together. Uses that
  // memory, 4 bytes an event, and up to four blocks of 64 KiB. `functions` is the function table at
  // `start`, for a chain that continues during an instance.
  explicit Chain(size_t bytes_max = kBytesMax, const ChainPosition& start = {},
                 FunctionTable functions = {});

  // Changes the bound.
  void keep_at_most(size_t bytes_max);

  // Records an event at the end. Its time is the later one of `time` and the time of the event
  // before it. Payloads of `body` must not borrow from this chain's own events.
  EventRef append(const Body& body, uint64_t time);

  // The same for an encoded event. It must be the next one: at this position, with the head as its
  // parent, and no earlier than the event before it.
  EventRef append_encoded(ByteView event, uint64_t time);

  // The hash of the newest event; the start's head before the first append.
  const Hash& head() const { return position_.head; }

  // The position of the next event.
  const ChainPosition& position() const { return position_; }

  // The number of the chain's events since its beginning, with dropped ones.
  uint64_t size() const { return position_.seq; }

  // The positions of the oldest kept event, and of the one after the newest.
  uint64_t first_seq() const { return first_seq_; }
  uint64_t end_seq() const { return position_.seq; }
  uint64_t kept() const { return position_.seq - first_seq_; }

  // The number of events that this object dropped.
  uint64_t dropped() const { return dropped_; }

  // The bytes of the kept events.
  size_t kept_bytes() const { return kept_bytes_; }

  // The bytes of an event, valid until the next append. `seq` must be in [first_seq(), end_seq()).
  ByteView event(uint64_t seq) const;

  // The hash of such an event, read from its successor without computing it.
  Hash hash(uint64_t seq) const;

  // The function table just before the oldest kept event.
  const FunctionTable& functions_at_first() const { return functions_at_first_; }

  // A copy without the events before `seq`; it keeps the newest event in any case. Takes time and
  // memory for what it keeps, and for the rest of a block of 64 KiB.
  Chain since(uint64_t seq) const;

  // Calls `visit(seq, bytes, hash)` for each kept event, oldest first.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (uint64_t seq = first_seq(); seq < end_seq(); ++seq)
      visit(seq, event(seq), hash(seq));
  }

 private:
  // Events one after the other.
  struct Block {
    uint64_t first = 0;  // The position of the first one.
    Bytes bytes;
    std::vector<uint32_t> starts;  // The offsets of events in `bytes`.

    ByteView event(uint64_t seq) const;
    uint64_t end() const { return first + starts.size(); }
  };

  Block& block_for_next();
  EventRef take_newest(Block& block, size_t start);
  void drop_excess();
  void drop_oldest();
  void drop_block();
  void skip_block(const Block& block);
  void take_functions(ByteView instance);

  size_t bytes_max_;
  ChainPosition position_;
  FunctionTable functions_at_first_;
  uint64_t first_seq_ = 0;
  uint64_t dropped_ = 0;
  size_t kept_bytes_ = 0;
  // The positions of the kept `instance` events. Dropping another event therefore needs no
  // decoding.
  std::vector<uint64_t> instances_;
  // The first block may begin with dropped events. The chain removes a block when all its events
  // are dropped, and reuses its memory.
  std::vector<Block> blocks_;
  Block spare_;
};

}  // namespace theater::log
