#include "theater/engine/raw.h"

#include "theater/base/check.h"

namespace theater::engine::raw {

namespace {

// trap() converts the C header's numbers by a cast.
#define THEATER_SAME_NUMBER(code, name, suffix, ...) \
  static_assert(static_cast<uint32_t>(TrapCode::code) == TE_##suffix);
THEATER_TRAPS(THEATER_SAME_NUMBER)
THEATER_TRAP_LIMITS(THEATER_SAME_NUMBER)
#undef THEATER_SAME_NUMBER
static_assert(static_cast<uint32_t>(TrapCode::kKilled) == TE_KILLED);

}  // namespace

Failure failure(te_error* error) {
  THEATER_CHECK(error != nullptr);
  ErrorPtr owned(error);
  std::string message(text(te_error_message(error)));
  switch (te_error_code(error)) {
    case TE_UNSUPPORTED:
      return Failure(Error(ErrorCode::kUnsupported, std::move(message)));
    case TE_MISSING:
      return Failure(Error(ErrorCode::kNotFound, std::move(message)));
    default:
      return Failure(Error(ErrorCode::kInvalidArgument, std::move(message)));
  }
}

Trap trap(const te_error* error) {
  THEATER_CHECK(error != nullptr);
  uint32_t code = te_error_code(error);
  THEATER_CHECK(code <= TE_KILLED, "a guest failed with code {}", code);
  Trap trap{static_cast<TrapCode>(code), std::string(text(te_error_message(error))), {}};
  std::string_view lines = text(te_error_backtrace(error));
  while (!lines.empty()) {
    size_t end = lines.find('\n');
    trap.backtrace.emplace_back(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  RefusedGrowth refused;
  uint32_t limit = te_error_refused(error, &refused.wanted);
  if (limit != TE_MISSING) {
    refused.limit = static_cast<TrapCode>(limit);
    trap.refused = refused;
  }
  return trap;
}

}  // namespace theater::engine::raw
