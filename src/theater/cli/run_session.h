// One `theater run` while it runs: its actors, the replies that are still owed, and its end.
#pragma once

#include "theater/base/guarded.h"
#include "theater/cli/arguments.h"
#include "theater/cli/output.h"
#include "theater/cli/run_plan.h"
#include "theater/runtime/node.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::cli {

// Belongs to the main thread, but for interrupt(). Actors outlive nothing: end() comes before the
// node goes.
class RunSession final {
 public:
  // A log that stops ends the run: nothing that it can no longer record is to happen.
  RunSession(Node& node, RunPlan plan, Policy policy, const RunCommand& command, Output& output);

  // Goes on with the actors that the home has, which the plan names, and then spawns the others in
  // order. One that cannot be started is reported; the others go on.
  void start_actors();

  // Carries out the messages in order, each when the actors have come to rest after the one before,
  // and prints replies in the order asked. Without messages, waits until all actors have ended.
  void converse();

  // Stops the actors in reverse order, and ends by force those that do not stop in time; prints
  // what is owed: replies, ends, and chains if they were asked for.
  void finish();

  // Whether anything failed, which is what the exit status says.
  bool failed() const { return failed_; }

  // Ctrl-C: the first time the actors are stopped, the second time ended at once. Safe from any
  // thread.
  void interrupt(int count);

 private:
  struct Actor {
    PlannedActor plan;
    bool spawned = false;
    bool end_reported = false;
    const std::string& name() const { return plan.manifest->name; }
  };
  // Filled in by workers.
  using Replies = std::vector<std::optional<Result<Bytes>>>;

  void recover();
  void spawn(Actor& actor);
  // `actor` is empty if it concerns the whole node.
  void report_failure(const std::string& actor, const Error& error);
  void put(const PlannedMessage& message);
  void print_ready_replies();
  // The same, after those that wait for the disk.
  void print_all_replies();
  void print_reply(size_t request, const Result<Bytes>& reply);
  void print_chains();
  void print_metrics();
  void report_ends();
  void report_end(const Actor& actor, const EndReport& end);

  // Waits until no actor has anything to do; or, with `Patience::kSome`, until they have stood
  // still for a second, or five have passed.
  enum class Patience { kSome, kEndless };
  void settle(Patience patience);
  bool confirmed_idle();
  uint64_t events_recorded() const;
  bool all_look_idle() const;
  bool all_ended() const;
  bool wait_ended(std::chrono::milliseconds limit);
  // Shows what has happened, and rests for a moment.
  void tick();
  bool interrupted() const {
    return interrupts_.load() > 0 || output_.broken() || log_.failure().has_value();
  }
  void stop_actors();

  Node& node_;
  Runtime& runtime_;
  log::Log& log_;
  const Policy policy_;
  const RunCommand& command_;
  Output& output_;
  std::vector<Actor> actors_;
  std::vector<PlannedMessage> messages_;
  std::vector<size_t> asked_;  // For each request, the actor.
  // Shared with callbacks, which may come until the last actor has ended.
  std::shared_ptr<Guarded<Replies>> replies_ = std::make_shared<Guarded<Replies>>();
  size_t printed_ = 0;
  bool failed_ = false;
  std::atomic<int> interrupts_ = 0;
};

}  // namespace theater::cli
