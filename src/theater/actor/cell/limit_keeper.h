// The limits of an actor that neither its engine nor its mailbox keeps: open requests, children,
// budgets, the time of a call, and the rate at which the actor fills the log.
//
// A limit that is reached refuses one host call or one request, makes the actor wait, or costs it
// its instance. The keeper measures, answers and writes the texts; its owner acts.
#pragma once

#include "theater/actor/cell/actor_template.h"
#include "theater/actor/cell/metrics.h"
#include "theater/actor/cell/node_services.h"
#include "theater/actor/messaging/mailbox.h"
#include "theater/actor/messaging/request_slot.h"
#include "theater/actor/supervision/budget.h"
#include "theater/actor/supervision/budget_use.h"
#include "theater/actor/supervision/limit_texts.h"
#include "theater/actor/supervision/rate_limit.h"
#include "theater/engine/guest.h"

#include <tl/expected.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

class Binder;

// Each method says its thread: `Any thread.`, or `Turn.` for the worker that runs the actor's turn.
class LimitKeeper {
 public:
  using Time = CallMeter::Time;
  static constexpr std::chrono::seconds kLogWaitLineEvery{60};

  // All but `budget` outlive the keeper.
  struct Parts {
    NodeServices& services;
    const ActorTemplate& common;
    const ActorId& id;
    Task& task;  // The actor, which owns the keeper. Its timers keep the task in memory.
    Mailbox& mailbox;
    std::shared_ptr<Budget> budget;  // Null if neither the actor nor one above it has a budget.
  };
  explicit LimitKeeper(Parts parts);
  LimitKeeper(const LimitKeeper&) = delete;
  LimitKeeper& operator=(const LimitKeeper&) = delete;

  // Any thread. The budget of the actor and its descendants, which may outlast it; null for none.
  const std::shared_ptr<Budget>& budget() const { return budget_; }

  // Any thread. The largest size of each part of a call's arguments, state and parameters. Each has
  // half of the payload limit, so no sender can push a call over the limit.
  uint64_t part_bytes_max() const { return common_.limits.payload_bytes / 2; }

  // Any thread. The payload limit.
  uint64_t payload_bytes_max() const { return common_.limits.payload_bytes; }

  // Any thread. The reason why a message of `size` bytes is too large; none if it is not.
  std::optional<std::string> too_large(size_t size) const;

  // Any thread. As ActorRef::reserve_request().
  tl::expected<RequestSlot, std::string> reserve_request();

  // Turn. The reason why an actor with so many children may have no more; none if it may.
  std::optional<std::string> too_many_children(size_t children) const;

  // Turn. The reason why the guest of an actor with so many children may not spawn now. If it may,
  // the child counts against the rate and the budget.
  std::optional<LimitReached> refuse_spawn(size_t children);

  // Turn. Takes a descendant from the budgets, for the child that is being made; or gives the
  // budget that has none left.
  std::optional<BudgetSpent> take_descendant();
  // Turn. A `child` is on record: it counts, whether or not a descendant was taken for it.
  void child_is_recorded();
  // Turn. No child is being made any more: a descendant that was taken for none is given back.
  void spawn_is_over();

  // Turn. A budget has refused something. The first refusal of each bound goes into the node's
  // log, and to the parent of the actor that has the budget.
  void report_spent(const BudgetSpent& spent);

  // Turn. Lets the guest run, and counts its time against the budgets and in `use`.
  engine::Progress run(engine::Guest& guest, BudgetUse& use);

  // Turn. Whether so much of the time in `use` is not on record that it must be recorded now: a
  // tenth of the smallest bound.
  bool must_record_cpu(const BudgetUse& use) const;

  // Turn. The budget that has no CPU time left; none if all have.
  std::optional<BudgetSpent> spent_cpu() const;

  // Turn. The reason why no guest may fill the disk now; none if it may.
  std::optional<LimitReached> refuse_write();

  // Turn. Counts the events that `use` has taken against the budgets of the log: in steps, a part
  // of the smallest bound and at most 64 KiB, or all of them.
  enum class LogCount : uint8_t { kInSteps, kAll };
  void count_log(const BudgetUse& use, LogCount how = LogCount::kInSteps);

