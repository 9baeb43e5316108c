#include "theater/actor/cell/failure.h"

namespace theater {

namespace {

log::FailureCause trapped(log::TrapCode code) {
  return log::FailedTrap{code};
}
log::FailureCause limited(log::LimitCode code) {
  return log::FailedLimit{code};
}

}  // namespace

log::FailureCause failure_cause(engine::TrapCode code) {
  using engine::TrapCode;
  switch (code) {
    case TrapCode::kUnreachable:
      return trapped(log::TrapCode::kUnreachable);
    case TrapCode::kMemoryOutOfBounds:
      return trapped(log::TrapCode::kMemoryOutOfBounds);
    case TrapCode::kTableOutOfBounds:
      return trapped(log::TrapCode::kTableOutOfBounds);
    case TrapCode::kBadIndirectCall:
      return trapped(log::TrapCode::kBadIndirectCall);
    case TrapCode::kIntegerOverflow:
      return trapped(log::TrapCode::kIntegerOverflow);
    case TrapCode::kIntegerDivisionByZero:
      return trapped(log::TrapCode::kIntegerDivisionByZero);
    case TrapCode::kBadConversionToInteger:
      return trapped(log::TrapCode::kBadConversionToInteger);
    case TrapCode::kStackOverflow:
      return trapped(log::TrapCode::kStackOverflow);
    case TrapCode::kBadValue:
      return trapped(log::TrapCode::kBadValue);
    case TrapCode::kOther:
      return trapped(log::TrapCode::kOther);
    case TrapCode::kHostRefused:
      return trapped(log::TrapCode::kHostRefused);
    case TrapCode::kCpuLimit:
      return limited(log::LimitCode::kCpu);
    case TrapCode::kMemoryLimit:
      return limited(log::LimitCode::kMemory);
    case TrapCode::kTableLimit:
      return limited(log::LimitCode::kTable);
    case TrapCode::kInstanceLimit:
      return limited(log::LimitCode::kInstance);
    case TrapCode::kPayloadLimit:
      return limited(log::LimitCode::kPayload);
    case TrapCode::kHostShortage:
      return limited(log::LimitCode::kHost);
    case TrapCode::kKilled:
    // The node has ended it, by a clock that is not the guest's; a `control` event says so.
    case TrapCode::kTimeLimit:
      return log::FailedKilled{};
  }
  return trapped(log::TrapCode::kOther);
}

}  // namespace theater
