// Leaves for tests of trees: the same ones for the same seed.
#pragma once

#include "theater/base/hash.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace theater::log {

inline std::vector<Hash> sample_leaves(size_t count, uint64_t seed = 1) {
  std::mt19937_64 engine(seed);
  std::vector<Hash> leaves(count);
  for (Hash& leaf : leaves)
    std::generate(leaf.bytes.begin(), leaf.bytes.end(),
                  [&] { return static_cast<uint8_t>(engine()); });
  return leaves;
}

}  // namespace theater::log
