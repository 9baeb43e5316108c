// A node in memory with the real engine, on worker threads.
#pragma once

#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/engine/ticker.h"
#include "theater/handlers/registry.h"
#include "theater/log/event/verify.h"
#include "theater/runtime/runtime.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace theater::testing {

struct EngineNode {
  explicit EngineNode(size_t workers) : pool(workers) {}

  // Expects that the actor's chain verifies, unless its oldest events are no longer in memory.
  void expect_whole(const ActorId& id) {
    auto chain = runtime.chain(id);
    ASSERT_TRUE(chain);
    if (chain->dropped() > 0) return;
    std::vector<ByteView> events;
    chain->for_each([&](uint64_t, ByteView bytes, const Hash&) { events.push_back(bytes); });
    auto verified = log::verify_chain(events, chain->head());
    EXPECT_TRUE(verified) << verified.error().to_string();
  }

  std::unique_ptr<engine::Engine> engine = engine::Engine::create().value();
  engine::Ticker ticker{*engine};
  SystemClock clock;
  OsRandom random;
  HandlerSet handlers = make_handlers();
  EngineLoader loader{*engine};
  WorkerPool pool;
  ThreadTimers timers;
  Routing routing;
  Runtime runtime{Runtime::Parts{pool, timers, routing, clock, random, handlers, loader}};
};

}  // namespace theater::testing
