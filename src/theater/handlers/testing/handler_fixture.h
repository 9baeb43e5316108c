// A handler's host functions called the way a guest calls them, by value bytes, with no engine and
// no actor behind them.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/actor/handler/metric_table.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/base/check.h"
#include "theater/base/clock.h"
#include "theater/base/random.h"
#include "theater/wit/traits.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace theater::testing {

// Keeps the calls that a handler makes in its actor's guest, until a test says that they are over.
class FakeCalls final : public GuestCalls {
 public:
  struct Call {
    const ExportFunction* function = nullptr;
    Bytes params;
    ReplyTo::Reach reach = ReplyTo::Reach::kNode;
    ReplyTo::Answered answered;
    CallWatch watch;
  };

  bool exports(const ExportFunction& function) const override {
    return exported == nullptr || exported == &function;
  }
  tl::expected<void, std::string> call(const ExportFunction& function, Bytes params,
                                       ReplyTo::Reach reach, ReplyTo::Answered answered,
                                       CallWatch watch) override {
    if (refusal) return tl::unexpected(*refusal);
    made.push_back({&function, std::move(params), reach, std::move(answered), std::move(watch)});
    return {};
  }

  std::shared_ptr<void> expect() override {
    ++expected;
    return std::shared_ptr<void>(nullptr, [this](void*) { --expected; });
  }

  std::shared_ptr<void> expect_more() override {
    ++sources;
    return std::shared_ptr<void>(nullptr, [this](void*) { --sources; });
  }

  int expected = 0;
  int sources = 0;
  const ExportFunction* exported = nullptr;  // Every function, if it is null.
  std::optional<std::string> refusal;
  std::vector<Call> made;
};

// Keeps the notes of a handler, until a test says that they are written.
class FakeNotes final : public ActorNotes {
 public:
  void note(log::Noted note, NoteWritten written) override {
    made.push_back({std::move(note), std::move(written)});
  }

  struct Note {
    log::Noted note;
    NoteWritten written;
  };
  std::vector<Note> made;
};

// An actor that only exists for its sessions. Its parts are there to be set and looked at.
class FakeActor : public ActorContext {
 public:
  // What waits for its calls holds on to them.
  ~FakeActor() override { calls->made.clear(); }

  const ActorId& id() const override { return id_value; }
  const std::string& name() const override { return name_value; }
  const log::Chain& chain() const override { return chain_value; }
  std::optional<Caller> caller() const override { return caller_value; }
  CurrentCall current_call() const override { return call_value; }
  uint64_t intent() const override { return intent_value; }
  std::vector<std::string> open_requests() const override { return requests; }
  void end_after_call(std::optional<Bytes> data) override { ends.push_back(std::move(data)); }
  void show_line(LogLevel, std::string_view text) override { lines.emplace_back(text); }
  void to_outside(Outside then) override { outputs.push_back(std::move(then)); }
  void spawn_child(ChildRequest request, SpawnReply reply) override {
    child_requests.push_back(std::move(request));
    spawn_replies.push_back(std::move(reply));
  }
  void stop_child(const ActorId& id, StopReply reply) override {
    stopped_children.push_back(id);
    stop_replies.push_back(std::move(reply));
  }
  void restart_child(const ActorId& id, RestartReply reply) override {
    restarted_children.push_back(id);
    restart_replies.push_back(std::move(reply));
  }
  std::vector<ActorId> children() const override { return living_children; }
  std::shared_ptr<std::atomic<uint64_t>> secret_echoes() override { return echoes; }
  std::shared_ptr<GuestCalls> guest_calls() override { return calls; }
  std::shared_ptr<ActorNotes> notes() override { return notes_value; }
  void child_state(const ActorId& id, StateReply reply) override {
    looked_at.push_back(id);
    state_replies.push_back(std::move(reply));
  }
  void child_events(const ActorId& id, EventsReply reply) override {
    looked_at.push_back(id);
    events_replies.push_back(std::move(reply));
  }
  tl::expected<void, std::string> record_metric(std::string_view name, double value) override {
    return metrics.record(name, value);
  }

