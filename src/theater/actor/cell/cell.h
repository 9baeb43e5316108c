// An actor: its mailbox, its place in life, its state, its guest, its sessions and its chain.
//
// An actor has one owner at a time, the worker that runs its turn. A turn looks at control items
// first, then at completions, then lets the guest run for its slice of time, and takes the next
// message when the guest is free. Everybody else has an ActorId: they put things into the mailbox,
// which wakes the actor, or read the last published status.
//
// The life of a cell: `create` records `genesis`; `begin` lets the first turn happen, which makes
// the instance and calls `init`; the end, however it comes, answers everybody who waits, records
// `terminated`, and frees all but the chain.
#pragma once

#include "theater/actor/cell/actor_status.h"
#include "theater/actor/cell/actor_template.h"
#include "theater/actor/cell/binder.h"
#include "theater/actor/cell/children.h"
#include "theater/actor/cell/descendants.h"
#include "theater/actor/cell/metrics.h"
#include "theater/actor/cell/node_services.h"
#include "theater/actor/messaging/actor_ref.h"
#include "theater/actor/messaging/call_result.h"
#include "theater/actor/messaging/mailbox.h"
#include "theater/actor/messaging/supervisor_callback.h"
#include "theater/actor/supervision/actor_state.h"
#include "theater/actor/supervision/budget.h"
#include "theater/actor/supervision/lifecycle.h"
#include "theater/actor/supervision/limit_texts.h"
#include "theater/actor/supervision/rate_limit.h"
#include "theater/base/guarded.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

// An actor that the node had before it was lost, as its chain tells of it.
struct Recovered {
  log::ActorNumber number;             // Of its chain in the log.
  log::Chain chain;                    // Whose call in progress, if there was one, has been closed.
  uint64_t instances = 0;              // That it has had.
  std::optional<Bytes> initial_state;  // That its first one had, if a restart may need it.
  bool init_runs = false;              // In the instance that it gets now.
  bool was_up = false;
  bool is_paused = false;
};

// What an actor is made from.
struct ActorSpec {
  ActorId id;
  // Shared by all that were spawned from it.
  std::shared_ptr<const ActorTemplate> common;
  std::optional<Bytes> state;
  // Which is told of its start and end, and restarts it. None: it has no parent.
  std::optional<ParentLink> parent;
  ChildRules rules = {};  // How its parent looks after it.
  // Whether `init` runs when it starts from its initial state; if not, it goes on from it.
  bool init_runs = true;
  // None: it begins here.
  std::optional<Recovered> recovered = {};

  // Called once, without locks held: when `init` has returned and the outside may know it (no
  // error), or when the actor has ended before that (why), or the log has stopped. On the worker or
  // the committing thread.
  std::function<void(std::optional<Error>)> on_started;
  // Called once, when `terminated` is recorded.
  std::function<void(const ActorCell&)> on_ended;
};

class ActorCell final : public Task, public ActorRef, public ActorContext {
 private:
  struct OnlyCreate {};

 public:
  // Records `genesis`, unless it is a recovered one. The cell does nothing until `begin`.
  static std::shared_ptr<ActorCell> create(NodeServices& services, ActorSpec spec);
  ActorCell(OnlyCreate, NodeServices& services, ActorSpec spec);
  ~ActorCell() override;

  // Everything down to `status` is safe from any thread.

  // Until then, whatever it is sent waits, and nothing but `genesis` is recorded.
  void begin() {
    may_begin_.store(true, std::memory_order_release);
    wake();
  }
  std::shared_ptr<ActorCell> self() {
    return std::static_pointer_cast<ActorCell>(shared_from_this());
  }
  std::shared_ptr<ActorRef> ref() override { return self(); }

