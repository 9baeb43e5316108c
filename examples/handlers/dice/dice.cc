#include "dice.h"

#include <fmt/format.h>

namespace theater {

Dice::Dice(std::optional<uint64_t> seed) {
  if (seed) {
    random_ = std::make_unique<SeededRandom>(*seed);
  } else {
    random_ = std::make_unique<OsRandom>();
  }
}

tl::expected<uint32_t, std::string> Dice::roll(uint32_t sides) {
  if (sides == 0 || sides > kSidesMax) {
    return tl::unexpected(
        fmt::format("a die has 1 to {} sides, as in roll(6), and not {}", kSidesMax, sides));
  }
  return static_cast<uint32_t>(random_->below(sides) + 1);
}

}  // namespace theater