  std::shared_ptr<std::atomic<uint64_t>> echoes = std::make_shared<std::atomic<uint64_t>>(0);
  ActorId id_value = *ActorId::parse("0123456789abcdef0123456789abcdef");
  std::string name_value = "fake";
  log::Chain chain_value;
  std::optional<Caller> caller_value;
  CurrentCall call_value;
  uint64_t intent_value = 0;
  std::vector<std::string> requests;
  std::vector<std::optional<Bytes>> ends;
  std::vector<std::string> lines;
  std::vector<Outside> outputs;  // What waits for the record.
  std::vector<ChildRequest> child_requests;
  std::vector<SpawnReply> spawn_replies;
  std::vector<ActorId> stopped_children;
  std::vector<StopReply> stop_replies;
  std::vector<ActorId> restarted_children;
  std::vector<RestartReply> restart_replies;
  std::vector<ActorId> living_children;
  std::vector<ActorId> looked_at;
  std::vector<StateReply> state_replies;
  std::vector<EventsReply> events_replies;
  MetricTable metrics;
  std::shared_ptr<FakeCalls> calls = std::make_shared<FakeCalls>();
  std::shared_ptr<FakeNotes> notes_value = std::make_shared<FakeNotes>();
};

// One session of one handler.
class HandlerFixture {
 public:
  explicit HandlerFixture(std::unique_ptr<const Handler> handler) : handler_(std::move(handler)) {}

  // What the binder does for a function that answers at once: the permission check, then the call.
  // A refused function gives what its guest would get; why is in `refused`.
  template <class R, class... Args>
  R call(const std::string& name, const Args&... args) {
    const HostFunction& function = find<R, Args...>(name);
    Bytes encoded;
    wit::encode_params(encoded, args...);
    refused = function.refusal ? function.refusal(session(), encoded) : std::nullopt;
    Bytes result;
    if (refused) {
      THEATER_CHECK(function.refused_result, "{}", name);
      result = *function.refused_result;
    } else {
      std::get<HostFunction::Immediate>(function.body)(session(), encoded, result);
    }
    if constexpr (!std::is_void_v<R>) return *wit::decode<R>(result);
  }

  // The function of this name and type.
  template <class R, class... Args>
  const HostFunction& find(const std::string& name) const {
    wit::FuncType type = wit::func_type_of<R(Args...)>();
    for (const HostFunction& function : handler_->host_functions()) {
      if (function.name.name == name && function.type.matches(type)) return function;
    }
    THEATER_CHECK(false, "no function {} of that type", name);
    std::abort();
  }

  Session& session() {
    if (!session_) session_ = make_session(actor);
    return *session_;
  }

  std::unique_ptr<Session> make_session(ActorContext& of) {
    auto made = handler_->make_session({.actor = of,
                                        .manifest = manifest,
                                        .permissions = permissions,
                                        .clock = clock,
                                        .timers = scheduler,
                                        .jobs = jobs,
                                        .private_hosts = private_hosts,
                                        .secrets = secrets,
                                        .declared_secrets = declared_secrets,
                                        .pool = pool});
    THEATER_CHECK(made, "{}", made.error().to_string());
    return *std::move(made);
  }

  // From here on, calls are of `other`, perhaps another actor's. Returns the session before.
  std::unique_ptr<Session> exchange_session(std::unique_ptr<Session> other) {
    return std::exchange(session_, std::move(other));
  }

  const Handler& handler_value() const { return *handler_; }

  // As when the instance is lost.
  void end_session() { session_.reset(); }

  // To be set before the first call.
  FakeActor actor;
  Manifest manifest;
  Permissions permissions;
  const HostList* private_hosts = nullptr;
  ActorSecrets secrets;
  std::vector<SecretRule> declared_secrets;
  std::optional<ActorId> pool;
  SeededScheduler scheduler{1};  // Runs timers and jobs when the test says so.
  ManualClock& clock = scheduler.clock();
  SchedulerJobs jobs{scheduler, 100};
  Refusal refused;

 private:
  std::unique_ptr<const Handler> handler_;
  std::unique_ptr<Session> session_;
};

}  // namespace theater::testing
