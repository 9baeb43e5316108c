// Does this chain prove itself? Checks events that somebody else kept or sent.
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
// A changed event is found when its successor, or the head, is checked against it; so the last
// event is as good as the head that finish() is given. Not thread-safe.
class ChainVerifier {
 public:
  // From `start` on. The grammar of a chain can only be judged from its beginning.
  explicit ChainVerifier(const ChainPosition& start = {});

  // Takes the next event. Fails with kCorrupt, naming the event and what is wrong.
  Result<EventRef> accept(ByteView event);

  // The same for an event that was decoded and hashed elsewhere.
  Result<EventRef> accept(const Event& event, const Hash& hash);

  // Fails with kCorrupt unless the last event's hash is `head`.
  Result<void> finish(const Hash& head) const;

  // Where the next event would go.
  const ChainPosition& position() const { return position_; }

  // None for a chain that was not read from its beginning.
  const std::optional<ChainGrammar>& life_cycle() const { return life_cycle_; }

 private:
  ChainPosition position_;
  std::optional<ChainGrammar> life_cycle_;
};

// Checks a whole chain, or the part of it from `start` on, against its head. Fails with kCorrupt,
// naming the first event that is wrong; without events, unless the head is the start's.
Result<void> verify_chain(std::span<const ByteView> events, const Hash& head,
                          const ChainPosition& start = {});

}  // namespace theater::log
