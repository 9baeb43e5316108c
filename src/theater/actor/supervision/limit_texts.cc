#include "theater/actor/supervision/limit_texts.h"

#include "theater/base/check.h"

#include <algorithm>

namespace theater {

namespace {

uint64_t ManifestLimits::* limit_of(engine::TrapCode code) {
  using engine::TrapCode;
  switch (code) {
    case TrapCode::kCpuLimit:
      return &ManifestLimits::call_cpu_ms;
    case TrapCode::kTimeLimit:
      return &ManifestLimits::call_wall_ms;
    case TrapCode::kMemoryLimit:
      return &ManifestLimits::memory_bytes;
    case TrapCode::kTableLimit:
      return &ManifestLimits::table_elements;
    case TrapCode::kInstanceLimit:
      return &ManifestLimits::instances;
    case TrapCode::kPayloadLimit:
      return &ManifestLimits::payload_bytes;
    default:
      return nullptr;
  }
}

std::string growth_text(const ManifestLimits& limits, const engine::RefusedGrowth& refused,
                        std::string_view function) {
  bool is_memory = refused.limit == engine::TrapCode::kMemoryLimit;
  return fmt::format("in {} the guest asked for {} {}; its limit is `[limits] {}`", function,
                     refused.wanted, is_memory ? "bytes of memory" : "table elements",
                     limit_text(limits, limit_of(refused.limit)));
}

}  // namespace

std::string limit_text(const ManifestLimits& limits, uint64_t ManifestLimits::* limit) {
  auto rows = limit_rows();
  auto row =
      std::find_if(rows.begin(), rows.end(), [&](const LimitRow& r) { return r.member == limit; });
  THEATER_CHECK(row != rows.end());
  return fmt::format("{} = {}", row->key, format_quantity(limits.*limit, row->unit));
}

std::string breach_text(const ManifestLimits& limits, const engine::Trap& trap,
                        std::string_view function) {
  bool is_growth =
      trap.refused && (engine::is_fault(trap.code) || trap.code == trap.refused->limit);
  if (is_growth) return growth_text(limits, *trap.refused, function);
  uint64_t ManifestLimits::* limit = limit_of(trap.code);
  if (limit == nullptr) return {};
  return fmt::format("{} was reached in {}", limit_text(limits, limit), function);
}

}  // namespace theater
