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

}  // namespace

std::string limit_text(const ManifestLimits& limits, uint64_t ManifestLimits::* limit) {
  auto rows = limit_rows();
  auto row =
      std::find_if(rows.begin(), rows.end(), [&](const LimitRow& r) { return r.member == limit; });
  THEATER_CHECK(row != rows.end());
  return fmt::format("{} = {}", row->key, format_quantity(limits.*limit, row->unit));
}

std::string breach_text(const ManifestLimits& limits, engine::TrapCode code,
                        std::string_view function) {
  uint64_t ManifestLimits::* limit = limit_of(code);
  if (limit == nullptr) return {};
  return fmt::format("{} was reached in {}", limit_text(limits, limit), function);
}

}  // namespace theater
