// Carries messages between actors: it knows the actor of each id, and which actors wait for which.
//
// A routing is made before any runtime and knows none. Its maker gives it to the runtimes of the
// process that must use it. Actors of all runtimes that share one can talk to each other. The
// schedulers of these runtimes then outlive all of the runtimes.
#pragma once

#include "theater/actor/messaging/router.h"
#include "theater/actor/messaging/wait_graph.h"

namespace theater {

// Its parts are safe from any thread.
struct Routing {
  Router router;
  WaitGraph waits;
};

}  // namespace theater
