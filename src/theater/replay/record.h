// The record that a replay follows: events in order, read as far ahead as the replay looks.
//
// The next events decide whether the guest continues, so a replay looks ahead before it enters a
// guest or answers one.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/event.h"
#include "theater/log/event/grammar.h"
#include "theater/log/event/verify.h"
#include "theater/log/reader/chain_source.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater::replay {

// An event of the record. Its payloads borrow from its bytes.
struct RecordedEvent {
  Bytes bytes;
  log::Event event;
  std::vector<std::optional<log::StoredBody>> bodies;

  // "event 7 (host)", for messages.
  std::string to_string() const;
};

// The guest's part in an event.
enum class Role : uint8_t {
  kFloats,  // No part; the event may stand anywhere: control, child, child-ended, discarded,
            // answered.
  kGuest,   // The guest makes the event: calls of the host, `returned`, a trap.
  kCall,    // The event is `call`.
  kOther,   // No part: the event begins or ends an instance or a life.
};
Role role_of(const log::Body& body);

// The stored bytes of a payload of the event, inline or detached; none if they were removed. Fails
// with kCorrupt if their hash differs from the event's.
Result<std::optional<ByteView>> payload_bytes(const RecordedEvent& event,
                                              const log::Payload& payload);

// The salt and bytes of a detached payload of the event; null if they were removed.
const log::StoredBody* stored_body(const RecordedEvent& event, const log::Payload& payload);

// Not thread-safe.
class Record {
 public:
  // The record ends after event number `until`. The source outlives the record.
  Record(log::ChainSource& source, std::optional<uint64_t> until)
      : source_(source), until_(until) {}
  // The same for a source that begins at `start`, where the grammar has the state `life`.
  Record(log::ChainSource& source, std::optional<uint64_t> until, const log::ChainPosition& start,
         log::ChainGrammar life)
      : source_(source), until_(until), order_(start, std::move(life)) {}

  // The event `ahead` places after the next one; null past the end. The pointer is valid until
  // take(). Fails with kCorrupt, naming the event, if one does not decode, is out of place or time,
  // or breaks the grammar. The part that computes hashes checks the links.
  Result<const RecordedEvent*> peek(size_t ahead = 0);

  // The next event if it was read, as it is after any look ahead; else null.
  const RecordedEvent* peeked() const { return events_.empty() ? nullptr : events_.front().get(); }

  // Removes the next event, which must exist.
  void take();

  // The role of the first event with a fixed place, from `ahead` places after the next one on; none
  // if the record ends before.
  Result<std::optional<Role>> role_ahead(size_t ahead);

  // Whether the source was read to its end; a record that ends with `until` may stop before.
  bool complete() const { return complete_; }

 private:
  Result<void> read();
  Result<void> decode(RecordedEvent& read);

  log::ChainSource& source_;
  std::optional<uint64_t> until_;
  // Events do not move while others are read. The last taken one is reused.
  std::deque<std::unique_ptr<RecordedEvent>> events_;
  std::unique_ptr<RecordedEvent> spare_;
  log::ChainVerifier order_;
  bool done_ = false;
  bool complete_ = false;
};

}  // namespace theater::replay
