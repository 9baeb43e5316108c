// One `theater run` while it runs: its actors, the replies that they owe, and its end.
//
// Between messages the session waits until the actors have come to rest, and prints replies and
// ends as they arrive. Whatever it waits for rings its bell.
#pragma once

#include "theater/base/clock.h"
#include "theater/base/guarded.h"
#include "theater/cli/commands/bell.h"
#include "theater/cli/commands/run.h"
#include "theater/cli/commands/run_plan.h"
#include "theater/cli/terminal/output.h"
#include "theater/runtime/node.h"
#include "theater/runtime/references.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::cli {

// Belongs to the main thread, except interrupt().
class RunSession final {
 public:
  // A log that stops ends the run, since actors must not do what the log cannot record. The reader
  // outlives the session.
  RunSession(Node& node, RunPlan plan, Policy policy, const ReferenceReader& reader,
             const RunOptions& options, Output& output);

  // Resumes the actors of the plan that the home has, then spawns the others in order. Reports an
  // actor that cannot start, and continues with the next.
  void start_actors();

  // Carries out the messages in order, each when the actors rest after the one before, and prints
  // replies in request order. Without messages, waits until all actors have ended.
  void converse();

  // Stops the actors in reverse order, and kills those that do not stop in time, unless the options
  // keep them. Prints the last replies and ends, and the chains and metrics that the options name.
  void finish();

  // Closes the node after finish(), which ends or keeps the actors, and prints the replies that
  // come meanwhile. Fails as Node::close() does.
  Result<void> close();

  // Whether anything failed; the exit status says so.
  bool failed() const { return failed_; }

  // Whether Ctrl-C came before everything that the command line names was carried out.
  bool cut_off() const { return cut_off_; }

  // Whether an actor still starts that the session did not wait for, because of Ctrl-C, a failed log
  // or a closed output. close() would wait for it.
  bool leaves_start_behind() const;

  // Ctrl-C: the first one stops the actors and says what it waits for, the second one kills them.
  // If the options keep them, the first one ends the run, and the second one ends its wait for
  // calls. Safe from any thread.
  void interrupt(int count);

 private:
  struct Actor {
    PlannedActor plan;
    bool spawned = false;
    bool end_reported = false;
    // Whether messages went to it, and its errors that are known and the end of its chain then.
    bool was_sent_to = false;
    uint64_t errors = 0;
    uint64_t looked_at = 0;
    const std::string& name() const { return plan.manifest->name; }
  };
  // Workers fill them in.
  using Replies = std::vector<std::optional<Result<Bytes>>>;

  void recover();
  // Names an actor that recovery has ended, and says what starts it again.
  void report_ended(const EndedActor& ended);
  void spawn(Actor& actor);
  // Why an actor did not start. If the policy refused it, that is not all that could be wrong.
  void report_refusal(const Actor& actor, const Error& error);
  // An interruption ends only the wait for a start, which may compile for long.
  Result<SpawnReport> spawn_unless_interrupted(SpawnRequest request);
  // The end of the actor rings.
  void await_end(const Actor& actor);
  void report_kept();
  // `actor` is empty for a failure of the whole node.
  void report_failure(const std::string& actor, const Error& error);
  void put(const PlannedMessage& message);
  bool has_ended(const Actor& actor) const;
  // Reports the errors that guests returned for messages: when no actor is in a call, or of actors
  // that have ended. The chain of any other one would be waited for.
  enum class Looking { kAtIdle, kAtEnded };
  void report_send_errors(Looking at);
  void report_send_errors(Actor& actor);
  void report_send_error(const Actor& actor, const log::Payload& error);
  void print_ready_replies();
  // The same, after replies that wait for the disk.
  void print_all_replies();
  void print_reply(size_t request, const Result<Bytes>& reply);
  // Lists the grants that calls of ended actors were refused for during this run.
  void list_refusals();
  void print_chains();
  void print_metrics();
  void report_ends();
  void report_end(const Actor& actor, const EndReport& end);

  // Waits until no actor has anything to do, and no request is open that may still have an answer
  // because a handler calls actors again, such as an interval. With `Patience::kSome` it also ends when nothing has
  // happened for a second, or after five seconds.
  enum class Patience { kSome, kEndless };
  void settle(Patience patience);
  // Asks each actor of the node to ring when it is idle. The number of those that are not.
  std::shared_ptr<std::atomic<size_t>> ask_idle();
  // Whether a request has no answer, and an actor of the node will be called again.
  bool may_still_be_answered() const;
  uint64_t events_recorded() const;
  bool all_ended() const;
  bool wait_ended(std::chrono::milliseconds limit);
  // Prints new replies and ends, and waits for the bell.
  void rest();
  bool was_signalled() const { return interrupts_.load() > 0; }
  bool interrupted() const {
    return was_signalled() || output_.broken() || log_.failure().has_value();
  }
  void stop_actors();
  void say_what_is_awaited() const;

  Node& node_;
  Runtime& runtime_;
  log::Log& log_;
  const Policy policy_;
  const ReferenceReader& reader_;
  const RunOptions& options_;
  Output& output_;
  std::vector<Actor> actors_;
  std::vector<PlannedMessage> messages_;
  const uint64_t began_us_ = SystemClock().wall_us();
  std::vector<size_t> asked_;  // The actor of each request.
  // Shared with callbacks, which may run until the last actor has ended.
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::shared_ptr<Guarded<Replies>> replies_ = std::make_shared<Guarded<Replies>>();
  size_t printed_ = 0;
  bool failed_ = false;
  bool cut_off_ = false;
  std::optional<ActorId> left_start_;  // The actor whose start the session did not wait for.
  std::atomic<int> interrupts_ = 0;
};

}  // namespace theater::cli
