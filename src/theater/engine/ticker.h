// The epoch clock: a thread that ticks an engine at a fixed rate while it exists.
#pragma once

#include <chrono>
#include <memory>

namespace theater::engine {

class Engine;

// How long a guest runs before it gives way to others.
inline constexpr std::chrono::microseconds kTickPeriod{1000};

class Ticker {
 public:
  explicit Ticker(Engine& engine, std::chrono::microseconds period = kTickPeriod);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace theater::engine
