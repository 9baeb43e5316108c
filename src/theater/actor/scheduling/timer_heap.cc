#include "theater/actor/scheduling/timer_heap.h"

#include "theater/base/check.h"

#include <limits>
#include <utility>

namespace theater {

namespace {

constexpr int kGenerationShift = 32;

}  // namespace

TimerHeap::Id TimerHeap::add(std::chrono::nanoseconds due, Then then) {
  uint32_t index = 0;
  if (free_.empty()) {
    THEATER_CHECK(places_.size() < std::numeric_limits<uint32_t>::max(), "too many timers");
    index = static_cast<uint32_t>(places_.size());
    places_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Place& place = places_[index];
  place.due = due;
  place.order = added_++;
  // A generation of 0 is left out, so that no id is 0.
  if (++place.generation == 0) ++place.generation;
  place.used = true;
  place.then = std::move(then);
  heap_.push_back(index);
  put(heap_.size() - 1, index);
  sift_up(heap_.size() - 1);
  return uint64_t{places_[index].generation} << kGenerationShift | index;
}

TimerHeap::Then TimerHeap::remove(Id id) {
  auto index = static_cast<uint32_t>(id);
  auto generation = static_cast<uint32_t>(id >> kGenerationShift);
  if (index >= places_.size()) return nullptr;
  const Place& place = places_[index];
  return place.used && place.generation == generation ? take(index) : nullptr;
}

std::optional<std::chrono::nanoseconds> TimerHeap::next_due() const {
  if (heap_.empty()) return std::nullopt;
  return places_[heap_.front()].due;
}

TimerHeap::Then TimerHeap::pop() {
  THEATER_CHECK(!heap_.empty());
  return take(heap_.front());
}

TimerHeap::Then TimerHeap::take(uint32_t index) {
  Place& place = places_[index];
  size_t position = place.position;
  uint32_t last = heap_.back();
  heap_.pop_back();
  if (position < heap_.size()) {
    put(position, last);
    sift_up(position);
    sift_down(places_[last].position);
  }
  place.used = false;
  free_.push_back(index);
  return std::exchange(place.then, nullptr);
}

bool TimerHeap::before(uint32_t a, uint32_t b) const {
  const Place& first = places_[a];
  const Place& second = places_[b];
  return first.due != second.due ? first.due < second.due : first.order < second.order;
}

void TimerHeap::put(size_t position, uint32_t place) {
  heap_[position] = place;
  places_[place].position = position;
}

void TimerHeap::sift_up(size_t position) {
  uint32_t moved = heap_[position];
  while (position > 0) {
    size_t parent = (position - 1) / 2;
    if (!before(moved, heap_[parent])) break;
    put(position, heap_[parent]);
    position = parent;
  }
  put(position, moved);
}

void TimerHeap::sift_down(size_t position) {
  uint32_t moved = heap_[position];
  while (true) {
    size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], moved)) break;
    put(position, heap_[child]);
    position = child;
  }
  put(position, moved);
}

}  // namespace theater
