// The record, and next to it the chain that the replay makes.
//
// The two advance in step: the replay appends an event that follows from the component or is
// copied, and its bytes must be those of the record. So one hash serves both: the recorded events
// must link to the hash that the replay computes.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/log/event/chain.h"
#include "theater/replay/findings.h"
#include "theater/replay/record.h"
#include "theater/replay/replay.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace theater::replay {

// Not thread-safe. Functions that fail have written into the findings why, or fail with kCorrupt
// because the record is not a chain.
class ReplayChain {
 public:
  // All outlive the track. `before` is the chain that the record continues; `listener` may be null.
  ReplayChain(Record& record, Findings& findings, log::Chain before = log::Chain(),
              Listener* listener = nullptr)
      : record_(record),
        findings_(findings),
        listener_(listener),
        chain_(std::move(before)),
        head_(chain_.head()) {}

  // The next event of the record, which hangs on what was replayed; null at the end. Valid until
  // something is appended.
  Result<const RecordedEvent*> next();

  // Appends the next event with this body, in place of the recorded one, and at its time.
  Result<void> append(const log::Body& body);

  // Appends the next event as it is recorded.
  Result<void> copy();

  // Does so with all that may stand anywhere. Returns what comes then; null at the end.
  Result<const RecordedEvent*> copy_floating();

  // The same as Record::role_ahead.
  Result<std::optional<Role>> role_ahead(size_t ahead) { return record_.role_ahead(ahead); }

  // Whether the recorded payload, an output, is `computed`; the listener is then told. If the
  // recorded bytes were removed, the call compares only the length, and notes that. `what` is the
  // part of the event.
  Result<bool> is_same(const RecordedEvent& event, const log::Payload& recorded, ByteView computed,
                       std::string_view what);

  // The bytes of a recorded payload, an input. Fails if they were removed.
  Result<ByteView> input(const RecordedEvent& event, const log::Payload& recorded,
                         std::string_view what);

  // What differs at the next event, or at the end of the record. Fails in any case: with kCorrupt
  // if the record is not a chain there.
  Failure diverge(std::string field, Act recorded, Act replayed);

  // A payload with these bytes, inline or detached as the recorded one, which is the same.
  static log::Payload payload_like(const log::Payload& recorded, ByteView computed);

  // What was replayed. Its bound is that of a recorded actor's chain, as functions of the chain
  // need.
  const log::Chain& chain() const { return chain_; }
  log::Chain take_chain() && { return std::move(chain_); }

  // How many events were replayed, and the hash of the last.
  uint64_t events() const { return events_; }
  const Hash& head() const { return head_; }

  Findings& findings() { return findings_; }

 private:
  // Advances to what comes after the event that was appended.
  Result<void> step_past(const log::EventRef& appended);
  Result<bool> compare(const RecordedEvent& event, const log::Payload& recorded, ByteView computed,
                       std::string_view what);

  Record& record_;
  Findings& findings_;
  Listener* const listener_;
  log::Chain chain_;
  uint64_t events_ = 0;
  Hash head_;
};

}  // namespace theater::replay
