// The wall between a guest and the host: every call of a host function goes through the binder.
//
// The binder of an instance finds the host function behind an import, checks the permission,
// records the call by its effect class, calls the function, and returns the result. No other part
// calls host functions, so no value crosses the wall unrecorded.
//
// An effect begins when its `intent` is on record, and for a `sync` actor on disk. The guest waits,
// and the effect begins between two resumes, on the worker's own stack. A call that waits leaves a
// PendingCall behind; its answer reaches `complete`, which records it and resumes the guest.
//
// Each message to another actor (binder_messages.cc, binder_channels.cc) takes the same steps: find
// the receiver, take a place in its mailbox, record `sent`, deliver.
#pragma once

#include "theater/actor/cell/actor_template.h"
#include "theater/actor/cell/node_services.h"
#include "theater/actor/cell/output_commit.h"
#include "theater/actor/cell/recorder.h"
#include "theater/actor/handler/actor_holdings.h"
#include "theater/actor/handler/binding.h"
#include "theater/actor/messaging/actor_ref.h"
#include "theater/actor/messaging/channels.h"
#include "theater/actor/messaging/mailbox.h"
#include "theater/actor/messaging/open_requests.h"
#include "theater/actor/supervision/budget.h"
#include "theater/engine/guest.h"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

class Children;
class LimitKeeper;

// A call of a host function that the guest waits for.
struct PendingCall {
  enum class Kind : uint8_t { kHost, kEffect, kRequest };
  Kind kind = Kind::kHost;
  uint64_t call = 0;  // The number that the answer carries.
  const BoundImport* import = nullptr;
  uint64_t seq = 0;  // The position of the `intent` or `sent`.
  // The arguments of a kHost, which is recorded with its answer; of a kEffect until it begins.
  Bytes args;
  engine::Completion completion;
  bool has_begun = false;  // Whether a kEffect has begun.
  // The rest is for a kRequest.
  std::shared_ptr<ChannelLink> channel;  // The channel to open; null for none.
  uint64_t timeout_ms = 0;
  Timers::Id deadline = 0;  // 0 for a wait without a deadline.
};

// Not thread-safe: only the worker that runs the actor's turn.
class Binder final : public engine::HostCalls {
 public:
  // Lines of refused grants in the node's log, for one instance. A guest can name any grant.
  static constexpr size_t kRefusalLinesMax = 64;

  struct Parts {
    NodeServices& services;
    Recorder& recorder;
    OutputCommit& output;
    OpenRequests& open_requests;
    Channels& channels;
    LimitKeeper& limits;
    const Children& children;
    ActorHoldings& holdings;
    ActorRef& self;
    const ActorTemplate& common;
    uint64_t& next_call;  // The number of the next waiting call, over all instances.
  };

  // `sessions` has one session for each handler of the binding, in the order of the binding.
  Binder(Parts parts, std::vector<std::unique_ptr<Session>> sessions);
  ~Binder() override;

  // Before the first call of an instance whose `init` does not run: the handlers set up again what
  // they hold for the actor.
  void restore_sessions() { holdings_.restore(sessions_); }

  engine::HostAnswer call(uint32_t function, ByteView args, Bytes& result) override;
  engine::HostAnswer call_waiting(uint32_t function, ByteView args, Bytes& result,
                                  engine::Completion& completion) override;

  // Takes an answer, or the notice that none will come. If the guest waits for it, records it,
  // answers the waiting call and returns true. An answer that came too late changes nothing.
  bool complete(Completed& completed);

  bool waiting() const { return pending_.has_value(); }

  // The position of the `intent` of the effect that begins.
  uint64_t intent() const;

  // Must be called when the guest has begun to wait: begins the effect that it waits for, if no
  // write to the disk delays it.
  void begin_effect();

  // Whether the wait ends within that time by a deadline of its own.
  bool is_answered_within(std::chrono::nanoseconds time) const {
    if (!pending_ || pending_->deadline == 0) return false;
    using Milliseconds = std::chrono::duration<uint64_t, std::milli>;
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(time);
    return left.count() > 0 && Milliseconds(pending_->timeout_ms) <= Milliseconds(left);
  }

  // The guest is lost: closes the record of the waiting call, if there is one. The caller then
  // destroys the guest, and after it the binder.
  void abandon();

  // The node closes and keeps the actor: cancels the waiting call's timer, records nothing.
  void leave();

 private:
  // A call of a function that sends, with the place of its result.
  struct Sending {
    const BoundImport& import;
    ByteView args;
    log::SentKind kind;
    Bytes& result;
  };

