#include "theater/manifest/limits.h"

#include <algorithm>
#include <array>

namespace theater {

namespace {

using L = ManifestLimits;

constexpr uint64_t kKiB = 1 << 10;
constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kGiB = 1 << 30;
constexpr uint64_t kHour = 3'600'000;

constexpr std::array<LimitRow, 13> kRows = {{
    {"memory_bytes", Unit::kBytes, &L::memory_bytes, 64 * kKiB, 4 * kGiB,
     "the linear memory of one instance", "growing answers −1"},
    {"table_elements", Unit::kCount, &L::table_elements, 1, 10'000'000,
     "the elements of its tables", "growing answers −1"},
    {"instances", Unit::kCount, &L::instances, 1, 1000, "the core instances in one component",
     "the actor is not started"},
    {"call_cpu_ms", Unit::kMilliseconds, &L::call_cpu_ms, 1, kHour, "the CPU time of one call",
     "the incarnation ends"},
    {"payload_bytes", Unit::kBytes, &L::payload_bytes, kKiB, 256 * kMiB,
     "one message, or the values of one host call",
     "an error to the sender, or to the guest; a state of more than half of it ends the "
     "incarnation"},
    {"mailbox_messages", Unit::kCount, &L::mailbox_messages, 1, 1'000'000, "messages that wait",
     "an error to the sender"},
    {"mailbox_bytes", Unit::kBytes, &L::mailbox_bytes, kKiB, 4 * kGiB,
     "the parameters of messages that wait", "an error to the sender"},
    {"open_requests", Unit::kCount, &L::open_requests, 1, 1'000'000,
     "requests to the actor that have no answer, waiting ones included", "an error to the caller"},
    {"call_wall_ms", Unit::kMilliseconds, &L::call_wall_ms, 1, 7 * 24 * kHour,
     "the time from the beginning of one call to its end, waiting included",
     "the incarnation ends"},
    {"children", Unit::kCount, &L::children, 0, 100'000, "children that have not ended",
     "a spawn is refused"},
    {"spawns_per_second", Unit::kCount, &L::spawns_per_second, 0, 1'000'000,
     "spawns, after a burst of one second's", "a spawn is refused"},
    {"log_bytes_per_second", Unit::kBytes, &L::log_bytes_per_second, kKiB, 64 * kGiB,
     "the events of the actor, after a burst of one second's",
     "the actor waits until its share allows more"},
    // The most is what a replay keeps, to compute again what `get-chain` gave.
    {"chain_bytes", Unit::kBytes, &L::chain_bytes, 4 * kKiB, kMiB,
     "the newest events of the actor, which are kept in memory",
     "the oldest are there no longer, but for the log"},
}};

}  // namespace

std::span<const LimitRow> limit_rows() {
  return kRows;
}

ManifestLimits largest_limits() {
  ManifestLimits limits;
  for (const LimitRow& row : kRows)
    limits.*row.member = row.most;
  return limits;
}

ManifestLimits meet(const ManifestLimits& a, const ManifestLimits& b) {
  ManifestLimits met;
  for (const LimitRow& row : kRows)
    met.*row.member = std::min(a.*row.member, b.*row.member);
  return met;
}

ManifestLimits read_limits(Diagnostics& diagnostics, TableReader& document,
                           ManifestLimits otherwise) {
  const TomlTable* table = document.table("limits");
  if (table == nullptr) return otherwise;
  TableReader reader(diagnostics, "[limits]", *table, document.position_of("limits"));
  for (const LimitRow& row : kRows) {
    uint64_t& limit = otherwise.*row.member;
    limit = reader.number(row.key, row.unit, row.least, row.most).value_or(limit);
  }
  reader.finish();
  return otherwise;
}

}  // namespace theater
