// What routes work on: a node that is open, and what the server adds to it.
//
// Routes run on the loop thread, which serves all clients. What reads the disk or takes long goes to
// the service's own jobs, whose queue has a bound.
#pragma once

#include "theater/access/token_lookup.h"
#include "theater/actor/scheduling/job_runner.h"
#include "theater/api/access_record.h"
#include "theater/api/client_bounds.h"
#include "theater/api/event_feed.h"
#include "theater/api/http/api_reply.h"
#include "theater/api/log_feed.h"
#include "theater/api/waiting_calls.h"
#include "theater/base/clock.h"
#include "theater/log/writer/log.h"
#include "theater/manifest/policy.h"
#include "theater/runtime/once_calls.h"
#include "theater/runtime/runtime.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace theater::api {

// Facts and parts of the node. The referenced parts outlive the service.
struct NodeParts {
  Runtime& runtime;
  const HandlerSet& handlers;
  Timers& timers;
  log::Log& log;
  std::filesystem::path log_folder;
  Policy policy = Policy::default_policy();
  std::string version;
  std::string engine;       // Identity of the engine.
  uint64_t started_us = 0;  // Time of the opening.
  std::shared_ptr<const LogHistory> lines;
  // Asks for an orderly close; returns at once.
  std::function<void()> shut_down;
};

// Safe from any thread.
class NodeService {
 public:
  static constexpr size_t kJobThreads = 2;
  static constexpr size_t kJobsQueuedMax = 1'000;

  // `tokens` outlives the service.
  NodeService(NodeParts parts, TokenLookup& tokens);

  Runtime& runtime() { return parts_.runtime; }
  Timers& timers() { return parts_.timers; }
  const NodeParts& parts() const { return parts_; }
  EventFeed& feed() { return feed_; }
  LogFeed& lines() { return lines_; }
  AccessRecord& access_record() { return access_record_; }
  ClientBounds& bounds() { return bounds_; }
  WaitingCalls& waiting() { return waiting_; }

  // Why the log takes no more events; none if it does.
  std::optional<Error> log_failure() const { return parts_.log.failure(); }

  // Whether recovery is over, so that actors can be asked.
  bool is_ready() const { return ready_.load(std::memory_order_acquire); }
  // Also begins to read the idempotency keys from the log, in a thread. Once.
  void set_ready();

  // The requests with idempotency keys. Takes none before the keys are read.
  OnceCalls& once() { return once_; }

  // Runs `work` on a thread that may block; answers with kResourceExhausted if too much waits.
  void run_job(const ApiReply& reply, std::function<void()> work);

  // Ends streams and the reading of keys, finishes the jobs, and puts on record what is left. Before
  // the runtime and the log go.
  void stop();

 private:
  const NodeParts parts_;
  std::atomic<bool> ready_{false};
  EventFeed feed_;
  LogFeed lines_;
  AccessRecord access_record_;
  ClientBounds bounds_;
  WaitingCalls waiting_;
  ThreadJobs jobs_;
  SystemClock clock_;
  OnceCalls once_;
  std::jthread key_reader_;
};

}  // namespace theater::api