  engine::HostAnswer dispatch(uint32_t function, ByteView args, Bytes& result,
                              engine::Completion* completion);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Immediate& body,
                         ByteView args, Bytes& result);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Waiting& body,
                         ByteView args, engine::Completion& completion);
  engine::HostAnswer run_effect(const BoundImport& import, ByteView args,
                                engine::Completion& completion);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Send& body, ByteView args,
                         Bytes& result);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Request& body,
                         ByteView args, Bytes& result, engine::Completion& completion);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Answer& body, ByteView args,
                         Bytes& result);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Cancel& body, ByteView args,
                         Bytes& result);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::OnChannel& body,
                         ByteView args, Bytes& result);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Close& body, ByteView args,
                         Bytes& result);

  // Sends `outgoing` and lets the guest wait for its answer.
  engine::HostAnswer ask(const Sending& sending, const OutgoingMessage& outgoing,
                         engine::Completion& completion);
  // Takes the places that a new channel needs, or gives the reason why there are none.
  tl::expected<std::shared_ptr<ChannelLink>, std::string> prepare_channel(
      const OutgoingMessage& outgoing, const std::string& id, ActorRef& target);
  void release_channel(ActorRef& target);
  // Stops waiting for the acceptance of a channel. If the other side accepts it, or has done so, it
  // is notified that the channel is closed.
  void abandon_opening(ChannelLink& link);
  // Opens the actor's end if the other side has accepted.
  void channel_result(const PendingCall& pending, const RequestAnswer& answer, Bytes& result);
  engine::HostAnswer answer_request(const Sending& sending, std::string_view request_id,
                                    RequestAnswer answer);
  // The actor's open end of that channel. Null if there is none: the call has then failed.
  std::shared_ptr<ChannelLink> find_channel(const Sending& sending, std::string_view id);

  // Records a `sent` that failed, and gives the guest the reason.
  engine::HostAnswer fail(const Sending& sending, log::Destination to, std::string_view why);
  // The actor of that id. Null if there is none: the call has then failed.
  std::shared_ptr<ActorRef> find_target(const Sending& sending, const ActorId& id);
  // Records a `sent`, whose places the caller has taken.
  log::EventRef record_sent(const Sending& sending, log::Destination to);
  // The same, and delivers `message` to `target`.
  log::EventRef post(const Sending& sending, const std::shared_ptr<ActorRef>& target,
                     Message message);

  // The grant that the call lacks, and which parties lack it; none if it is allowed.
  Refusal refusal(const BoundImport& import, ByteView args);
  // A line in the node's log for the first refusal of each text, up to kRefusalLinesMax of them.
  void report_refusal(const HostFunction& host, const std::string& why);
  // Takes the cost of the call from the budgets, or gives the budget that has nothing left.
  std::optional<BudgetSpent> pay(const HostFunction& host, size_t arguments_bytes);

  // The same to the budgets: the record has no such call that was carried out.
  void give_back_call(const HostFunction& host, size_t arguments_bytes);
  // Records a call with its result, and lets the handler's holdings take it.
  void record_host(const BoundImport& import, ByteView args, ByteView result);
  bool follows_from_lost_events(const HostFunction& function) const;
  void record_note(const BoundImport& import, ByteView args, ByteView result);
  engine::HostAnswer refuse(const BoundImport& import, ByteView args, log::Refusal why,
                            std::string_view text, Bytes& result);
  bool too_large(ByteView result) const;

  void complete_call(CallAnswer& answer);
  void complete_intent(const IntentCommitted& intent);
  void complete_request(RequestAnswer& answer);
  void complete_without_answer();
  // Starts the timer of a waiting request.
  void set_deadline(PendingCall& pending, uint64_t timeout_ms);
  // The result of a request, or of the opening of a channel, for the guest.
  Bytes request_result(const PendingCall& pending, const RequestAnswer& answer);

  Session& session(const BoundImport& import) { return *sessions_[import.handler]; }

  NodeServices& services_;
  RouteCache routes_;
  Recorder& recorder_;
  OutputCommit& output_;
  OpenRequests& open_requests_;
  Channels& channels_;
  LimitKeeper& limits_;
  const Children& children_;
  ActorHoldings& holdings_;
  ActorRef& self_;
  const ActorTemplate& common_;
  const Binding& binding_;
  const log::Durability durability_;
  std::set<std::string> refusals_;  // That have their line.
  std::vector<std::unique_ptr<Session>> sessions_;
  std::optional<PendingCall> pending_;
  uint64_t& next_call_;
};

}  // namespace theater
