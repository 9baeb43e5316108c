#include "theater/actor/messaging/mailbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace theater {

namespace {

// What a flood has made a lane need beyond this is given back.
constexpr size_t kCapacityKept = 64;

// For numbers with one writer at a time.
void add(std::atomic<uint64_t>& number, uint64_t more) {
  number.store(number.load(std::memory_order_relaxed) + more, std::memory_order_release);
}
void take_off(std::atomic<uint64_t>& number, uint64_t less) {
  number.store(number.load(std::memory_order_relaxed) - less, std::memory_order_release);
}

}  // namespace

void Mailbox::place(Lanes& lanes, size_t size) {
  add(placed_, 1);
  add(placed_bytes_, size);
  ++lanes.places;
  if (size_t now = waiting(); now > waiting_max_.load(std::memory_order_relaxed)) {
    waiting_max_.store(now, std::memory_order_relaxed);
  }
}

Placement Mailbox::reserve(size_t size) {
  return lanes_.with([&](Lanes& lanes) {
    if (lanes.closed) return Placement::kClosed;
    uint64_t bytes = difference(placed_bytes_, taken_bytes_);
    bool fits =
        waiting() < limits_.messages && size <= limits_.bytes && bytes <= limits_.bytes - size;
    if (!fits) return Placement::kFull;
    place(lanes, size);
    return Placement::kReserved;
  });
}

bool Mailbox::reserve_always(size_t size) {
  return lanes_.with([&](Lanes& lanes) {
    if (lanes.closed) return false;
    place(lanes, size);
    return true;
  });
}

bool Mailbox::reserve_answer() {
  return lanes_.with([](Lanes& lanes) {
    if (lanes.closed) return false;
    ++lanes.places;
    return true;
  });
}

void Mailbox::release(size_t size) {
  lanes_.with([&](Lanes& lanes) {
    take_off(placed_, 1);
    take_off(placed_bytes_, size);
    --lanes.places;
  });
}

void Mailbox::push(Message message) {
  lanes_.with([&](Lanes& lanes) {
    --lanes.places;
    if (!lanes.dropped) lanes.messages.push_back(std::move(message));
  });
}

void Mailbox::push(ControlItem item) {
  lanes_.with([&](Lanes& lanes) {
    if (!lanes.dropped) lanes.control.push_back(std::move(item));
  });
  urgent_.store(true, std::memory_order_release);
}

void Mailbox::push(Completed completed, bool reserved) {
  lanes_.with([&](Lanes& lanes) {
    if (reserved) --lanes.places;
    if (!lanes.dropped) lanes.completed.push_back(std::move(completed));
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

std::optional<Message> Mailbox::take_message() {
  if (next_fetched_ == fetched_.size() && !fetch_messages()) return std::nullopt;
  std::optional<Message> message(std::move(fetched_[next_fetched_++]));
  add(taken_, 1);
  add(taken_bytes_, message->size());
  return message;
}

// Changes what is used up for what is in the lane.
bool Mailbox::fetch_messages() {
  if (fetched_.capacity() > kCapacityKept) std::vector<Message>().swap(fetched_);
  fetched_.clear();
  next_fetched_ = 0;
  // Nothing was given a place that was not taken. A push that comes later wakes the actor.
  if (waiting() == 0) return false;
  lanes_.with([&](Lanes& lanes) { std::swap(lanes.messages, fetched_); });
  return !fetched_.empty();
}

bool Mailbox::visit_if_settled(const std::function<void(const Message&)>& visit) const {
  return lanes_.with([&](const Lanes& lanes) {
    if (lanes.places > 0 || !lanes.completed.empty()) return false;
    for (size_t i = next_fetched_; i < fetched_.size(); ++i)
      visit(fetched_[i]);
    for (const Message& message : lanes.messages)
      visit(message);
    return true;
  });
}

bool Mailbox::close() {
  return lanes_.with([](Lanes& lanes) {
    lanes.closed = true;
    return lanes.places == 0;
  });
}

std::vector<Message> Mailbox::drop() {
  std::vector<Message> waiting;
  while (std::optional<Message> message = take_message())
    waiting.push_back(*std::move(message));
  Lanes late;
  lanes_.with([&](Lanes& lanes) {
    lanes.closed = true;
    lanes.dropped = true;
    // Destroyed without the lock.
    std::swap(lanes.control, late.control);
    std::swap(lanes.completed, late.completed);
    std::swap(lanes.messages, late.messages);
  });
  std::move(late.messages.begin(), late.messages.end(), std::back_inserter(waiting));
  return waiting;
}

}  // namespace theater
