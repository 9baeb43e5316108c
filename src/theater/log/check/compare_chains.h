// The check that two chains agree about the messages between their actors.
//
// A chain proves that it was not changed. It does not prove that its statements about other actors
// agree with theirs. This check finds each message on both sides. The receiver must have taken each
// given message once, with the same bytes, in the order of giving. The sender must have given each
// taken message. docs/formats/log.md, "What two chains say of each other", has the rules.
#pragma once

#include "theater/base/bytes.h"
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
  kLost,          // A given message was never taken.
  kInvented,      // A taken message was never given, or was taken twice.
  kAltered,       // A taken message differs from the given one.
  kReordered,     // A message was taken before one that was given earlier.
  kUnverifiable,  // The record lacks one side.
};
std::string_view fault_name(Fault fault);  // "LOST", …

// One side of a difference.
struct MessageEvent {
  ActorId actor;
  std::string name;  // The actor's name; empty without a record.
  uint64_t seq = 0;
  std::string event;     // "sent", "call" and so on.
  std::string function;  // Empty if the event names none.
  EventPlace place;

  // "ping #12 sent theater:simple/message-server-host/send (segment 0, offset 5120)".
  std::string to_string() const;
};

struct Difference {
  Fault fault = Fault::kUnverifiable;
  std::string what;  // One sentence.
  std::optional<MessageEvent> given;
  std::optional<MessageEvent> taken;
  std::string look_at;  // A command that shows more.
};

struct MessageReport {
  static constexpr size_t kDifferencesMax = 20;

  Verdict verdict = Verdict::kValid;
  std::vector<Difference> differences;  // The first kDifferencesMax.
  uint64_t left_out = 0;

  // The messages and answers on which both sides agree.
  uint64_t messages = 0;
  uint64_t answers = 0;
  // The messages for an actor with an open chain, which may still take them, and those given before
  // a crash of the node.
  uint64_t in_flight = 0;
};

using ActorPair = std::pair<ActorId, ActorId>;

// Reads the first payload of an event again, as it is in the log; none without its bytes.
using ReadPayload = std::function<std::optional<Bytes>(const ActorId&, uint64_t seq)>;

// Compares the chains of one log with each other, or only the messages between two of them. An
// actor without a ledger has no chain there. What a sender's chain leaves out is compared by its
// hash, with what `read` has of the receiver's chain.
MessageReport compare_messages(const std::vector<MessageLedger>& ledgers,
                               const std::optional<ActorPair>& only = {},
                               const ReadPayload& read = {});

// The same for a log in which check_log() found no fault. `progress` gets the number of events
// read. Fails as LogCursor does, or with kNotFound if the log has neither of the two actors.
Result<MessageReport> check_messages(const LogReader& log, const std::optional<ActorPair>& only,
                                     const std::function<void(uint64_t)>& progress);

}  // namespace theater::log
