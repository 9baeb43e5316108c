// A guest's fault, and the name that the record gives it.
#pragma once

#include "theater/engine/trap.h"
#include "theater/log/event/failure.h"

namespace theater {

log::FailureCause failure_cause(engine::TrapCode code);

}  // namespace theater
