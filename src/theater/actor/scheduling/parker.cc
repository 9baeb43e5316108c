#include "theater/actor/scheduling/parker.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace theater {

namespace {

constexpr uint32_t kNothing = 0;
constexpr uint32_t kSleeps = 1;
constexpr uint32_t kWoken = 2;

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "the kernel reads the word");

}  // namespace

// Only unpark() writes kWoken, and only the thread in park() takes it away. So a word that is not
// kNothing at the beginning is kWoken.
void Parker::park() {
  uint32_t seen = kNothing;
  if (word_.compare_exchange_strong(seen, kSleeps, std::memory_order_acquire)) {
    // The kernel returns at once if the word is another one, and may return for no reason.
    while (word_.load(std::memory_order_acquire) == kSleeps)
      (void)::syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, kSleeps, nullptr, nullptr, 0);
  }
  word_.exchange(kNothing, std::memory_order_acquire);
}

void Parker::unpark() {
  if (word_.exchange(kWoken, std::memory_order_release) != kSleeps) return;
  (void)::syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace theater
