// The check that a chain proves itself. It is for events that another party kept or sent.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/event.h"
#include "theater/log/event/grammar.h"

#include <cstdint>
#include <optional>
#include <span>

namespace theater::log {

// Checks one chain, event by event: encoding, position, link, time, and from the beginning of a
// chain also its grammar (grammar.h).
//
// The check of a successor, or of the head, finds a changed event. So the last event is proved only
// by the head that finish() gets. Not thread-safe.
class ChainVerifier {
 public:
  // Checks the events from `start` on. Without the beginning of a chain its grammar is not checked.
  explicit ChainVerifier(const ChainPosition& start = {});

  // The same, with the state of the grammar at `start`.
  ChainVerifier(const ChainPosition& start, ChainGrammar life_cycle);

  // Takes the next event. Fails with kCorrupt, naming the event and its fault.
  Result<EventRef> accept(ByteView event);

  // The same for an event that the caller has decoded and hashed.
  Result<EventRef> accept(const Event& event, const Hash& hash);

  // The same without the check of the link, for a caller that leaves the hashes to another part. It
  // must use no other accept(), and position() has no head.
  Result<void> accept_unlinked(const Event& event);

  // Fails with kCorrupt unless the last event's hash is `head`.
  Result<void> finish(const Hash& head) const;

  // The position of the next event.
  const ChainPosition& position() const { return position_; }

  // None for a chain that was not read from its beginning.
  const std::optional<ChainGrammar>& life_cycle() const { return life_cycle_; }

 private:
  Result<void> check_position(const Event& event) const;
  Result<void> check_course(const Event& event);

  ChainPosition position_;
  std::optional<ChainGrammar> life_cycle_;
};

// Checks a whole chain, or its part from `start` on, against its head. Fails with kCorrupt, naming
// the first wrong event; without events, unless the head is the start's.
Result<void> verify_chain(std::span<const ByteView> events, const Hash& head,
                          const ChainPosition& start = {});

}  // namespace theater::log
