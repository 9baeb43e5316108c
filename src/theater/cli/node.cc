#include "theater/cli/node.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace theater::cli {

namespace {

constexpr unsigned kWorkersMax = 8;

}  // namespace

Result<std::unique_ptr<Node>> Node::start() {
  auto engine = THEATER_TRY(engine::Engine::create());
  return std::unique_ptr<Node>(new Node(std::move(engine)));  // tidy: owned by the unique_ptr
}

Node::Node(std::unique_ptr<engine::Engine> engine)
    : handlers_(make_handlers()),
      engine_(std::move(engine)),
      ticker_(*engine_),
      loader_(*engine_),
      workers_(std::clamp(std::thread::hardware_concurrency(), 1u, kWorkersMax)) {
  runtime_ = std::make_unique<Runtime>(Runtime::Parts{.scheduler = workers_,
                                                      .clock = clock_,
                                                      .random = random_,
                                                      .handlers = handlers_,
                                                      .loader = loader_});
}

}  // namespace theater::cli
