// One actor: its chain, its life, its state, and the guest that its turns run.
//
// One worker at a time has the actor, for one turn. A turn first handles control items, then
// completions, then lets the guest run for its slice of time, and takes the next message when the
// guest is free. ActorInbox is the half of the actor that other threads use.
//
// `create` records `genesis`, and `begin` allows the first turn. It makes an Incarnation, whose
// guest runs `init`. Lifecycle decides the steps that follow. The end, however it comes, answers
// all waiting callers, records `terminated`, and frees all but the chain.
//
// Each method or group names its thread: `Any thread.`, or `Turn.` for the worker that runs the
// turn, and for a caller that knows that no turn runs. All private methods are `Turn.`
#pragma once

#include "theater/actor/cell/actor_inbox.h"
#include "theater/actor/cell/cell_requests.h"
#include "theater/actor/cell/children.h"
#include "theater/actor/cell/descendants.h"
#include "theater/actor/cell/incarnation.h"
#include "theater/actor/cell/output_commit.h"
#include "theater/actor/cell/recorder.h"
#include "theater/actor/cell/snapshot_schedule.h"
#include "theater/actor/messaging/call_result.h"
#include "theater/actor/messaging/open_requests.h"
#include "theater/actor/messaging/supervisor_callback.h"
#include "theater/actor/supervision/lifecycle.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

class ActorCell final : public ActorInbox, public ActorContext {
  struct OnlyCreate {};

 public:
  // Any thread. Records `genesis`, unless the actor is recovered.
  static std::shared_ptr<ActorCell> create(NodeServices& services, ActorSpec spec);
  ActorCell(OnlyCreate, NodeServices& services, ActorSpec spec);
  ~ActorCell() override;

  // Any thread. Keeps the actor in memory.
  std::shared_ptr<ActorCell> self();

  // Any thread. What it was spawned with; none unless a restart or a member of its pool needs it.
  const std::optional<Bytes>& initial_state() const { return initial_state_; }
  // Any thread. Whether `init` began its first instance.
  bool init_ran_first() const { return spec_.init_runs; }

  // Any thread.
  const ActorId& id() const override { return ActorInbox::id(); }
  const std::string& name() const override { return first_common_->manifest.name; }

  // Turn. ActorContext has the contracts.
  const log::Chain& chain() const override { return recorder_.chain(); }
  // Null unless ActorSpec::keeps_whole_chain. In a turn, and in `on_ended`.
  std::shared_ptr<const WholeChain> whole_chain() const { return recorder_.whole_chain(); }
  std::optional<Caller> caller() const override { return caller_of(incarnation_->message()); }
  CurrentCall current_call() const override { return incarnation_->current_call(); }
  uint64_t intent() const override { return incarnation_->binder().intent(); }
  std::vector<std::string> open_requests() const override { return open_requests_.ids(); }
  void end_after_call(std::optional<Bytes> data) override;
  void show_line(LogLevel level, std::string_view text) override;
  void to_outside(Outside then) override { output_.keep_output(std::move(then)); }
  tl::expected<void, std::string> record_metric(std::string_view name, double value) override;
  std::shared_ptr<std::atomic<uint64_t>> secret_echoes() override { return secret_echoes_; }
  void spawn_child(ChildRequest request, SpawnReply reply) override;
  void stop_child(const ActorId& id, StopReply reply) override;
  void restart_child(const ActorId& id, RestartReply reply) override;
  std::vector<ActorId> children() const override { return children_.ids(); }
  std::shared_ptr<GuestCalls> guest_calls() override { return guest_calls_of(self()); }
  std::shared_ptr<ActorNotes> notes() override { return notes_of(self()); }
  void child_state(const ActorId& id, StateReply reply) override;
  void child_events(const ActorId& id, EventsReply reply) override;

  // Turn, and in no turn after it. The node closes and keeps the actor. Answers all outside callers
  // that still wait with `why`, records the ends that were asked for, and frees all but the chain.
  // Records no other event, so the log has the actor as a lost node would leave it.
  void leave(const Error& why);

  // Turn. The state that the last call has left, the ends of channels, and the form of the end.
  const std::optional<Bytes>& state() const { return state_; }
  const Channels& channels() const { return channels_; }
  log::Ending ending() const;
  // Turn. What is held for the actor beyond its instances.
  const ActorHoldings& holdings() const { return *holdings_; }
  // Turn. A recovered actor gets its children through this before `begin`.
  Children& children_to_adopt() { return children_; }

  // Turn. Children calls these. The first two report on the declared children.
  void children_are_up();
  void children_failed(std::string why);
  bool is_leaving() const { return life_.is_leaving(); }
  Descendants& descendants() { return descendants_; }
  // Turn. Calls the guest with the end of a child, after the waiting messages. The call needs no
  // place, so the caller makes only one for each end. It is left out in an actor that ends or does
  // not export the function.
  void notify_of_end(SupervisorCallback notice);
  // Turn. The same for a child that lives on, which may happen any number of times. So the call
  // needs a place, and is left out if there is none.
  void notify_of_loss(SupervisorCallback notice);

