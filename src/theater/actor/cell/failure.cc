#include "theater/actor/cell/failure.h"

namespace theater {

log::FailureCause failure_cause(engine::TrapCode code) {
  using engine::TrapCode;
#define THEATER_TRAP_CASE(code, ...) \
  case TrapCode::code:               \
    return log::FailedTrap{log::TrapCode::code};
#define THEATER_LIMIT_CASE(code, name, suffix, limit) \
  case TrapCode::code:                                \
    return log::FailedLimit{log::LimitCode::limit};
#define THEATER_KILL_CASE(code, ...) \
  case TrapCode::code:               \
    return log::FailedKilled{};
  switch (code) {
    THEATER_TRAPS(THEATER_TRAP_CASE)
    THEATER_TRAP_LIMITS(THEATER_LIMIT_CASE)
    THEATER_TRAP_KILLS(THEATER_KILL_CASE)
  }
#undef THEATER_TRAP_CASE
#undef THEATER_LIMIT_CASE
#undef THEATER_KILL_CASE
  return log::FailedTrap{log::TrapCode::kOther};
}

}  // namespace theater
