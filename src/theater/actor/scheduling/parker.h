// The place where a thread sleeps until another one wakes it.
//
// The kernel offers to compare a word and to sleep if it has not changed (a futex). The word here
// says all that the two threads must know: nothing, a thread that sleeps, or a wake-up that nobody
// has taken. So a wake-up is one system call, and none if the thread has not fallen asleep yet. A
// mutex with a condition variable has two words and needs more calls for the same.
#pragma once

#include <atomic>
#include <cstdint>

namespace theater {

// Outlives the calls of all threads.
class Parker {
 public:
  Parker() = default;
  Parker(const Parker&) = delete;
  Parker& operator=(const Parker&) = delete;

  // Sleeps until there is an unpark(), and takes it. Takes one that came before, without sleep. The
  // caller then sees what the other thread wrote before its unpark(). For one thread at a time.
  void park();
  // Several that no park() has taken count as one. Never blocks. Safe from any thread.
  void unpark();

 private:
  std::atomic<uint32_t> word_{0};
};

}  // namespace theater
