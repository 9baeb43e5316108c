#include "theater/engine/ticker.h"

#include "theater/base/guarded.h"
#include "theater/base/thread_name.h"
#include "theater/engine/engine.h"

#include <sys/prctl.h>

#include <algorithm>
#include <thread>

namespace theater::engine {

struct Ticker::State {
  Guarded<bool> stopping{false};
  std::thread thread;
};

Ticker::Ticker(Engine& engine, std::chrono::microseconds period)
    : state_(std::make_unique<State>()) {
  state_->thread = std::thread([&engine, period, &stopping = state_->stopping] {
    name_this_thread("ticker");
    // The kernel would add up to 50 microseconds to each sleep, to save wake-ups.
    ::prctl(PR_SET_TIMERSLACK, 1);
    using Clock = std::chrono::steady_clock;
    auto stopped = [](bool value) { return value; };
    // At fixed times, so that what one tick is late does not delay all that follow; but one that is
    // later than a whole period is not made up for, or guests would get shorter slices.
    Clock::time_point due = Clock::now() + period;
    while (!stopping.wait_for(due - Clock::now(), stopped, stopped)) {
      engine.tick();
      due = std::max(due, Clock::now() - period) + period;
    }
  });
}

Ticker::~Ticker() {
  state_->stopping.with([](bool& stopping) { stopping = true; });
  state_->stopping.notify_all();
  state_->thread.join();
}

}  // namespace theater::engine
