// The wall between a guest and the host: every call of a host function goes through here.
//
// The binder of an instance finds the host function behind an import, asks whether the actor may
// call it, records what its effect class wants recorded, calls it, and hands back the result.
// Nothing else calls host functions, so nothing crosses the wall unrecorded.
//
// An effect begins when its `intent` is recorded, and for a `sync` actor on disk: the guest waits,
// and the effect is begun between two resumes, on the worker's own stack.
//
// A call that waits leaves a Pending behind. When its answer comes, the worker that has the actor
// gives it to `complete`, which records it first and then lets the guest go on.
//
// What goes to other actors (binder_messages.cc, binder_channels.cc) goes one way: find the
// receiver, take a place in its mailbox, record `sent`, push.
#pragma once

#include "theater/actor/cell/node_services.h"
#include "theater/actor/cell/output_commit.h"
#include "theater/actor/cell/recorder.h"
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
#include <string>
#include <string_view>
#include <vector>

namespace theater {

class ActorCell;

// Not thread-safe: only the worker that runs the actor's turn.
class Binder final : public engine::HostCalls {
 public:
  struct Parts {
    NodeServices& services;
    Recorder& recorder;
    OutputCommit& output;
    OpenRequests& open_requests;
    Channels& channels;
    ActorCell& cell;  // The actor, which owns the binder.
    const Binding& binding;
    log::Durability durability;
    uint64_t payload_bytes_max;
    Budget* budget;       // Null if there is none.
    uint64_t& next_call;  // Numbers waiting calls, over all instances of the actor.
  };

  // `sessions` has one for each handler of the binding, in its order.
  Binder(Parts parts, std::vector<std::unique_ptr<Session>> sessions);
  ~Binder() override;

  engine::HostAnswer call(uint32_t function, ByteView args, Bytes& result) override;
  engine::HostAnswer call_waiting(uint32_t function, ByteView args, Bytes& result,
                                  engine::Completion& completion) override;

  // Takes an answer, or word that there will be none. If it is the one that is waited for, records
  // it, answers the waiting call and returns true; else it came too late, and nothing happens.
  bool complete(Completed& completed);

  bool waiting() const { return pending_.has_value(); }

  // To be called when the guest has begun to wait: begins what it waits for, if that is an effect
  // that nothing keeps back.
  void begin_effect();

  // Whether what is waited for comes to an end within that time by a deadline of its own.
  bool is_answered_within(std::chrono::nanoseconds time) const {
    if (!pending_ || pending_->deadline == 0) return false;
    using Milliseconds = std::chrono::duration<uint64_t, std::milli>;
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(time);
    return left.count() > 0 && Milliseconds(pending_->timeout_ms) <= Milliseconds(left);
  }

  // The guest is lost: records what the waiting call leaves open, if there is one. Whoever calls
  // this destroys the guest, and then the binder.
  void abandon();

 private:
  struct Pending {
    enum class Kind : uint8_t { kHost, kEffect, kRequest };
    Kind kind = Kind::kHost;
    uint64_t call = 0;  // The number that its answer carries.
    const BoundImport* import = nullptr;
    uint64_t seq = 0;  // Of the `intent` or `sent`.
    // Of a kHost, which is recorded when it is answered; of a kEffect until it begins.
    Bytes args;
    engine::Completion completion;
    bool has_begun = false;  // Of a kEffect.
    // Of a kRequest.
    std::shared_ptr<ChannelLink> channel;  // That is to be opened, if one is.
    uint64_t timeout_ms = 0;
    Timers::Id deadline = 0;  // None if it may wait for ever.
  };
  // A call of a function that sends, and where its result goes.
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
  // Takes what a channel that is to be opened needs beforehand; or says why that cannot be.
  tl::expected<std::shared_ptr<ChannelLink>, std::string> prepare_channel(
      const OutgoingMessage& outgoing, const std::string& id, ActorRef& target);
  void release_channel(ActorRef& target);
  // Stops waiting for the acceptance of a channel. If the other side accepts it, or has done so, it
  // is notified that the channel is closed.
  void abandon_opening(ChannelLink& link);
  // Opens the actor's end, if the other has accepted.
  void channel_result(const Pending& pending, const RequestAnswer& answer, Bytes& result);
  engine::HostAnswer answer_request(const Sending& sending, std::string_view request_id,
                                    RequestAnswer answer);
  // The actor's end of the channel of that id. Null if it has none that is open: then the call has
  // failed.
  std::shared_ptr<ChannelLink> find_channel(const Sending& sending, std::string_view id);

  // Records a `sent` that failed, and gives the guest the reason.
  engine::HostAnswer fail(const Sending& sending, log::Destination to, std::string_view why);
  // The actor, or null: then the call has failed.
  std::shared_ptr<ActorRef> find_target(const Sending& sending, const ActorId& id);
  // Records a `sent`. Needs the places that it takes.
  log::EventRef record_sent(const Sending& sending, log::Destination to);
  // The same, and pushes `message` from this actor to `target`.
  log::EventRef post(const Sending& sending, const std::shared_ptr<ActorRef>& target,
                     Message message);

  // Takes what the call costs from the budgets.
  std::optional<BudgetSpent> pay(const HostFunction& host);

  bool follows_from_lost_events(const HostFunction& function) const;
  void record_note(const BoundImport& import, ByteView args, ByteView result);
  engine::HostAnswer refuse(const BoundImport& import, ByteView args, log::Refusal why,
                            std::string_view text, Bytes& result);
  bool too_large(ByteView result) const { return result.size() > payload_bytes_max_; }

  void complete_call(CallAnswer& answer);
  void complete_intent(const IntentCommitted& intent);
  void complete_request(RequestAnswer& answer);
  void complete_without_answer();
  // The deadline of a request that waits.
  void set_deadline(Pending& pending, uint64_t timeout_ms);
  // The result of a request, or of a channel that was to be opened, as the guest gets it.
  Bytes request_result(const Pending& pending, const RequestAnswer& answer);

  Session& session(const BoundImport& import) { return *sessions_[import.handler]; }

  NodeServices& services_;
  RouteCache routes_;
  Recorder& recorder_;
  OutputCommit& output_;
  OpenRequests& open_requests_;
  Channels& channels_;
  ActorCell& cell_;
  const Binding& binding_;
  log::Durability durability_;
  uint64_t payload_bytes_max_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::optional<Pending> pending_;
  Budget* budget_;
  uint64_t& next_call_;
};

}  // namespace theater