  // Takes a place for a message of `size` bytes of parameters, after which `deliver` must follow.
  // Or says why there is none: the text is for the sender.
  tl::expected<void, std::string> reserve(size_t size) override;
  void deliver(Message message) override;
  // Instead of `deliver`, when the message will not come.
  void abandon(const Message& message) override;
  // Takes a place for a request, which its ReplyTo is to keep; or says why there is none.
  tl::expected<RequestSlot, std::string> reserve_request() override;
  // The same for what must not be refused, and is no larger than the actor takes; false only if it
  // has ended.
  bool reserve_always(size_t size) override { return mailbox_.reserve_always(size); }
  // Why a message of that size is too large for the actor; none if it is not.
  std::optional<std::string> too_large(size_t size) const override;
  // Of the actor and its descendants; null if neither it nor anybody above it has one.
  const std::shared_ptr<Budget>& budget() const { return budget_; }
  bool take_channel_place() override { return channels_.take_place(); }
  void release_channel_place() override { channels_.release_place(); }

  // Asks for the end when the current call has returned; a second stop joins the first. An actor
  // that is starting ends once `init` has returned.
  void stop(log::Originator by);
  // Ends the actor in the midst of a call: a guest that is running gives way at the next tick.
  void kill(log::Originator by);
  // For its supervisor, which follows the rules of Supervision. `retire` ends the instance, in
  // order or by force, as the first part of a restart; the actor then waits, and its supervisor is
  // told. One that waits is given a fresh instance, or let end. Each does nothing when the actor is
  // not, or no longer, as it would have to be.
  void stop_instance(log::Originator by, bool by_force);
  void restart();
  void terminate();
  // Keeps the actor from taking messages, or lets it go on. `answer` is called once on a worker: no
  // error, or the text that docs/reference/actor-states.md has for the case. With `later`, an actor
  // that is busy is paused as soon as it is free, and the answer waits for that.
  using Answered = std::function<void(std::optional<Error>)>;
  void pause(log::Originator by, bool later, Answered answer);
  void resume(log::Originator by, Answered answer);
  // Calls `look(*this)` on the worker that has the actor, also after its end.
  void inspect(std::function<void(const ActorView&)> look) override;

  // Calls `done` on the worker once there is no call in progress and no message that it may take,
  // or the actor has ended.
  void when_idle(std::function<void()> done);

  void answered(CallAnswer answer) override;
  bool reserve_answer() override;
  void request_answered(uint64_t call, RequestAnswer answer, bool reserved) override;
  // The intent of the actor's effect of that number is on disk, or never will be.
  void intent_committed(uint64_t call, std::optional<Error> failure) override;
  // The actor's request of that number has no answer, and its deadline has come.
  void request_timed_out(uint64_t call) override;

  // Tells of a child.
  void tell(ChildEvent news) override;

  log::Durability durability() const override { return durability_; }
  const std::shared_ptr<const ActorTemplate>& common() const { return spec_.common; }
  const ChildRules& rules() const { return spec_.rules; }
  bool is_child() const { return parent_id_.has_value(); }
  const std::optional<ActorId>& parent_id() const override { return parent_id_; }
  bool exports(const ExportFunction& function) const override {
    return spec_.common->binding->find_export(function) != nullptr;
  }
  ActorStatus status() const;
  ActorMetrics metrics() const;

  // The rest is for the worker that runs the turn, and for `inspect`.

  // Gives the guest word of the end of a child, as a call after those that wait already; never
  // fails, and does nothing if the actor is ending or its guest does not export the function.
  // Whoever calls this bounds how often: once for each end of a child.
  void notify(SupervisorCallback notice);
  // The same of a child that lives on (it is restarted, or a budget of its is used up), which may
  // happen any number of times; so this one needs a place as a message does, and is left out where
  // there is none.
  void notify_of_loss(SupervisorCallback notice);

  const ActorId& id() const override { return spec_.id; }
  const std::string& name() const override { return spec_.common->manifest.name; }
  const log::Chain& chain() const override { return recorder_.chain(); }
  std::vector<std::string> open_requests() const override { return open_requests_.ids(); }
  const Channels& channels() const { return channels_; }
  void end_after_call(std::optional<Bytes> data) override;
  void spawn_child(ChildRequest request, SpawnReply reply) override {
    children_.spawn(std::move(request), std::move(reply));
  }
  void stop_child(const ActorId& id, StopReply reply) override {
    children_.stop(id, std::move(reply));
  }
  void restart_child(const ActorId& id, RestartReply reply) override {
    children_.restart(id, std::move(reply));
  }
  std::vector<ActorId> children() const override { return children_.ids(); }
  std::shared_ptr<GuestCalls> guest_calls() override { return guest_calls_of(self()); }
  void child_state(const ActorId& id, StateReply reply) override {
    kin_.look_at_state(id, std::move(reply));
  }
  void child_events(const ActorId& id, EventsReply reply) override;
  Descendants& kin() { return kin_; }
  tl::expected<void, std::string> record_metric(std::string_view name, double value) override {
    return metric_table_.record(name, value);
  }

