#include "theater/manifest/budget.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace theater {

namespace {

// What TOML can write. Nothing uses as much.
constexpr uint64_t kBoundMax = std::numeric_limits<int64_t>::max();

// A hundred years, so that nanoseconds of it can be counted.
constexpr uint64_t kCpuMsMax = uint64_t{100} * 365 * 24 * 3'600'000;

constexpr uint64_t kStoreBytes = uint64_t{1} << 30;
constexpr uint64_t kFilesBytes = uint64_t{4} << 30;

std::optional<uint64_t> meet_bounds(std::optional<uint64_t> a, std::optional<uint64_t> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

void read_host_calls(Diagnostics& diagnostics, TableReader& reader, ManifestBudget& budget) {
  const TomlTable* calls = reader.table("host_calls");
  if (calls == nullptr) return;
  TableReader call_reader(diagnostics, "[budget.host_calls]", *calls,
                          reader.position_of("host_calls"));
  for (const TomlEntry& entry : calls->entries) {
    auto bound = call_reader.number(entry.key, Unit::kCount, 0, kBoundMax);
    if (!bound) continue;
    bool is_short = entry.key.find('/') == entry.key.npos;
    std::string interface = is_short ? std::string(kBudgetPackage) + entry.key : entry.key;
    // A bound holds for every version.
    interface = interface.substr(0, interface.find('@'));
    if (!budget.host_calls.emplace(std::move(interface), *bound).second) {
      call_reader.reject(entry.key, "this interface is named twice");
    }
  }
}

}  // namespace

ManifestBudget read_budget(Diagnostics& diagnostics, TableReader& document,
                           const ManifestBudget& otherwise) {
  ManifestBudget budget = otherwise;
  const TomlTable* table = document.table("budget");
  if (table == nullptr) return budget;
  TableReader reader(diagnostics, "[budget]", *table, document.position_of("budget"));
  auto read = [&](std::string_view key, Unit unit, uint64_t most, std::optional<uint64_t>& bound) {
    if (auto number = reader.number(key, unit, 0, most)) bound = number;
  };
  read("cpu_ms", Unit::kMilliseconds, kCpuMsMax, budget.cpu_ms);
  read("messages", Unit::kCount, kBoundMax, budget.messages);
  read("descendants", Unit::kCount, kBoundMax, budget.descendants);
  read("log_bytes", Unit::kBytes, kBoundMax, budget.log_bytes);
  read("store_bytes", Unit::kBytes, kBoundMax, budget.store_bytes);
  read("files_bytes", Unit::kBytes, kBoundMax, budget.files_bytes);
  read_host_calls(diagnostics, reader, budget);
  reader.finish();
  return budget;
}

ManifestBudget default_root_budget() {
  ManifestBudget budget;
  budget.store_bytes = kStoreBytes;
  budget.files_bytes = kFilesBytes;
  return budget;
}

ManifestBudget meet(const ManifestBudget& a, const ManifestBudget& b) {
  ManifestBudget met;
  met.cpu_ms = meet_bounds(a.cpu_ms, b.cpu_ms);
  met.messages = meet_bounds(a.messages, b.messages);
  met.descendants = meet_bounds(a.descendants, b.descendants);
  met.log_bytes = meet_bounds(a.log_bytes, b.log_bytes);
  met.store_bytes = meet_bounds(a.store_bytes, b.store_bytes);
  met.files_bytes = meet_bounds(a.files_bytes, b.files_bytes);
  met.host_calls = a.host_calls;
  for (const auto& [interface, bound] : b.host_calls) {
    auto [at, is_new] = met.host_calls.emplace(interface, bound);
    if (!is_new) at->second = std::min(at->second, bound);
  }
  return met;
}

}  // namespace theater