  // Turn. The budget of the log that has nothing left, for an actor with this use; none if all
  // have, or if the actor's events go to no log.
  std::optional<BudgetSpent> spent_log(const BudgetUse& use) const;

  // Turn. Whether the actor must wait because it has filled the log too fast; `recorded_bytes` are
  // all that it has recorded so far. The timer of a wait wakes the actor.
  enum class LogWait : uint8_t { kNone, kBegins, kContinues };
  LogWait charge_log(uint64_t recorded_bytes);
  // Turn. That wait keeps the actor from its work: one line in the node's log for each wait, but no
  // more than one in kLogWaitLineEvery. An actor that writes too fast all the time waits many times
  // a second.
  void report_log_wait();
  // Turn. The same for a disk that has no room for guests. For an actor with a log only.
  LogWait await_disk(uint64_t recorded_bytes);

  // Turn. A call, or an instantiation, begins.
  void begin_call() { ++call_number_; }
  // Turn. It is over, or its guest is lost.
  void end_call();
  // Turn. Whether the call has not finished in one turn, so that its time is measured.
  bool measures_call() const { return call_began_.has_value(); }
  // Turn. The guest has not finished its call in one turn: whether the call has had its time.
  // `now` is the time of the turn, which is exact enough.
  bool call_is_too_long(Time now);
  // Turn. While the guest waits, a timer limits the time of its call, unless the wait ends before
  // by a deadline of its own. The timer puts a CallOverdue into the mailbox.
  void watch_waiting_call(Time now, const Binder& binder);
  // Turn. Whether that item is about the call in progress.
  bool is_current(const CallOverdue& overdue) const { return overdue.call == call_number_; }

  // The trap of an instance that is lost because spent_log() has a budget.
  static engine::Trap log_spent_trap();

  // Turn. The budget that an instance is lost for; none if the trap has another reason.
  std::optional<BudgetSpent> spent_by(const engine::Trap& trap) const;

  // Turn. The limit that an instance is lost for, and the function that reached it; empty if the
  // trap has another reason.
  std::string breach(const engine::Trap& trap, std::string_view function) const;
  // Turn. The limit in seconds if the instance is lost for the time of a call.
  std::optional<uint64_t> timeout_s(const engine::Trap& trap) const;

  // Turn. The actor has ended: cancels the timers of the log and the disk.
  void end();

 private:
  const ManifestLimits& bounds() const { return common_.bounds; }

  NodeServices& services_;
  const ActorTemplate& common_;
  const ActorId& id_;
  Task& task_;
  Mailbox& mailbox_;
  const std::shared_ptr<Budget> budget_;
  bool has_taken_descendant_ = false;  // For a child that is not on record.

  std::atomic<uint64_t> unanswered_{0};  // Requests with a RequestSlot.
  RateLimit spawn_rate_;

  RateLimit log_rate_;
  uint64_t log_check_at_ = 0;       // The recorded bytes at which the clock is read next.
  uint64_t log_bytes_paid_ = 0;     // The recorded bytes that were charged.
  uint64_t log_bytes_counted_ = 0;  // The part of BudgetUse::logged_bytes() in the budgets.
  uint64_t disk_check_at_ = 0;      // The recorded bytes at which the disk is looked at next.
  Timers::Id log_timer_ = 0;
  std::chrono::milliseconds log_wait_{0};  // The length of the last wait.
  bool log_wait_is_reported_ = false;
  uint64_t log_waits_ = 0;                     // Waits that kept the actor from its work.
  std::optional<Time> next_wait_line_;         // None before the first line.
  std::atomic<bool> log_rate_awaited_{false};  // The log timer will wake the actor.
  Timers::Id disk_timer_ = 0;
  std::atomic<bool> disk_awaited_{false};  // The same.

  uint64_t call_number_ = 0;
  std::optional<Time> call_began_;  // None while the call is in its first turn.
  Timers::Id call_timer_ = 0;       // The timer of the call in progress; 0 for none.
};

}  // namespace theater
