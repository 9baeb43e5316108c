// A place among the requests that an actor may have without having answered them.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace theater {

// Move-only; on any thread, by one at a time. The count outlives it.
class RequestSlot {
 public:
  RequestSlot() = default;
  // Takes one of `most` places, or none.
  static RequestSlot take(std::atomic<uint64_t>& taken, uint64_t most) {
    RequestSlot slot;
    if (taken.fetch_add(1, std::memory_order_relaxed) < most) {
      slot.taken_ = &taken;
    } else {
      taken.fetch_sub(1, std::memory_order_relaxed);
    }
    return slot;
  }
  ~RequestSlot() {
    if (taken_ != nullptr) taken_->fetch_sub(1, std::memory_order_relaxed);
  }
  RequestSlot(RequestSlot&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
  RequestSlot& operator=(RequestSlot&& other) noexcept {
    RequestSlot dropped(std::move(*this));
    taken_ = std::exchange(other.taken_, nullptr);
    return *this;
  }

  explicit operator bool() const { return taken_ != nullptr; }

 private:
  std::atomic<uint64_t>* taken_ = nullptr;
};

}  // namespace theater
