// Do two chains tell the same story? Compares what actors say of the messages between them.
//
// A chain proves that nobody changed it; it does not prove that what its actor says of others is
// what they say of it. Here each message is looked up on both sides: what one actor gave, the other
// must have taken, once, with the same bytes, and in the order in which it was given; what one
// actor says it was given, the other must have given. docs/formats/log.md, "What two chains say of
// each other", has the rules.
#pragma once

#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/check/log_check.h"
#include "theater/log/check/message_ledger.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::log {

enum class Fault : uint8_t {
  kLost,          // Given, and never taken.
  kInvented,      // Taken, and never given; or taken twice.
  kAltered,       // Taken as something else than was given.
  kReordered,     // Taken before what was given earlier.
  kUnverifiable,  // One side of it is not on record.
};
std::string_view fault_name(Fault fault);  // "LOST", …

// One side of a difference.
struct MessageEvent {
  ActorId actor;
  std::string name;  // Of the actor; empty if it is not on record.
  uint64_t seq = 0;
  std::string event;     // "sent", "call" and so on.
  std::string function;  // Empty if it names none.
  EventPlace place;

  // "ping #12 sent theater:simple/message-server-host/send (segment 0, offset 5120)".
  std::string to_string() const;
};

struct Difference {
  Fault fault = Fault::kUnverifiable;
  std::string what;  // One sentence.
  std::optional<MessageEvent> given;
  std::optional<MessageEvent> taken;
  std::string look_at;  // What shows more.
};

struct MessageReport {
  static constexpr size_t kDifferencesMax = 20;

  Verdict verdict = Verdict::kValid;
  std::vector<Difference> differences;  // The first kDifferencesMax.
  uint64_t left_out = 0;

  // What both sides say the same of.
  uint64_t messages = 0;
  uint64_t answers = 0;
  // What was given to an actor whose chain is open and may still take it, or was given before the
  // node crashed.
  uint64_t in_flight = 0;
};

using ActorPair = std::pair<ActorId, ActorId>;

// Compares chains of one log with each other, or only what is between two of them. An actor that is
// not among them has no chain there.
MessageReport compare_messages(const std::vector<MessageLedger>& ledgers,
                               const std::optional<ActorPair>& only = {});

// The same for a log, which check_log() has found nothing wrong with. `progress` is told how many
// events were read. Fails as LogCursor does, or with kNotFound if neither of two actors is there.
Result<MessageReport> check_messages(const LogReader& log, const std::optional<ActorPair>& only,
                                     const std::function<void(uint64_t)>& progress);

}  // namespace theater::log
