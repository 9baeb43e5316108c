// Keeps some room on the node's file system for the node itself.
//
// A node that finds no room for its log stops. So guests leave a floor: below it, calls that may
// fill the disk are refused, and below half of it no guest of an actor with a log runs. The rest is
// the node's, which continues to commit, seal and answer.
//
// Measuring a file system may block, and a turn must not. So a turn reads the last measurement, and
// asks for the next one, which a job makes. There is at most one a second, and none while no guest
// writes.
#pragma once

#include "theater/actor/scheduling/job_runner.h"
#include "theater/base/clock.h"
#include "theater/base/disk_space.h"
#include "theater/base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace theater {

enum class DiskRoom : uint8_t {
  kEnough,
  kLow,   // Less than the floor.
  kNone,  // Less than half of the floor.
};

// Safe from any thread. Never blocks, except the constructor.
class DiskWatch {
 public:
  using Measure = std::function<Result<DiskSpace>()>;
  static constexpr std::chrono::seconds kPeriod{1};
  static constexpr std::chrono::minutes kNewsPeriod{1};

  // The floor without a setting: the smaller one of this, and of that part of the file system.
  static constexpr uint64_t kFloorBytes = uint64_t{256} << 20;
  static constexpr uint64_t kFloorPart = 20;
  // The floor of inodes, on a file system with twenty times as many.
  static constexpr uint64_t kFloorFiles = 1000;

  // Measures once, on this thread. `measure` is then called in jobs, one at a time, and may outlive
  // the object. A measurement that fails leaves the last one; without any, there is room enough.
  // `clock` and `jobs` outlive the object.
  DiskWatch(const Clock& clock, JobRunner& jobs, Measure measure);
  DiskWatch(const DiskWatch&) = delete;
  DiskWatch& operator=(const DiskWatch&) = delete;

  // By the last measurement. `floor_bytes` is the operator's setting; 0 turns the watch off, for
  // inodes too.
  DiskRoom room(const std::optional<uint64_t>& floor_bytes) const;

  // Has the room measured, if the last measurement is older than the period.
  void look_again();

  // What a guest, and the node's log, are told of too little room.
  std::string text(const std::optional<uint64_t>& floor_bytes) const;

  // Whether this is the first call within a period, so that its caller must tell the operator.
  bool is_news();

 private:
  struct State;

  const Clock& clock_;
  JobRunner& jobs_;
  const std::shared_ptr<State> state_;  // Shared with the job, which may be last to go.
};

}  // namespace theater