  // Of one that was recovered, before `begin`: its children.
  Children& children_to_adopt() { return children_; }

  // Of its children, which have been started as its manifest says, or cannot be: `why`.
  void children_are_up();
  void children_failed(std::string why);
  // Whether it is on its way out, and needs no more children.
  bool is_leaving() const { return life_.is_leaving(); }

  // Why the guest may not have another child now; if it may, the child counts as spawned.
  std::optional<LimitReached> refuses_spawn();
  // A budget has refused something. For the first time, it goes into the node's log, and the parent
  // of whose budget it is is told.
  void tell_of_spent(const BudgetSpent& spent);

  const std::optional<Bytes>& state() const { return state_; }
  // How it ended, or would end now.
  log::Ending ending() const;

 protected:
  Turn take_turn() override;

 private:
  void control(ControlItem item);

  // What the guest is being run for.
  enum class Activity : uint8_t { kNone, kInstantiating, kCalling, kRenewing };
  using End = Lifecycle::End;
  struct Published {
    ActorStatus status;
    ActorMetrics metrics;  // Without what is known from elsewhere at once.
    const ExportFunction* function = nullptr;
  };

  void take_up(const Recovered& recovered);
  void record_genesis();

  // The turn (cell_turn.cc).
  std::optional<Turn> step();  // None if there may be more to do in this turn.
  Turn wait_for_room();
  void handle_urgent();
  void handle(StopRequest& request);
  void handle(PauseRequest& request);
  void handle(ResumeRequest& request);
  void handle(KillRequest& request);
  void handle(InspectRequest& request);
  void handle(IdleRequest& request);
  void handle(StopInstanceRequest& request);
  void handle(RestartRequest& request);
  void handle(TerminateRequest& request);
  void handle(CallOverdue& overdue);
  void handle(Completed& completed);
  void report_idle();
  void start();
  Result<void> make_instance();
  Result<std::unique_ptr<engine::Guest>> make_guest();
  log::Instance instance_body() const;
  std::optional<Turn> resume_guest();
  bool begin_next_call();
  void begin_call(Message message);
  void begin_init();
  void finish_invocation();
  void finish_call();
  void answer_caller(const CallReturn& returned, const Hash& by);
  ReplyTo take_caller();

  // Snapshots (cell_snapshot.cc).
  bool snapshot_is_due() const;
  bool take_snapshot();
  std::optional<std::vector<Hash>> undelivered() const;
  void count_from_here();

  // Several instances, one after the other (cell_restart.cc).
  void init_is_done();
  void call_is_over();
  void instance_failed(LifeEvent event, std::string why);
  void go_down(Supervision::Down how, std::string why);
  Turn wait_for_verdict();
  void note_restart(const Hash& instance, bool recovers);
  void answer_open_requests(const Hash& by, std::string_view what);

  // Limits (cell_limits.cc).
  const ManifestLimits& bounds() const { return spec_.common->bounds; }
  bool waits_for_log_rate();
  bool call_is_too_long();
  void mind_waiting_call();
  void forget_call_time();
  // Lets the guest run, and counts its time against the budgets.
  engine::Progress run_guest();
  std::optional<BudgetSpent> spent_cpu() const;
  bool lost_to_budget();
  void lose_to_time();
  // What is to be said of a limit that the guest is lost for; empty if it is for something else.
  std::string breach_of(const engine::Trap& trap) const;
  // The limit, in seconds, if it is lost for the time of a call.
  std::optional<uint64_t> timeout_of(const engine::Trap& trap) const;

