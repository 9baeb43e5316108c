// A runtime in this process, with everything that it is made of.
#pragma once

#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/base/clock.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/engine/engine.h"
#include "theater/engine/ticker.h"
#include "theater/handlers/registry.h"
#include "theater/log/writer/log.h"
#include "theater/runtime/component_loader.h"
#include "theater/runtime/runtime.h"
#include "theater/store/blob_store.h"
#include "theater/store/home.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace theater::cli {

// Lives on the thread that makes it; its runtime may be used from any.
class Node final {
 public:
  // Takes the home, and opens or makes its log. `command` is how others see who holds the home.
  // Fails as Home::open() and Log::open() do, and with kResourceExhausted if the machine has no
  // room for the engine's address ranges.
  static Result<std::unique_ptr<Node>> start(const std::filesystem::path& home,
                                             const std::string& command);

  Runtime& runtime() { return *runtime_; }
  log::Log& log() { return *log_; }
  const BlobStore& blobs() const { return *blobs_; }
  const HomeLayout& layout() const { return home_->layout(); }
  engine::Engine& engine() { return *engine_; }
  const HandlerSet& handlers() const { return handlers_; }

  // Ends every actor and closes the log. Fails if not everything could be brought to disk.
  Result<void> close();

 private:
  Node() = default;

  // In the order in which they need each other; the runtime goes first.
  SystemClock clock_;
  OsRandom random_;
  std::unique_ptr<Home> home_;
  std::unique_ptr<BlobStore> blobs_;
  std::unique_ptr<log::Log> log_;
  std::optional<ManifestOrigins> origins_;
  std::optional<Recording> recording_;
  HandlerSet handlers_;
  std::unique_ptr<engine::Engine> engine_;
  std::optional<engine::Ticker> ticker_;
  std::optional<EngineLoader> loader_;
  std::optional<WorkerPool> workers_;
  ThreadTimers timers_;
  Routing routing_;
  std::unique_ptr<Runtime> runtime_;
};

}  // namespace theater::cli
