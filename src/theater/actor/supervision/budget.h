// What is left of the budgets of an actor and of all that are above it.
//
// There is one Budget for each actor that has a budget of its own, linked to that of the nearest
// ancestor that has one; an actor without one shares its ancestor's. A use is taken from each
// budget up to the root, or from none: so what a subtree has used never exceeds the budget of
// anybody who is above it, however many use it at once.
//
// CPU time is known only when it has been used, so it is counted afterwards: a subtree may use more
// by the slices of time in which its actors were running when it ran out.
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
  std::string text;  // Whose budget, of what and how much.
  ActorId owner;     // Whose.
};

// Safe from any thread; no locks.
class Budget {
 public:
  // The budget of an actor: its own, below `above` (null if nobody above has one). Null if there is
  // neither.
  static std::shared_ptr<Budget> of(const ActorId& owner, const ManifestBudget& own,
                                    std::shared_ptr<Budget> above);

  Budget(const ActorId& owner, const ManifestBudget& own, std::shared_ptr<Budget> above);
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // Take one from every budget up to the root, or none from any, and say whose is spent.
  std::optional<BudgetSpent> take_message();
  std::optional<BudgetSpent> take_descendant();
  std::optional<BudgetSpent> take_host_call(std::string_view interface);

  // Give one back to every budget up to the root: the record has no such use.
  void give_back_descendant();
  void give_back_host_call(std::string_view interface);

  // Adds, in every budget up to the root, what was used before the node was lost, or what cannot be
  // refused any more.
  void add(const log::HeldBudget& used);

  // Whether the CPU time of any owner is counted, without which nothing need be measured.
  bool counts_cpu() const { return smallest_cpu_.has_value(); }
  // The smallest bound of CPU time up to the root; none if there is no bound.
  const std::optional<std::chrono::nanoseconds>& smallest_cpu() const { return smallest_cpu_; }
  // Counts time that was used, and says whose budget it leaves nothing of.
  std::optional<BudgetSpent> use_cpu(std::chrono::nanoseconds time);

  // Whether this is the first that is asked about that bound of that owner, who has this budget or
  // is above it.
  bool is_news(const BudgetSpent& spent);

  // Used so far of this actor's own bounds; 0 of what is without bound.
  uint64_t messages_used() const { return messages_.used(); }
  uint64_t descendants_used() const { return descendants_.used(); }
  uint64_t host_calls_used(std::string_view interface) const;
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

  // Takes one from the counter that `find` finds in each budget, null for none; or takes nothing,
  // and gives the budget whose counter has none left.
  template <class Find>
  const Budget* take_one(const Find& find);
  BudgetSpent spent(std::string what, const std::string& bound) const;
  Counter* counter_of(std::string_view what);
  Counter* host_calls_of(std::string_view interface) const;
  static std::optional<std::chrono::nanoseconds> smallest_cpu_of(const ManifestBudget& own,
                                                                 const Budget* above);

  const ActorId owner_;
  const std::shared_ptr<Budget> above_;
  const std::optional<std::chrono::nanoseconds> smallest_cpu_;
  Counter messages_;
  Counter descendants_;
  Counter cpu_ns_;
  std::vector<std::unique_ptr<InterfaceCounter>> host_calls_;
};

}  // namespace theater
