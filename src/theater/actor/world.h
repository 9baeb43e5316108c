// What all actors of a node share.
#pragma once

#include "theater/actor/router.h"
#include "theater/actor/scheduler.h"
#include "theater/actor/wait_graph.h"
#include "theater/base/clock.h"

namespace theater {

// Outlives every actor. Its parts are safe from any thread.
struct World {
  Router& router;
  WaitGraph& waits;
  Scheduler& scheduler;
  const Clock& clock;
};

}  // namespace theater
