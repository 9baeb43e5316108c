#include "theater/actor/supervision/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace theater {

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kNsPerUs = 1'000;
// As BudgetSpent::what has them.
constexpr std::string_view kMessages = "budget.messages";
constexpr std::string_view kDescendants = "budget.descendants";
constexpr std::string_view kCpu = "budget.cpu_ms";
constexpr std::string_view kHostCalls = "budget.host_calls.";

}  // namespace

bool Budget::Counter::take(uint64_t amount) {
  if (!is_bounded()) return true;
  uint64_t used = used_.load(std::memory_order_relaxed);
  do {
    if (used > most_ || amount > most_ - used) return false;
  } while (!used_.compare_exchange_weak(used, used + amount, std::memory_order_relaxed));
  return true;
}

void Budget::Counter::give_back(uint64_t amount) {
  if (is_bounded()) used_.fetch_sub(amount, std::memory_order_relaxed);
}

bool Budget::Counter::use(uint64_t amount) {
  if (!is_bounded()) return true;
  return used_.fetch_add(amount, std::memory_order_relaxed) + amount < most_;
}

std::shared_ptr<Budget> Budget::of(const ActorId& owner, const ManifestBudget& own,
                                   std::shared_ptr<Budget> above) {
  if (own.empty()) return above;
  return std::make_shared<Budget>(owner, own, std::move(above));
}

Budget::Budget(const ActorId& owner, const ManifestBudget& own, std::shared_ptr<Budget> above)
    : owner_(owner),
      above_(std::move(above)),
      smallest_cpu_(smallest_cpu_of(own, above_.get())),
      messages_(own.messages.value_or(Counter::kUnbounded)),
      descendants_(own.descendants.value_or(Counter::kUnbounded)),
      cpu_ns_(own.cpu_ms ? *own.cpu_ms * kNsPerMs : Counter::kUnbounded) {
  for (const auto& [interface, bound] : own.host_calls) {
    host_calls_.push_back(std::make_unique<InterfaceCounter>(interface, bound));
  }
}

std::optional<std::chrono::nanoseconds> Budget::smallest_cpu_of(const ManifestBudget& own,
                                                                const Budget* above) {
  std::optional<std::chrono::nanoseconds> smallest;
  if (above != nullptr) smallest = above->smallest_cpu_;
  if (!own.cpu_ms) return smallest;
  auto bound = std::chrono::nanoseconds(static_cast<int64_t>(*own.cpu_ms * kNsPerMs));
  return smallest ? std::min(*smallest, bound) : bound;
}

template <class Find>
const Budget* Budget::take_one(const Find& find) {
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get()) {
    Counter* counter = find(*budget);
    if (counter == nullptr || counter->take(1)) continue;
    for (Budget* below = this; below != budget; below = below->above_.get()) {
      if (Counter* taken = find(*below)) taken->give_back(1);
    }
    return budget;
  }
  return nullptr;
}

BudgetSpent Budget::spent(std::string what, const std::string& bound) const {
  std::string text =
      fmt::format("budget-spent: {} = {} of actor {} is used up, by it and its descendants", what,
                  bound, owner_.to_string());
  return {std::move(what), std::move(text), owner_};
}

std::optional<BudgetSpent> Budget::take_message() {
  const Budget* found = take_one([](Budget& budget) { return &budget.messages_; });
  if (found == nullptr) return std::nullopt;
  return found->spent(std::string(kMessages), std::to_string(found->messages_.most()));
}

std::optional<BudgetSpent> Budget::take_descendant() {
  const Budget* found = take_one([](Budget& budget) { return &budget.descendants_; });
  if (found == nullptr) return std::nullopt;
  return found->spent(std::string(kDescendants), std::to_string(found->descendants_.most()));
}

std::optional<BudgetSpent> Budget::take_host_call(std::string_view interface) {
  const Budget* found = take_one([&](Budget& budget) { return budget.host_calls_of(interface); });
  if (found == nullptr) return std::nullopt;
  return found->spent(fmt::format("{}{}", kHostCalls, interface),
                      std::to_string(found->host_calls_of(interface)->most()));
}

void Budget::give_back_descendant() {
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get())
    budget->descendants_.give_back(1);
}

void Budget::give_back_host_call(std::string_view interface) {
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get()) {
    if (Counter* counter = budget->host_calls_of(interface)) counter->give_back(1);
  }
}

void Budget::add(const log::HeldBudget& used) {
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get()) {
    budget->messages_.use(used.messages);
    budget->descendants_.use(used.descendants);
    budget->cpu_ns_.use(std::min(used.cpu_us, Counter::kUnbounded / 2 / kNsPerUs) * kNsPerUs);
    for (const auto& [interface, calls] : used.host_calls) {
      if (Counter* counter = budget->host_calls_of(interface)) counter->use(calls);
    }
  }
}

bool Budget::is_news(const BudgetSpent& spent) {
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get()) {
    if (budget->owner_ != spent.owner) continue;
    Counter* counter = budget->counter_of(spent.what);
    return counter != nullptr && counter->is_news();
  }
  return false;
}

Budget::Counter* Budget::counter_of(std::string_view what) {
  if (what == kMessages) return &messages_;
  if (what == kDescendants) return &descendants_;
  if (what == kCpu) return &cpu_ns_;
  return host_calls_of(what.substr(std::min(what.size(), kHostCalls.size())));
}

// What it points to may be changed: counters are no part of what a Budget is.
Budget::Counter* Budget::host_calls_of(std::string_view interface) const {
  for (const auto& entry : host_calls_) {
    if (entry->interface == interface) return &entry->counter;
  }
  return nullptr;
}

uint64_t Budget::host_calls_used(std::string_view interface) const {
  const Counter* counter = host_calls_of(interface);
  return counter == nullptr ? 0 : counter->used();
}

std::optional<BudgetSpent> Budget::use_cpu(std::chrono::nanoseconds time) {
  auto amount = static_cast<uint64_t>(std::max<int64_t>(time.count(), 0));
  std::optional<BudgetSpent> found;
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get()) {
    if (budget->cpu_ns_.use(amount) || found) continue;
    uint64_t ms = budget->cpu_ns_.most() / kNsPerMs;
    found = budget->spent(std::string(kCpu), fmt::format("{}ms", ms));
  }
  return found;
}

}  // namespace theater
