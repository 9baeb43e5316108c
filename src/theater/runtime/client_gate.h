// The gate through which clients enter a runtime, until the runtime closes.
//
// A client's call holds a pass while it puts something into the runtime: a message, a request about
// an actor, a new actor. The runtime closes the gate first, and waits until all passes are
// returned. Then nothing new arrives from outside, so each caller that waits can be answered.
#pragma once

#include "theater/base/result.h"

#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

namespace theater {

// Safe from any thread.
class ClientGate {
 public:
  static constexpr std::string_view kClosed = "the node is closing";

  // Move-only; returned by its destruction. Hold it only while nothing is waited for.
  class Pass {
   public:
    explicit Pass(ClientGate& gate) : gate_(&gate) {}
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;

   private:
    ClientGate* gate_;
  };

  // Fails with kUnavailable after close(). A thread that has a pass may take another.
  Result<Pass> enter() {
    if ((state_.fetch_add(kOne, std::memory_order_acquire) & kClosedBit) == 0) return Pass(*this);
    leave();
    return fail(ErrorCode::kUnavailable, "{}", kClosed);
  }

  bool is_closed() const { return (state_.load(std::memory_order_acquire) & kClosedBit) != 0; }

  // Gives no further pass, and waits until all are returned. Not with a pass.
  void close() {
    uint64_t seen = state_.fetch_or(kClosedBit, std::memory_order_acq_rel) | kClosedBit;
    for (; seen != kClosedBit; seen = state_.load(std::memory_order_acquire))
      state_.wait(seen, std::memory_order_acquire);
  }

 private:
  static constexpr uint64_t kClosedBit = 1;
  static constexpr uint64_t kOne = 2;

  void leave() {
    uint64_t before = state_.fetch_sub(kOne, std::memory_order_acq_rel);
    if (before == (kOne | kClosedBit)) state_.notify_all();
  }

  std::atomic<uint64_t> state_{0};  // The passes, and whether the gate is closed.
};

}  // namespace theater
