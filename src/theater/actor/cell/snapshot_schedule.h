// The time for the next snapshot of an actor: after so many events or bytes as its manifest says.
#pragma once

#include "theater/actor/cell/recorder.h"
#include "theater/manifest/manifest.h"

#include <cstdint>

namespace theater {

// Not thread-safe: only the worker that runs the actor's turn.
class SnapshotSchedule {
 public:
  // Whether one is due. A snapshot of a large state waits until as many bytes are recorded as the
  // state has, so states at most double the actor's bytes on disk.
  bool is_due(const Recorder& recorder, const ManifestLog& rules, uint64_t state_bytes) const {
    uint64_t bytes = recorder.counts().bytes - bytes_;
    bool is_long = recorder.next_seq() - seq_ >= rules.snapshot_events;
    return (is_long || bytes >= rules.snapshot_bytes) && bytes >= state_bytes;
  }

  // An instance or a snapshot is on record: counts from here.
  void restart(const Recorder& recorder) {
    seq_ = recorder.next_seq();
    bytes_ = recorder.counts().bytes;
  }

 private:
  uint64_t seq_ = 0;
  uint64_t bytes_ = 0;  // The bytes on record then.
};

}  // namespace theater
