// The record that a replay follows: events in order, read as far ahead as somebody looks.
//
// Whether the guest is to be run on depends on what the record has next, so a replay looks ahead
// before it enters a guest or answers one.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/event.h"
#include "theater/log/event/grammar.h"
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

// The part that a guest has in an event.
enum class Role : uint8_t {
  kFloats,  // None, and the event may stand anywhere: control, child, child-ended, discarded,
            // answered.
  kGuest,   // The guest makes it: calls of the host, `returned`, a trap.
  kCall,    // It is `call`.
  kOther,   // None: the event begins or ends an instance or a life.
};
Role role_of(const log::Body& body);

// The stored bytes of a payload of the event, inline or detached; none if they were removed. Fails
// with kCorrupt if they are not those that were hashed.
Result<std::optional<ByteView>> payload_bytes(const RecordedEvent& event,
                                              const log::Payload& payload);

// The salt and bytes of a detached payload of the event; null if they were removed.
const log::StoredBody* stored_body(const RecordedEvent& event, const log::Payload& payload);

// Not thread-safe.
class Record {
 public:
  // Ends after event number `until`. The source outlives the record.
  Record(log::ChainSource& source, std::optional<uint64_t> until)
      : source_(source), until_(until) {}
  // The same of a source that begins at `start`, in the midst of a life.
  Record(log::ChainSource& source, std::optional<uint64_t> until, const log::ChainPosition& start,
         log::ChainGrammar life)
      : source_(source),
        until_(until),
        life_cycle_(std::move(life)),
        next_seq_(start.seq),
        time_(start.time) {}

  // The event that is `ahead` places after the next one; null past the end. Valid until it is
  // taken. Fails with kCorrupt, naming the event, if one does not decode, is out of place or time,
  // or breaks the grammar. That it hangs on the event before is for who computes hashes to check.
  Result<const RecordedEvent*> peek(size_t ahead = 0);

  // The next event if it has been read, as it has after any look ahead; else null.
  const RecordedEvent* peeked() const { return events_.empty() ? nullptr : events_.front().get(); }

  // Goes past the next event, which must be there.
  void take();

  // The role of the first event, from `ahead` places after the next on, that is not one that may
  // stand anywhere; none if the record ends before.
  Result<std::optional<Role>> role_ahead(size_t ahead);

  // Whether everything was read, which a record that ends with `until` may not be.
  bool complete() const { return complete_; }

 private:
  Result<void> read();
  Result<void> decode(RecordedEvent& read);

  log::ChainSource& source_;
  std::optional<uint64_t> until_;
  // Events stay where they are while others are read. The one that was taken last is used again.
  std::deque<std::unique_ptr<RecordedEvent>> events_;
  std::unique_ptr<RecordedEvent> spare_;
  log::ChainGrammar life_cycle_;
  uint64_t next_seq_ = 0;
  uint64_t time_ = 0;
  bool done_ = false;
  bool complete_ = false;
};

}  // namespace theater::replay
