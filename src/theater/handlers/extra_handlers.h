// The handlers from outside the tree that this build includes (docs/handler-guide.md).
#pragma once

#include "theater/handlers/registry.h"

namespace theater {

// Adds them, in the order of THEATER_EXTRA_HANDLERS. Its definition is written by the build
// (cmake/theater_handlers.cmake), in a source of nothing else: a program that has a definition of
// its own therefore links that one.
void add_extra_handlers(const HandlerSettings& settings, HandlerSet& handlers);

}  // namespace theater
