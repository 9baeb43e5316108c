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
//   bytes         by the rule of log/event/disk_use.h: of the log, each event but `control`; of
//                 stores and files, each event of a call that counts, except for notes
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
#include <string_view>
#include <utility>
#include <vector>

namespace theater {

// Not thread-safe.
class BudgetUse {
 public:
  using FunctionNames = std::vector<std::string>;

  // `known`, which may be null, outlives the object: a function table that instances of the actor
  // probably have, so that the object needs no copy of it.
  explicit BudgetUse(const FunctionNames* known = nullptr) : known_(known) {}

  // The next instance probably has the function table `known`, which replaces the one before.
  void expect(const FunctionNames* known) {
    known_ = known;
    functions_ = nullptr;
  }

  // Takes the next event. Fails with kCorrupt if it is not well formed, and with kNotFound if the
  // use in a `held` or `noted` is not inline.
  Result<void> accept(uint64_t seq, const log::Body& body);

  // Whether the next event counts by bytes of a payload, which must be inline unless they are lost.
  bool reads_payloads(const log::Body& body) const;

  // The bytes of stores that were given back since the last call of this.
  uint64_t take_freed() { return std::exchange(freed_, 0); }

  // The actor's events go to no log, and do not count as bytes of it.
  void leave_log_out() { is_logged_ = false; }
  bool is_logged() const { return is_logged_; }
  // Bytes of the actor's own events that this object has taken.
  uint64_t logged_bytes() const { return logged_bytes_; }

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
  Result<void> count(uint64_t seq, const log::Body& body);
  // The name of a function of the current instance.
  Result<std::string_view> name_of(uint32_t function) const;
  Result<void> count_host_call(uint32_t function);
  // The same, for a call that may have written something.
  Result<void> count_writing_call(uint32_t function, const log::Payload& arguments);
  void add(std::string_view name, uint64_t amount);
  // Whether a function of the current instance gives bytes of stores back.
  bool frees(uint32_t function) const;
  void give_back(const log::Payload& result);

  const FunctionNames* known_;
  std::shared_ptr<const FunctionNames> own_;  // The current function table, unless that is known.
  const FunctionNames* functions_ = nullptr;  // The current one; null before the first instance.
  log::HeldBudget used_;
  uint64_t freed_ = 0;
  uint64_t logged_bytes_ = 0;
  uint64_t held_log_bytes_ = 0;  // The part of them that used_ has.
  bool is_logged_ = true;
  std::chrono::nanoseconds unrecorded_cpu_{};
  std::optional<uint64_t> last_child_ended_;
  ActorId last_child_;
};

// Whether a call that was refused for this reason counts as a call of its interface.
bool counts_as_call(const log::Refusal& why);

// The note that adds the use of an ended child, whose `child-ended` has the position `about`.
log::Control child_used(uint64_t about, const log::HeldBudget& used);

}  // namespace theater
