// The half of an actor that all threads share: its mailbox, its places for messages, requests and
// channels, and the status that its turns publish.
//
// Each public method changes the mailbox or a counter, wakes the actor, or reads a copy. The other
// half, ActorCell, belongs to one worker at a time: its turns take the items out of the mailbox.
#pragma once

#include "theater/actor/cell/actor_spec.h"
#include "theater/actor/cell/actor_status.h"
#include "theater/actor/cell/actor_update.h"
#include "theater/actor/cell/limit_keeper.h"
#include "theater/actor/cell/metrics.h"
#include "theater/actor/cell/node_services.h"
#include "theater/actor/messaging/actor_ref.h"
#include "theater/actor/messaging/channels.h"
#include "theater/actor/messaging/mailbox.h"
#include "theater/base/guarded.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace theater {

// All public methods are safe from any thread, also after the end of the actor.
class ActorInbox : public Task, public ActorRef {
 public:
  ActorInbox(NodeServices& services, ActorSpec spec);
  ~ActorInbox() override;

  // Allows the first turn. Until then all items wait, and nothing but `genesis` is on record.
  void begin();
  bool may_begin() const { return may_begin_.load(std::memory_order_acquire); }

  // What it runs now, which an update replaces.
  std::shared_ptr<const ActorTemplate> common() const {
    if (!has_new_code_.load(std::memory_order_acquire)) return first_common_;
    return new_common_.with([](const auto& common) { return common; });
  }

  // The fixed parts of the actor.
  // The operator's secrets that the actor holds.
  const ActorSecrets& secrets() const { return spec_.secrets; }
  const ChildRules& rules() const { return spec_.rules; }
  bool is_child() const { return parent_id_.has_value(); }
  // The budget of the actor and its descendants; null for none.
  const std::shared_ptr<Budget>& budget() const { return limits_.budget(); }

  // The values at the end of the last turn, and the current length of the mailbox.
  ActorStatus status() const;
  ActorMetrics metrics() const;

  // Ask for the end. `stop` waits until the call in progress has returned, or `init` in an actor
  // that starts; a second stop joins the first. `kill` waits for nothing: a running guest gives way
  // at the next tick.
  void stop(log::Originator by);
  void kill(log::Originator by);

  // Steps of a restart by the rules of Supervision. `stop_instance` ends the instance, gracefully
  // or by force; the actor then waits and notifies its supervisor. The actor calls `answer` once:
  // with no error when its next instance is up and on record, or with kUnavailable if none comes.
  // `restart` gives a waiting actor a fresh instance, and `terminate` lets it end, of a failure for
  // the reason `why` if that is given. Each does nothing in a state that does not fit.
  using Answered = std::function<void(std::optional<Error>)>;
  void stop_instance(log::Originator by, bool by_force, Answered answer = {});
  void restart();
  void terminate(std::string why = {});

  // Gives the actor new code between two calls. `answer` is called once: with no error when an
  // instance of it is up and on record; with kInvalidArgument if check_update() refuses it, or
  // kUnavailable if the actor has children, another update is not over, or no such instance comes
  // up: then the actor keeps its old code if the sessions of the new one cannot be opened. After a
  // refusal the actor is as it was. A paused actor takes the update when it resumes.
  void update(std::shared_ptr<const ActorUpdate> update, Answered answer);

  // Keep the actor from taking messages, or allow it again. `answer` is called once on a worker:
  // with no error, or with the text of docs/reference/actor-states.md for the case. With `later` a
  // busy actor is paused as soon as it is free, and the answer waits for that.
  void pause(log::Originator by, bool later, Answered answer);
  void resume(log::Originator by, Answered answer);

  // Calls `done` on the worker when no call is in progress, the actor may take no message and no
  // handler expects to call it, or when it has ended.
  void when_idle(std::function<void()> done);

  // In a node that closes: calls `done` once, on the worker, when the actor has no call, start or
  // end in progress, or cannot continue because the log has stopped.
  void when_at_rest(std::function<void()> done);

  // ActorRef has the contracts.
  std::shared_ptr<ActorRef> ref() final;
  const ActorId& id() const override { return spec_.id; }
  log::Durability durability() const final { return durability_; }
  const std::optional<ActorId>& parent_id() const final { return parent_id_; }
  bool exports(const ExportFunction& function) const final;
  std::optional<std::string> denial(const ExportFunction& function) const final;
  std::optional<std::string> too_large(size_t size) const final { return limits_.too_large(size); }
  tl::expected<void, std::string> reserve(const ExportFunction& function, size_t size) final;
  bool reserve_always(size_t size) final { return mailbox_.reserve_always(size); }
  tl::expected<RequestSlot, std::string> reserve_request() final;
  void deliver(Message message) final;
  void abandon(const Message& message) final;
  bool take_channel_place() final { return channels_.take_place(); }
  void release_channel_place() final { channels_.release_place(); }
  bool reserve_answer() final { return mailbox_.reserve_answer(); }
  void answered(CallAnswer answer) final;
  void request_answered(uint64_t call, RequestAnswer answer, bool reserved) final;
  void request_timed_out(uint64_t call) final;
  void intent_committed(uint64_t call, std::optional<Error> failure) final;
  void expect_call() final { ++expected_calls_; }
  void stop_expecting_call() final;
  void add_call_source() final { ++call_sources_; }
  void remove_call_source() final { --call_sources_; }
  void note(NoteRequest request) final;
  void tell(ChildEvent news) final;
  void inspect(std::function<void(const ActorView&)> look) final;

 protected:
  bool expects_calls() const { return expected_calls_.load() > 0; }

  struct Published {
    ActorStatus status;
    ActorMetrics metrics;                      // Without the values that are current at any time.
    const ExportFunction* function = nullptr;  // Of the call in progress.
    const ExportFunction* last_function = nullptr;  // Of the newest call.
  };

  // The actor runs this from its next instance on. Only the worker that runs its turn calls it.
  void take_code(std::shared_ptr<const ActorTemplate> code);

  NodeServices& services_;
  ActorSpec spec_;  // `common` is what the actor runs now, for its turns only.
  // What it was made from. All that an update cannot change is read here.
  const std::shared_ptr<const ActorTemplate> first_common_;
  // The same as `spec_.common`, for other threads. An actor that was never updated needs no lock.
  std::atomic<bool> has_new_code_ = false;
  Guarded<std::shared_ptr<const ActorTemplate>> new_common_;
  const std::optional<ActorId> parent_id_;
  const log::Durability durability_;
  Mailbox mailbox_;
  Channels channels_;
  LimitKeeper limits_;
  MetricTable metric_table_;
  // Shared with requests that may outlive the actor.
  const std::shared_ptr<std::atomic<uint64_t>> secret_echoes_ =
      std::make_shared<std::atomic<uint64_t>>(0);
  Guarded<Published> published_;

 private:
  void control(ControlItem item);
  void complete(Completed completed, bool reserved = false);

  std::atomic<bool> may_begin_{false};
  std::atomic<size_t> expected_calls_{0};
  std::atomic<size_t> call_sources_{0};
};

}  // namespace theater
