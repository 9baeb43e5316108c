// The life-cycle grammar: the permitted order of one chain's events.
//
//   chain = genesis started? run* terminated?
//   run   = (held snapshot)? instance io* (failed | (call io* (returned | failed))*)
//   io    = host | note | refused | sent | answered | intent | outcome
//   node  = genesis control*
//
// After `failed` only `instance` or `terminated` follows. `control`, `child`, `child-ended`,
// `discarded` and `answered` may stand anywhere between `genesis` and `terminated`, except for the
// operations `started`, `updated` and `held` of `control` (grammar_control.cc). Each intent has one
// outcome, before its call ends, and each accepted request one answer. A chain may end before
// either.
//
// The chain of a node has a genesis without a manifest. It holds a node's operations and `noted`;
// the chain of an actor holds the other operations and `noted`.
#pragma once

#include "theater/base/result.h"
#include "theater/log/event/bodies.h"
#include "theater/log/event/function_table.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

namespace theater::log {

// Reads the bodies of a chain one by one, from its beginning.
//
// Not thread-safe. No call may follow a violation.
class ChainGrammar {
 public:
  enum class Phase {
    kEmpty,       // Before `genesis`.
    kBegun,       // After `genesis`.
    kSnapshot,    // After `snapshot`.
    kStarting,    // After `instance`, in its own io.
    kInCall,      // After `call`.
    kIdle,        // After `returned`.
    kFailed,      // After `failed`.
    kTerminated,  // After `terminated`.
  };

  // The grammar between two calls of an actor without open intents and requests, directly before a
  // `snapshot`. `instance` is the event after the `snapshot`: of the same incarnation, or of the
  // next one if the node was lost between the two.
  static ChainGrammar between_calls(const Instance& instance);

  // Takes the body of event number `seq`. Fails with kCorrupt, naming the broken rule. The message
  // leaves out the event's position, which the caller knows.
  Result<void> accept(uint64_t seq, const Body& body);

  Phase phase() const { return phase_; }

  // The functions of the current instance; empty before the first.
  const FunctionTable& functions() const { return functions_; }

  uint64_t incarnation() const { return incarnation_; }

  // The positions of the intent without an outcome, if there is one, and of accepted requests
  // without an answer.
  const std::set<uint64_t>& open_intents() const { return open_intents_; }
  const std::set<uint64_t>& open_requests() const { return open_requests_; }

 private:
  // The kind of the last event, as far as the next one depends on it.
  enum class Last : uint8_t { kOther, kGenesis, kHeld };

  Result<void> accept_body(uint64_t seq, const Genesis& body);
  Result<void> accept_body(uint64_t seq, const Instance& body);
  Result<void> accept_body(uint64_t seq, const Call& body);
  Result<void> accept_body(uint64_t seq, const Returned& body);
  Result<void> accept_body(uint64_t seq, const Host& body);
  Result<void> accept_body(uint64_t seq, const Note& body);
  Result<void> accept_body(uint64_t seq, const Refused& body);
  Result<void> accept_body(uint64_t seq, const Intent& body);
  Result<void> accept_body(uint64_t seq, const Outcome& body);
  Result<void> accept_body(uint64_t seq, const Sent& body);
  Result<void> accept_body(uint64_t seq, const Answered& body);
  Result<void> accept_body(uint64_t seq, const Child& body);
  Result<void> accept_body(uint64_t seq, const ChildEnded& body);
  Result<void> accept_body(uint64_t seq, const Discarded& body);
  Result<void> accept_body(uint64_t seq, const Control& body);
  Result<void> accept_body(uint64_t seq, const Snapshot& body);
  Result<void> accept_body(uint64_t seq, const Failed& body);
  Result<void> accept_body(uint64_t seq, const Terminated& body);

  Result<void> accept_operation(uint64_t seq, const Started& operation);
  Result<void> accept_operation(uint64_t seq, const Updated& operation);
  Result<void> accept_operation(uint64_t seq, const Held& operation);
  Result<void> accept_operation(uint64_t seq, const Noted& operation);
  // Of an operation that may stand anywhere.
  template <class Other>
  Result<void> accept_operation(uint64_t, const Other&) {
    return {};
  }

  std::string_view phase_text() const;
  Failure misplaced(std::string_view name) const;
  static Failure no_place_before_failed(std::string_view name);

  Result<void> check_between_calls(std::string_view name) const;
  Result<void> check_io(uint32_t function) const;
  Result<void> check_function(uint32_t function) const;
  Result<void> check_no_open_intent() const;
  Result<void> check_no_old_request() const;

  Phase phase_ = Phase::kEmpty;
  FunctionTable functions_;
  uint64_t incarnation_ = 0;
  Last last_ = Last::kOther;
  bool is_node_ = false;     // The chain is a node's.
  bool has_parent_ = false;  // `genesis` names a parent.
  bool had_instance_ = false;
  bool had_update_ = false;    // An `updated` came after the last `instance`.
  bool trap_due_ = false;      // `failed` must follow a `refused` without an answer.
  bool init_due_ = false;      // The next call must be of `init`.
  uint64_t instance_seq_ = 0;  // The last `instance` that lost the memory before it.
  std::set<uint64_t> open_intents_;
  std::set<uint64_t> open_requests_;
};

}  // namespace theater::log
