// What carries messages between actors, and nothing else: who has which id, and who waits for whom.
//
// It is made before any runtime and knows none. Whoever makes the runtimes of a process gives them
// the routing that they are to use, and the actors of all that share one can talk to each other;
// the schedulers of these runtimes then outlive all of them.
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
