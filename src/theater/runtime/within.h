// A deadline for an answer that comes by a callback.
#pragma once

#include "theater/actor/scheduling/timers.h"
#include "theater/base/error.h"
#include "theater/base/result.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace theater {

// A callback for the answer. `then` gets the answer, or kDeadlineExceeded after `timeout`, when a
// timer's thread calls it; a later answer is dropped. `R` is made from a Failure. `timers` outlive
// the callback.
template <class R>
std::function<void(R)> within(Timers& timers, std::chrono::milliseconds timeout,
                              std::function<void(R)> then) {
  // Shared by the answer and the deadline, of which the first calls `then`.
  struct Wait {
    std::function<void(R)> then;
    std::atomic<bool> is_over{false};
    Timers::Id deadline = 0;
  };
  auto wait = std::make_shared<Wait>();
  wait->then = std::move(then);
  wait->deadline = timers.after(timeout, [wait, timeout] {
    if (wait->is_over.exchange(true)) return;
    wait->then(
        Failure(Error(ErrorCode::kDeadlineExceeded,
                      fmt::format("operation-timeout: no answer within {} ms", timeout.count()))));
  });
  return [wait, &timers](R answer) {
    if (wait->is_over.exchange(true)) return;
    timers.cancel(wait->deadline);
    wait->then(std::move(answer));
  };
}

}  // namespace theater
