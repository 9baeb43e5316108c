// The handler `dice`, which this folder is an example of.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/handlers/registry.h"

#include <memory>

namespace theater {

// Keeps its score sheet in `handlers/dice` of the home.
std::unique_ptr<const Handler> make_dice_handler(const HandlerSettings& settings);

}  // namespace theater
