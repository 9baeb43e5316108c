// A runtime in this process, with everything that it is made of.
#pragma once

#include "theater/actor/worker_pool.h"
#include "theater/base/clock.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/engine/engine.h"
#include "theater/engine/ticker.h"
#include "theater/handlers/registry.h"
#include "theater/runtime/component_loader.h"
#include "theater/runtime/runtime.h"

#include <memory>

namespace theater::cli {

// Lives on the thread that makes it; its runtime may be used from any.
class Node final {
 public:
  // Fails with kResourceExhausted if the machine has no room for the engine's address ranges.
  static Result<std::unique_ptr<Node>> start();

  Runtime& runtime() { return *runtime_; }
  engine::Engine& engine() { return *engine_; }
  const HandlerSet& handlers() const { return handlers_; }

 private:
  explicit Node(std::unique_ptr<engine::Engine> engine);

  // In the order in which they need each other; the runtime goes first.
  SystemClock clock_;
  OsRandom random_;
  HandlerSet handlers_;
  std::unique_ptr<engine::Engine> engine_;
  engine::Ticker ticker_;
  EngineLoader loader_;
  WorkerPool workers_;
  std::unique_ptr<Runtime> runtime_;
};

}  // namespace theater::cli
