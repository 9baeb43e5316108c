// Dice. They know nothing of actors, guests or records.
#pragma once

#include "theater/base/random.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace theater {

// Used by one thread at a time.
class Dice {
 public:
  static constexpr uint32_t kSidesMax = 1'000'000;

  // With a seed the same numbers come again; without one they are the operating system's.
  explicit Dice(std::optional<uint64_t> seed);

  // From 1 to `sides`, each as likely as another. An error for no sides, and for more than
  // kSidesMax.
  tl::expected<uint32_t, std::string> roll(uint32_t sides);

 private:
  std::unique_ptr<Random> random_;
};

}  // namespace theater
