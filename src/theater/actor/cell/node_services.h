// What all actors of a node share.
#pragma once

#include "theater/actor/messaging/router.h"
#include "theater/actor/messaging/wait_graph.h"
#include "theater/actor/scheduling/job_runner.h"
#include "theater/actor/scheduling/scheduler.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/actor/supervision/disk_watch.h"
#include "theater/actor/supervision/root_supervisor.h"
#include "theater/actor/supervision/spawner.h"
#include "theater/base/clock.h"
#include "theater/base/log.h"
#include "theater/log/writer/event_sink.h"
#include "theater/store/blob_store.h"

#include <atomic>
#include <cstdint>
#include <functional>

namespace theater {

// The stages of a node that closes and keeps its durable actors (Runtime::close()).
enum class NodeStage : uint8_t {
  kRuns,
  kCloses,       // No actor takes another message; calls, starts and ends in progress continue.
  kStandsStill,  // No actor runs any more.
};

// Outlives every actor. Its parts are safe from any thread.
struct NodeServices {
  Router& router;
  WaitGraph& waits;
  Scheduler& scheduler;
  Timers& timers;
  const Clock& clock;
  // Does for sessions what blocks.
  JobRunner& jobs;
  // Where events are kept on disk. Null if this node keeps none: every actor's durability is
  // `memory` then, whatever its manifest says.
  log::EventSink* log = nullptr;
  // Where the states of snapshots are kept. Null: none are taken.
  BlobStore* blobs = nullptr;
  // Keeps room on the disk for the node. Null: nothing is kept.
  DiskWatch* disk = nullptr;
  // Makes children. Null if actors of this node have none.
  Spawner* spawner = nullptr;
  // Restarts actors without a parent. Null: an actor started with a rule of restart has none.
  RootSupervisor* roots = nullptr;
  // Where the lines go that guests write for people. Called from any thread; never waits.
  std::function<void(LogEntry)> show_line = write_log;
  // Only the runtime changes it, and never backwards.
  std::atomic<NodeStage> stage{NodeStage::kRuns};
};

}  // namespace theater
