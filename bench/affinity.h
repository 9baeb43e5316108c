// Assigns processors to the threads of a benchmark.
#pragma once

#include "theater/base/check.h"

#include <sched.h>

#include <cstddef>

namespace theater::bench {

// Binds the calling thread, and the threads and processes that it makes, to some of the processors
// that it has.
class Affinity {
 public:
  Affinity() { THEATER_CHECK(sched_getaffinity(0, sizeof all_, &all_) == 0); }
  ~Affinity() { (void)sched_setaffinity(0, sizeof all_, &all_); }
  Affinity(const Affinity&) = delete;
  Affinity& operator=(const Affinity&) = delete;

  size_t count() const { return static_cast<size_t>(CPU_COUNT(&all_)); }

  // To the last `count` of them, or to the others.
  void bind_last(size_t count) { bind(count, true); }
  void bind_but_last(size_t count) { bind(count, false); }

 private:
  void bind(size_t last, bool wanted) {
    cpu_set_t some;
    CPU_ZERO(&some);
    size_t seen = 0;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &all_)) continue;
      bool is_last = ++seen > count() - last;
      if (is_last == wanted) CPU_SET(cpu, &some);
    }
    THEATER_CHECK(sched_setaffinity(0, sizeof some, &some) == 0);
  }

  cpu_set_t all_;
};

}  // namespace theater::bench
