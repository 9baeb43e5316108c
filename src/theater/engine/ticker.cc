#include "theater/engine/ticker.h"

#include "theater/base/guarded.h"
#include "theater/engine/engine.h"

#include <thread>

namespace theater::engine {

struct Ticker::State {
  Guarded<bool> stopping{false};
  std::thread thread;
};

Ticker::Ticker(Engine& engine, std::chrono::microseconds period)
    : state_(std::make_unique<State>()) {
  state_->thread = std::thread([&engine, period, &stopping = state_->stopping] {
    auto stopped = [](bool value) { return value; };
    while (!stopping.wait_for(period, stopped, stopped))
      engine.tick();
  });
}

Ticker::~Ticker() {
  state_->stopping.with([](bool& stopping) { stopping = true; });
  state_->stopping.notify_all();
  state_->thread.join();
}

}  // namespace theater::engine
