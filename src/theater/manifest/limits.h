// What one actor may use at most: the one table of all limits.
//
// Reading a manifest's `[limits]`, the operator's `[limits]`, the messages about both and the table
// in docs/manifest.md all follow limit_rows(); a test compares that page with it. A limit holds for
// one actor by itself. What a whole tree may use is a budget.
#pragma once

#include "theater/manifest/diagnostics.h"
#include "theater/manifest/quantity.h"
#include "theater/manifest/table_reader.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace theater {

struct ManifestLimits {
  uint64_t memory_bytes = uint64_t{64} << 20;
  uint64_t table_elements = 100'000;
  uint64_t instances = 64;
  uint64_t call_cpu_ms = 10'000;
  uint64_t payload_bytes = uint64_t{16} << 20;
  uint64_t mailbox_messages = 1000;
  uint64_t mailbox_bytes = uint64_t{64} << 20;
  uint64_t open_requests = 10'000;
  // Far longer than requests wait by default, so that those that nobody answers, one after another,
  // are errors to the guest before they are the end of it.
  uint64_t call_wall_ms = 86'400'000;
  uint64_t children = 1000;
  uint64_t spawns_per_second = 1000;
  uint64_t log_bytes_per_second = uint64_t{256} << 20;
  uint64_t chain_bytes = uint64_t{1} << 20;

  bool operator==(const ManifestLimits&) const = default;
};

struct LimitRow {
  std::string_view key;
  Unit unit;
  uint64_t ManifestLimits::* member;
  uint64_t least;  // Still lets some component run.
  uint64_t most;
  std::string_view of;    // What is limited.
  std::string_view then;  // What happens at the limit.
};

// In the order of ManifestLimits.
std::span<const LimitRow> limit_rows();

// Each as large as a manifest may have it.
ManifestLimits largest_limits();

// Limit by limit, the smaller one.
ManifestLimits meet(const ManifestLimits& a, const ManifestLimits& b);

// What the `[limits]` of a document says; what it leaves out is as in `otherwise`.
ManifestLimits read_limits(Diagnostics& diagnostics, TableReader& document,
                           ManifestLimits otherwise);

}  // namespace theater
