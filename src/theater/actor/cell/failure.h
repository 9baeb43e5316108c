// The record's name of a guest's fault.
#pragma once

#include "theater/engine/trap.h"
#include "theater/log/event/failure.h"

namespace theater {

log::FailureCause failure_cause(engine::TrapCode code);

}  // namespace theater