 protected:
  Turn take_turn() override;

 private:
  friend class CellRequests;
  using Activity = Incarnation::Activity;
  using End = Lifecycle::End;

  // The turn (cell_turn.cc). After a step without a Turn, the turn continues.
  std::optional<Turn> step();
  Turn wait_for_room();
  // Wakes the actor when its log has room.
  void await_room();
  bool waits_for_log();
  std::optional<Turn> resume_guest();
  void handle_urgent();
  void handle(Completed& completed);
  void write(NoteRequest& request);
  bool begin_next_call();
  void begin_call(Message message);
  void begin_init();
  void finish_run();
  void finish_call();
  void answer_caller(const CallReturn& returned, const Hash& by);
  ReplyTo take_caller();
  void publish();

  // Several instances, one after the other (cell_restart.cc).
  bool is_supervised_root() const { return spec_.root && services_.roots != nullptr; }
  bool is_supervised() const { return spec_.parent || is_supervised_root(); }
  void start();
  // Records the next instance, of the new code if there is an update, and sets it up.
  void begin_instance(std::unique_ptr<Incarnation> made, const ActorUpdate* update);
  Result<std::unique_ptr<Incarnation>> make_incarnation();
  log::Instance instance_body() const;
  void init_is_done();
  void call_is_over();
  void instance_failed(LifeEvent event, std::string why);
  void go_down(Supervision::Down how, std::string why);
  Turn wait_for_verdict();
  void note_restart(const Hash& instance, log::InstanceReason why);
  void answer_open_requests(const Hash& by, std::string_view what);

  // New code (cell_update.cc).
  bool begin_update();
  void change_code(const ActorUpdate& update);
  std::unique_ptr<ActorHoldings> hold_on(std::unique_ptr<ActorHoldings> next);
  void leave_handlers_of(const ActorTemplate& other);
  ActorUpdate update_now() const;
  void record_update(log::Updated record, log::Originator by);
  void update_is_done();
  void give_up_update(std::string_view why);

  // Snapshots (cell_snapshot.cc).
  bool take_snapshot();
  void record_held();
  void record_cpu_if_due();

  // Channels (cell_channels.cc).
  bool admit(const Message& message);
  void answer_open(const CallReturn& returned, const Hash& by);
  void close_channels();

  // The end of a call, an instance or the actor (cell_end.cc).
  void lose_instance(const engine::Trap& trap);
  void lose_to_time();
  void lose_to_log();
  void drop_call(const engine::Trap& trap);
  void drop_incarnation();
  void discard(Message message, log::DiscardReason why, std::string text);
  bool finish_end();

  // Moves to the next state, and answers callers whose pause is settled. An event that cannot
  // happen in this state is a bug and aborts.
  ControlResult apply(LifeEvent event);
  void report_start(std::optional<Error> error);
  void report_lost_start();

  std::unique_ptr<ActorHoldings> holdings_;
  Recorder recorder_;
  OutputCommit output_;
  OpenRequests open_requests_;
  Children children_;
  Descendants descendants_;
  Lifecycle life_;
  CellRequests requests_;
  std::optional<SnapshotSchedule> snapshots_;  // None for an actor without snapshots.
  std::optional<Bytes> state_;
  std::optional<Bytes> initial_state_;  // None unless something needs it; it never changes.
  std::optional<uint64_t> held_seq_;    // The position of the last `held` of this object.

  std::unique_ptr<Incarnation> incarnation_;  // Null before the first turn and while waiting.
  uint64_t instances_ = 0;                    // Instances on record.
  std::optional<log::Updated> updated_;       // The newest update on record.
  bool updates_ = false;                      // The instance of an update is being made.
  // Why that instance is of the code before the update that its caller asked for.
  std::optional<Error> update_failure_;
  uint64_t next_call_ = 0;  // The number of the next waiting call, over all instances.
  // Whether `init` runs in the next instance, if that is the first after the node was lost.
  std::optional<bool> recovered_init_runs_;
  std::optional<ChildDown> down_;  // The notice to the supervisor while the actor waits.
  std::optional<Bytes> shutdown_data_;
  std::string failure_;
  std::optional<uint64_t> timeout_s_;  // The limit of time that the instance was lost for.

  std::vector<Completed> completed_;
  std::atomic<bool> room_awaited_ = false;  // The log will wake the actor.

  uint64_t began_us_ = 0;  // The time of `genesis`.
  uint64_t since_us_ = 0;  // The time of the last change of phase.
  const ExportFunction* last_function_ = nullptr;
  std::string_view step_ = "waiting for a worker";
  CallMeter meter_;
};

}  // namespace theater
