// A runtime on a House that records on a disk, with worker threads of its own, for the benchmarks
// of durable actors.
#pragma once

#include "disk.h"
#include "stage.h"

namespace theater::bench {

class DiskStage {
 public:
  // House and disk outlive the stage.
  DiskStage(House& house, Disk& disk, size_t workers)
      : recording_{*disk.log, *disk.blobs}, pool_(workers) {
    Runtime::Parts parts = house.parts(pool_, timers_, routing_);
    parts.recording = &recording_;
    runtime_.emplace(parts);
  }

  Runtime& runtime() { return *runtime_; }

 private:
  Recording recording_;
  WorkerPool pool_;
  ThreadTimers timers_;
  Routing routing_;
  std::optional<Runtime> runtime_;  // Stops the pool.
};

}  // namespace theater::bench