  // Channels (cell_channels.cc).
  bool admit(const Message& message);
  void answer_open(const CallReturn& returned, const Hash& by);
  tl::expected<Acceptance, std::string> accept_channel(const ReplyTo::Actor& opener,
                                                       std::optional<ByteView> first,
                                                       const Hash& by);
  void close_channels();

  // The end (cell_end.cc).
  void lose_instance(const engine::Trap& trap);
  void drop_call(const engine::Trap& trap);
  void drop_guest();
  void discard(Message message, log::DiscardReason why, std::string text);
  bool finish_end();
  void tell_parent_of_end();

  // Moves on in life, and answers those whose wish has come true. An event that cannot happen in
  // this state is a bug of ours and aborts.
  ControlResult apply(LifeEvent event);
  std::optional<Error> refusal(ControlResult result) const;
  void answer_pauses();
  void publish();
  void report_start(std::optional<Error> error);

  // Of the two parts of a call's arguments, state and parameters, each may have half of the limit,
  // so that no sender can push a call over it.
  uint64_t part_bytes_max() const { return spec_.common->limits.payload_bytes / 2; }

  NodeServices& services_;
  ActorSpec spec_;
  const std::optional<ActorId> parent_id_;
  log::Durability durability_;
  std::atomic<uint64_t> unanswered_{0};  // Requests; outlives them, wherever they are kept.
  Mailbox mailbox_;

  Recorder recorder_;
  OutputCommit output_;
  OpenRequests open_requests_;
  Channels channels_;
  Children children_;
  Descendants kin_;
  std::optional<Bytes> state_;
  std::optional<Bytes> initial_state_;  // If a restart may need it.
  uint64_t next_call_ = 0;
  std::unique_ptr<Binder> binder_;  // Outlives the guest, which calls it.
  std::unique_ptr<engine::Guest> guest_;

  Lifecycle life_;
  uint64_t since_us_ = 0;
  std::string_view step_ = "waiting for a worker";
  Activity activity_ = Activity::kNone;
  bool spent_ = false;  // The guest has used up its slice of time, and has not run since.
  bool begun_ = false;
  uint64_t instances_ = 0;  // Recorded.
  bool init_runs_ = true;   // In the current one.
  // If the next one is the first after the node was lost: whether `init` runs in it.
  std::optional<bool> recovered_init_runs_;
  std::optional<ChildDown> down_;  // The notice to the supervisor while the actor waits.
  Message current_;                // Of the call in progress, and what the guest reads during it.
  Bytes args_;
  std::optional<Bytes> shutdown_data_;
  std::string failure_;
  std::optional<uint64_t> timeout_s_;  // That the instance was lost for, if it was for that.
  uint64_t calls_ = 0;
  uint64_t errors_ = 0;

  std::vector<ControlItem> control_;
  std::vector<Completed> completed_;
  std::vector<PauseRequest> pause_waiters_;  // Whose pause is due.
  std::vector<std::function<void()>> idle_waiters_;

  std::atomic<bool> may_begin_ = false;
  std::atomic<bool> room_awaited_ = false;  // A wake-up by the log is due.

  const std::shared_ptr<Budget> budget_;  // Shared with descendants, which may outlast the actor.
  // Where the last snapshot was, or the last instance began; for actors that have snapshots.
  const bool has_snapshots_;
  uint64_t snapshot_seq_ = 0;
  uint64_t snapshot_bytes_ = 0;  // Of what was recorded until then.

  RateLimit spawn_rate_;
  RateLimit log_rate_;
  uint64_t log_check_at_ = 0;    // When so much has been recorded.
  uint64_t log_bytes_paid_ = 0;  // Of what has been recorded.
  Timers::Id log_timer_ = 0;
  std::atomic<bool> log_rate_awaited_ = false;  // A wake-up by that timer is due.
  uint64_t call_number_ = 0;
  std::optional<CallMeter::Time> call_began_;  // If it was not finished in one go.
  Timers::Id call_timer_ = 0;                  // Of the call in progress; 0 if there is none.

  CallMeter meter_;
  MetricTable metric_table_;
  Guarded<Published> published_;
};

}  // namespace theater
