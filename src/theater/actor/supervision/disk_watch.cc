#include "theater/actor/supervision/disk_watch.h"

#include "theater/manifest/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

namespace theater {

struct DiskWatch::State {
  explicit State(Measure given) : measure(std::move(given)) {}

  void look() {
    Result<DiskSpace> found = measure();
    if (!found) return;
    size_bytes.store(found->size_bytes, std::memory_order_relaxed);
    free_bytes.store(found->free_bytes, std::memory_order_relaxed);
    files.store(found->files, std::memory_order_relaxed);
    free_files.store(found->free_files, std::memory_order_relaxed);
  }
  uint64_t floor(const std::optional<uint64_t>& wanted) const {
    if (wanted) return *wanted;
    return std::min(kFloorBytes, size_bytes.load(std::memory_order_relaxed) / kFloorPart);
  }
  uint64_t floor_of_files() const {
    return std::min(kFloorFiles, files.load(std::memory_order_relaxed) / kFloorPart);
  }

  const Measure measure;
  // Of one measurement, unless one is made at this moment.
  std::atomic<uint64_t> size_bytes{0};
  std::atomic<uint64_t> free_bytes{UINT64_MAX};
  std::atomic<uint64_t> files{0};
  std::atomic<uint64_t> free_files{UINT64_MAX};
  std::atomic<int64_t> looked_ns{0};
  std::atomic<bool> is_looking{false};
  std::atomic<int64_t> next_news_ns{INT64_MIN};
};

DiskWatch::DiskWatch(const Clock& clock, JobRunner& jobs, Measure measure)
    : clock_(clock), jobs_(jobs), state_(std::make_shared<State>(std::move(measure))) {
  state_->look();
  state_->looked_ns.store(clock_.monotonic().count());
}

DiskRoom DiskWatch::room(const std::optional<uint64_t>& floor_bytes) const {
  const State& now = *state_;
  uint64_t floor = now.floor(floor_bytes);
  if (floor == 0) return DiskRoom::kEnough;
  uint64_t files = now.floor_of_files();
  uint64_t free = now.free_bytes.load(std::memory_order_relaxed);
  uint64_t free_files = now.free_files.load(std::memory_order_relaxed);
  if (free < floor / 2 || free_files < files / 2) return DiskRoom::kNone;
  return free < floor || free_files < files ? DiskRoom::kLow : DiskRoom::kEnough;
}

void DiskWatch::look_again() {
  std::chrono::nanoseconds now = clock_.monotonic();
  std::chrono::nanoseconds last(state_->looked_ns.load(std::memory_order_relaxed));
  if (now - last < kPeriod || state_->is_looking.exchange(true)) return;
  bool taken = jobs_.submit([state = state_, now] {
    state->look();
    state->looked_ns.store(now.count(), std::memory_order_relaxed);
    state->is_looking.store(false);
  });
  // The next caller tries again.
  if (!taken) state_->is_looking.store(false);
}

std::string DiskWatch::text(const std::optional<uint64_t>& floor_bytes) const {
  const State& now = *state_;
  constexpr std::string_view kRemedy =
      "make room there, or set another min-free-bytes in the operator's policy";
  uint64_t floor = now.floor(floor_bytes);
  uint64_t free = now.free_bytes.load(std::memory_order_relaxed);
  if (free < floor) {
    return fmt::format(
        "disk-full: the file system of the node's home has {} bytes free, less than min-free-bytes "
        "= {}: {}",
        free, format_quantity(floor, Unit::kBytes), kRemedy);
  }
  return fmt::format(
      "disk-full: the file system of the node's home has room for {} more files, less than {}: {}",
      now.free_files.load(std::memory_order_relaxed), now.floor_of_files(), kRemedy);
}

bool DiskWatch::is_news() {
  int64_t now = clock_.monotonic().count();
  int64_t next = state_->next_news_ns.load(std::memory_order_relaxed);
  if (now < next) return false;
  int64_t period = std::chrono::nanoseconds(kNewsPeriod).count();
  return state_->next_news_ns.compare_exchange_strong(next, now + period);
}

}  // namespace theater
