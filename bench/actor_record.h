// The part of an actor that records, for the cost of recording alone.
#pragma once

#include "theater/actor/cell/recorder.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/event.h"

#include <cstdint>
#include <variant>
#include <vector>

#include "expect.h"

namespace theater::bench {

// With what the product gives each event to. For one thread.
class ActorRecord {
 public:
  // `chain` is that of an actor of that binding, which outlives the object.
  ActorRecord(const Binding& binding, const log::Chain& chain) : holdings_(binding) {
    recorder_.feed(holdings_);
    for (uint64_t seq = chain.first_seq(); seq < chain.end_seq(); ++seq) {
      log::Event event = expect(log::decode_event(chain.event(seq)));
      if (std::holds_alternative<log::Instance>(event.body)) recorder_.record(event.body);
    }
  }

  void record(const std::vector<log::Body>& bodies, uint64_t wall_us) {
    recorder_.begin_turn(wall_us);
    for (const log::Body& body : bodies)
      recorder_.record(body);
  }
  const Hash& head() const { return recorder_.chain().head(); }

 private:
  ActorHoldings holdings_;
  Recorder recorder_;
};

}  // namespace theater::bench
