// Callables by when they are due: the data behind every kind of Timers.
//
// A binary heap of places, where each place knows where in the heap it is; so a cancelled timer
// leaves at once and frees what it held, and a program that sets and cancels a deadline for each
// request keeps no more than the requests that are open.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace theater {

// Not thread-safe. Adding and taking costs the logarithm of how many there are.
class TimerHeap {
 public:
  using Id = uint64_t;
  using Then = std::function<void()>;

  // `due` is on the caller's clock. An id is not given twice (in 2^32 uses of one place).
  Id add(std::chrono::nanoseconds due, Then then);

  // Takes one out, wherever it is. Empty if it is not there.
  Then remove(Id id);

  // When the first is due; none if there is none.
  std::optional<std::chrono::nanoseconds> next_due() const;

  // Takes the first out: of those due together, the one that was added first. There must be one.
  Then pop();

  size_t size() const { return heap_.size(); }

 private:
  struct Place {
    std::chrono::nanoseconds due{0};
    uint64_t order = 0;       // Of adding.
    size_t position = 0;      // In heap_.
    uint32_t generation = 0;  // How often the place was used, the high half of the id.
    bool used = false;
    Then then;
  };

  bool before(uint32_t a, uint32_t b) const;
  void put(size_t position, uint32_t place);
  void sift_up(size_t position);
  void sift_down(size_t position);
  Then take(uint32_t place);

  std::vector<Place> places_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> heap_;  // Indices of places.
  uint64_t added_ = 0;
};

}  // namespace theater
