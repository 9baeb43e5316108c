#include "theater/actor/supervision/budget.h"

#include "theater/base/check.h"
#include "theater/manifest/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// A bound of bytes: its key, its name in the record, and its place in a manifest.
struct BytesRow {
  std::string_view key;
  std::string_view name;
  std::optional<uint64_t> ManifestBudget::* bound;
};
constexpr std::array kBytesRows = {
    BytesRow{"budget.log_bytes", log::kLogBytes, &ManifestBudget::log_bytes},
    BytesRow{"budget.store_bytes", log::kStoreBytes, &ManifestBudget::store_bytes},
    BytesRow{"budget.files_bytes", log::kFilesBytes, &ManifestBudget::files_bytes}};

const BytesRow* row_of(std::string_view name) {
  const auto* found = std::find_if(kBytesRows.begin(), kBytesRows.end(),
                                   [name](const BytesRow& row) { return row.name == name; });
  THEATER_CHECK(found != kBytesRows.end(), "{}", name);
  return found;
}

bool uses_calls(const log::HeldBudget& used) {
  return used.messages != 0 || used.descendants != 0 || used.cpu_us != 0 ||
         std::any_of(used.host_calls.begin(), used.host_calls.end(),
                     [](const auto& entry) { return log::is_interface_name(std::get<0>(entry)); });
}

bool bounds_calls(const ManifestBudget& budget) {
  return budget.messages || budget.descendants || budget.cpu_ms || !budget.host_calls.empty();
}

}  // namespace

bool counts(const ManifestBudget& bounds, const log::HeldBudget& used) {
  if (bounds_calls(bounds) && uses_calls(used)) return true;
  return std::any_of(used.host_calls.begin(), used.host_calls.end(), [&](const auto& entry) {
    return std::any_of(kBytesRows.begin(), kBytesRows.end(), [&](const BytesRow& row) {
      return row.name == std::get<0>(entry) && bounds.*row.bound;
    });
  });
}

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
      smallest_log_(smallest_log_of(own, above_.get())),
      own_(own),
      messages_(own.messages.value_or(Counter::kUnbounded)),
      descendants_(own.descendants.value_or(Counter::kUnbounded)),
      cpu_ns_(own.cpu_ms ? *own.cpu_ms * kNsPerMs : Counter::kUnbounded) {
  for (const auto& [interface, bound] : own.host_calls) {
    host_calls_.push_back(std::make_unique<InterfaceCounter>(interface, bound));
  }
  for (const BytesRow& row : kBytesRows) {
    if (!(own.*row.bound)) continue;
    host_calls_.push_back(
        std::make_unique<InterfaceCounter>(std::string(row.name), *(own.*row.bound)));
  }
}

std::optional<uint64_t> Budget::smallest_log_of(const ManifestBudget& own, const Budget* above) {
  if (above == nullptr || !above->smallest_log_) return own.log_bytes;
  return std::min(*above->smallest_log_, own.log_bytes.value_or(Counter::kUnbounded));
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
const Budget* Budget::take(const Find& find, uint64_t amount) {
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get()) {
    Counter* counter = find(*budget);
    if (counter == nullptr || counter->take(amount)) continue;
    for (Budget* below = this; below != budget; below = below->above_.get()) {
      if (Counter* taken = find(*below)) taken->give_back(amount);
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
  const Budget* found = take([](Budget& budget) { return &budget.messages_; });
  if (found == nullptr) return std::nullopt;
  return found->spent(std::string(kMessages), std::to_string(found->messages_.most()));
}

std::optional<BudgetSpent> Budget::take_descendant() {
  const Budget* found = take([](Budget& budget) { return &budget.descendants_; });
  if (found == nullptr) return std::nullopt;
  return found->spent(std::string(kDescendants), std::to_string(found->descendants_.most()));
}

std::optional<BudgetSpent> Budget::take_host_call(std::string_view interface) {
  const Budget* found = take([&](Budget& budget) { return budget.host_calls_of(interface); });
  if (found == nullptr) return std::nullopt;
  return found->spent(fmt::format("{}{}", kHostCalls, interface),
                      std::to_string(found->host_calls_of(interface)->most()));
}

std::optional<BudgetSpent> Budget::take_bytes(std::string_view name, uint64_t amount) {
  const Budget* found = take([&](Budget& budget) { return budget.host_calls_of(name); }, amount);
  if (found == nullptr) return std::nullopt;
  const Counter& counter = *found->host_calls_of(name);
  BudgetSpent spent = found->spent_bytes(name);
  uint64_t left = counter.most() - std::min(counter.most(), counter.used());
  spent.text += fmt::format("; this takes {} bytes, and {} are left", amount, left);
  return spent;
}

std::optional<BudgetSpent> Budget::use_log(uint64_t amount) {
  std::optional<BudgetSpent> found;
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get()) {
    Counter* counter = budget->host_calls_of(log::kLogBytes);
    if (counter == nullptr || counter->use(amount) || found) continue;
    found = budget->spent_bytes(log::kLogBytes);
  }
  return found;
}

BudgetSpent Budget::spent_bytes(std::string_view name) const {
  uint64_t most = host_calls_of(name)->most();
  return spent(std::string(row_of(name)->key), format_quantity(most, Unit::kBytes));
}

bool Budget::counts(const log::HeldBudget& used) const {
  for (const Budget* budget = this; budget != nullptr; budget = budget->above_.get()) {
    if (theater::counts(budget->own_, used)) return true;
  }
  return false;
}

void Budget::give_back_descendant() {
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get())
    budget->descendants_.give_back(1);
}

void Budget::give_back_host_call(std::string_view interface) {
  give_back_bytes(interface, 1);
}

void Budget::give_back_bytes(std::string_view name, uint64_t amount) {
  for (Budget* budget = this; budget != nullptr; budget = budget->above_.get()) {
    if (Counter* counter = budget->host_calls_of(name)) counter->give_back(amount);
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
  for (const BytesRow& row : kBytesRows) {
    if (what == row.key) return host_calls_of(row.name);
  }
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
