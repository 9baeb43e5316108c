// Random bytes behind an interface, so that tests and seeded runs decide what is drawn.
#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace theater {

class Random {
 public:
  virtual ~Random() = default;

  // Overwrites every byte of `out`.
  virtual void fill(std::span<uint8_t> out) = 0;

  uint64_t next_u64();

  // Uniform in [0, bound); `bound` is at least 1.
  uint64_t below(uint64_t bound);
};

// The operating system's generator. Safe from any thread.
class OsRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override;
};

// The same sequence for the same seed. Not thread-safe, and not for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  void fill(std::span<uint8_t> out) override;

 private:
  std::mt19937_64 engine_;
};

}  // namespace theater
