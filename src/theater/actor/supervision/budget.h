// What is left of the budgets of an actor and of all that are above it.
//
// There is one Budget for each actor that has a budget of its own, linked to that of the nearest
// ancestor that has one; an actor without one shares its ancestor's. A use is taken from each
// budget up to the root, or from none: so what a subtree has used never exceeds the budget of any
// actor above it, however many use it at once.
//
// CPU time and the bytes of events are known only when they have been used, so they are counted
// afterwards: a subtree may use more by the slices of time in which its actors were running when
// the budget ran out.
#pragma once

#include "theater/base/id.h"
#include "theater/log/event/held_budget.h"
#include "theater/manifest/budget.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater {

// A budget that has nothing left of what was asked for.
struct BudgetSpent {
  std::string what;  // As in "budget.messages".
  std::string text;  // Its owner, what it bounds and how much.
  ActorId owner;     // The actor with the budget.
};

// Whether one of the bounds counts a part of `used`, as Budget::counts().
bool counts(const ManifestBudget& bounds, const log::HeldBudget& used);

// Safe from any thread; no locks.
class Budget {
 public:
  // The budget of an actor: its own, below `above` (null if no actor above has one). Null if there
  // is neither.
  static std::shared_ptr<Budget> of(const ActorId& owner, const ManifestBudget& own,
                                    std::shared_ptr<Budget> above);

  Budget(const ActorId& owner, const ManifestBudget& own, std::shared_ptr<Budget> above);
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // Take one from every budget up to the root, or none from any, and say whose is spent.
  std::optional<BudgetSpent> take_message();
  std::optional<BudgetSpent> take_descendant();
  std::optional<BudgetSpent> take_host_call(std::string_view interface);

  // The same for so many bytes. `name` is kStoreBytes or kFilesBytes of log/event/held_budget.h.
  std::optional<BudgetSpent> take_bytes(std::string_view name, uint64_t amount);

  // Give it back to every budget up to the root: the record has no such use.
  void give_back_descendant();
  void give_back_host_call(std::string_view interface);
  void give_back_bytes(std::string_view name, uint64_t amount);

  // Adds, in every budget up to the root, what was used before the node was lost, or what cannot be
  // refused any more.
  void add(const log::HeldBudget& used);

  // Whether the CPU time of any owner is counted, without which nothing need be measured.
  bool counts_cpu() const { return smallest_cpu_.has_value(); }
  // The smallest bound of CPU time up to the root; none if there is no bound.
  const std::optional<std::chrono::nanoseconds>& smallest_cpu() const { return smallest_cpu_; }
  // Counts time that was used, and says whose budget it leaves nothing of.
  std::optional<BudgetSpent> use_cpu(std::chrono::nanoseconds time);

  // The smallest bound of the log's bytes up to the root; none if there is no bound, and then
  // nothing need be counted.
  const std::optional<uint64_t>& smallest_log() const { return smallest_log_; }
  // Counts bytes that were recorded, and says whose budget they leave nothing of.
  std::optional<BudgetSpent> use_log(uint64_t amount);

  // Whether a bound of this budget, or of one above it, counts a part of `used`. Calls, messages,
  // descendants and time count together: a bound of one of them counts them all.
  bool counts(const log::HeldBudget& used) const;

  // Whether this is the first that is asked about that bound of that owner, who has this budget or
  // is above it.
  bool is_news(const BudgetSpent& spent);

  // Used so far of this actor's own bounds; 0 of what is without bound.
  uint64_t messages_used() const { return messages_.used(); }
  uint64_t descendants_used() const { return descendants_.used(); }
  uint64_t host_calls_used(std::string_view interface) const;
  uint64_t bytes_used(std::string_view name) const { return host_calls_used(name); }
  std::chrono::nanoseconds cpu_used() const { return std::chrono::nanoseconds(cpu_ns_.used()); }

 private:
  class Counter {
   public:
    static constexpr uint64_t kUnbounded = std::numeric_limits<uint64_t>::max();

    explicit Counter(uint64_t most = kUnbounded) : most_(most) {}
    // False if that would be more than there is, and then nothing is taken.
    bool take(uint64_t amount);
    void give_back(uint64_t amount);
    // Counts it all the same; false if nothing is left.
    bool use(uint64_t amount);
    // True once.
    bool is_news() { return !told_.exchange(true, std::memory_order_relaxed); }
    bool is_bounded() const { return most_ != kUnbounded; }
    uint64_t used() const { return used_.load(std::memory_order_relaxed); }
    uint64_t most() const { return most_; }

   private:
    uint64_t most_;
    std::atomic<uint64_t> used_{0};
    std::atomic<bool> told_{false};
  };
  struct InterfaceCounter {
    InterfaceCounter(std::string name, uint64_t most) : interface(std::move(name)), counter(most) {}
    std::string interface;
    Counter counter;
  };

  // Takes from the counter that `find` finds in each budget, null for none; or takes nothing, and
  // gives the budget whose counter has not so much left.
  template <class Find>
  const Budget* take(const Find& find, uint64_t amount = 1);
  BudgetSpent spent(std::string what, const std::string& bound) const;
  BudgetSpent spent_bytes(std::string_view name) const;
  Counter* counter_of(std::string_view what);
  Counter* host_calls_of(std::string_view interface) const;
  static std::optional<std::chrono::nanoseconds> smallest_cpu_of(const ManifestBudget& own,
                                                                 const Budget* above);
  static std::optional<uint64_t> smallest_log_of(const ManifestBudget& own, const Budget* above);

  const ActorId owner_;
  const std::shared_ptr<Budget> above_;
  const std::optional<std::chrono::nanoseconds> smallest_cpu_;
  const std::optional<uint64_t> smallest_log_;
  const ManifestBudget own_;
  Counter messages_;
  Counter descendants_;
  Counter cpu_ns_;
  std::vector<std::unique_ptr<InterfaceCounter>> host_calls_;  // And bytes, by their names.
};

}  // namespace theater
