// What an actor has used of budgets, counted from its record.
//
// The same object counts in a living actor, event by event, and in a recovery, which reads the
// events. So a recovered actor continues with the use that it had. The use of an actor covers the
// actor itself and its ended children; each living child counts its own.
//
//   bound         counted
//   messages      each `sent` of a message (message_rule.h), failed ones included
//   descendants   each `child`
//   host calls    each event of a call: host, note, intent, sent, and a `refused` whose call was
//                 carried out (it was refused for an argument, or its result was too large)
//   time          only what `held` says, since no other event has it
//
// A `noted` of the kind child-used adds the use of a child that has ended.
#pragma once

#include "theater/base/result.h"
#include "theater/log/event/bodies.h"
#include "theater/log/event/held_budget.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

// Not thread-safe.
class BudgetUse {
 public:
  using FunctionNames = std::vector<std::string>;

  // `known`, which may be null, outlives the object: a function table that instances of the actor
  // probably have, so that the object needs no copy of it.
  explicit BudgetUse(const FunctionNames* known = nullptr) : known_(known) {}

  // Takes the next event. Fails with kCorrupt if it is not well formed, and with kNotFound if the
  // use in a `held` or `noted` is not inline.
  Result<void> accept(uint64_t seq, const log::Body& body);

  // The guest was running for this time.
  void add_cpu(std::chrono::nanoseconds time) { unrecorded_cpu_ += time; }

  // The time that the record does not have yet.
  std::chrono::nanoseconds unrecorded_cpu() const { return unrecorded_cpu_; }

  // All use so far.
  log::HeldBudget used() const;

  // The position of `child-ended` if that is the last event, so the child's use may be missing.
  const std::optional<uint64_t>& last_child_ended() const { return last_child_ended_; }
  // The child of that event.
  const ActorId& last_child() const { return last_child_; }

 private:
  Result<void> set(const log::Payload& part);
  Result<void> count_host_call(uint32_t function);
  void count_host_calls(const std::string& interface, uint64_t calls);

  const FunctionNames* known_;
  std::shared_ptr<const FunctionNames> own_;  // The current function table, unless that is known.
  const FunctionNames* functions_ = nullptr;  // The current one; null before the first instance.
  log::HeldBudget used_;
  std::chrono::nanoseconds unrecorded_cpu_{};
  std::optional<uint64_t> last_child_ended_;
  ActorId last_child_;
};

// Whether a call that was refused for this reason counts as a call of its interface.
bool counts_as_call(const log::Refusal& why);

// The note that adds the use of an ended child, whose `child-ended` has the position `about`.
log::Control child_used(uint64_t about, const log::HeldBudget& used);

}  // namespace theater
