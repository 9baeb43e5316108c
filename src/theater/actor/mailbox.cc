#include "theater/actor/mailbox.h"

#include <algorithm>
#include <iterator>

namespace theater {

Placement Mailbox::reserve(size_t size) {
  return lanes_.with([&](Lanes& lanes) {
    if (lanes.closed) return Placement::kClosed;
    size_t bytes = bytes_.load(std::memory_order_relaxed);
    bool fits = count_.load(std::memory_order_relaxed) < limits_.messages &&
                size <= limits_.bytes && bytes <= limits_.bytes - size;
    if (!fits) return Placement::kFull;
    count_.fetch_add(1, std::memory_order_relaxed);
    bytes_.fetch_add(size, std::memory_order_relaxed);
    ++lanes.places;
    return Placement::kReserved;
  });
}

bool Mailbox::reserve_answer() {
  return lanes_.with([](Lanes& lanes) {
    if (lanes.closed) return false;
    ++lanes.places;
    return true;
  });
}

void Mailbox::push(Message message) {
  lanes_.with([&](Lanes& lanes) {
    --lanes.places;
    lanes.messages.push_back(std::move(message));
  });
}

void Mailbox::push(ControlItem item) {
  lanes_.with([&](Lanes& lanes) { lanes.control.push_back(std::move(item)); });
  urgent_.store(true, std::memory_order_release);
}

void Mailbox::push(Completed completed, bool reserved) {
  lanes_.with([&](Lanes& lanes) {
    if (reserved) --lanes.places;
    lanes.completed.push_back(std::move(completed));
  });
  urgent_.store(true, std::memory_order_release);
}

void Mailbox::take_urgent(std::vector<ControlItem>& control, std::vector<Completed>& completed) {
  if (!urgent_.load(std::memory_order_relaxed) ||
      !urgent_.exchange(false, std::memory_order_acq_rel)) {
    return;
  }
  lanes_.with([&](Lanes& lanes) {
    std::move(lanes.control.begin(), lanes.control.end(), std::back_inserter(control));
    std::move(lanes.completed.begin(), lanes.completed.end(), std::back_inserter(completed));
    lanes.control.clear();
    lanes.completed.clear();
  });
}

void Mailbox::take_messages(std::deque<Message>& messages, size_t count_max) {
  lanes_.with([&](Lanes& lanes) {
    for (; count_max > 0 && !lanes.messages.empty(); --count_max) {
      messages.push_back(std::move(lanes.messages.front()));
      lanes.messages.pop_front();
    }
  });
}

void Mailbox::release(size_t size) {
  count_.fetch_sub(1, std::memory_order_relaxed);
  bytes_.fetch_sub(size, std::memory_order_relaxed);
}

bool Mailbox::close() {
  return lanes_.with([](Lanes& lanes) {
    lanes.closed = true;
    return lanes.places == 0;
  });
}

}  // namespace theater
