// Every handler of this build: the program's list of features.
#pragma once

#include "theater/actor/handler.h"

namespace theater {

// In the order in which sessions are made.
HandlerSet make_handlers();

}  // namespace theater
