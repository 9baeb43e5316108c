#include "theater/runtime/runtime.h"

#include "theater/actor/cell/cell.h"
#include "theater/actor/messaging/actor_view.h"
#include "theater/actor/messaging/export_function.h"
#include "theater/base/check.h"
#include "theater/runtime/within.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <string>
#include <utility>

namespace theater {

namespace {

// A value that one thread puts and another waits for. Shared by both, since either may be first to
// go.
template <class T>
class Later {
 public:
  void put(Result<T> value) {
    value_.with([&](std::optional<Result<T>>& slot) { slot = std::move(value); });
    value_.notify_all();
  }

  Result<T> take(Scheduler& scheduler) {
    scheduler.run_until([&] {
      return value_.with([](const std::optional<Result<T>>& slot) { return slot.has_value(); });
    });
    return value_.wait(
        [](const std::optional<Result<T>>& slot) { return slot.has_value(); },
        [](std::optional<Result<T>>& slot) { return *std::exchange(slot, std::nullopt); });
  }

 private:
  Guarded<std::optional<Result<T>>> value_;
};

Result<ClientReply> client_reply(const RequestAnswer& answer) {
  if (!answer.result) {
    if (!answer.is_from_guest) return fail(answer.code, "{}", answer.result.error());
    return ClientReply{tl::unexpected(answer.result.error()), answer.by};
  }
  Result<Bytes> bytes = wit::decode<Bytes>(*answer.result);
  THEATER_CHECK(bytes.has_value(), "an answer that is no list<u8>: {}", bytes.error().to_string());
  return ClientReply{*std::move(bytes), answer.by};
}

// For a client to which an error of the guest is a failure like any other.
Result<Bytes> only_answer(Result<ClientReply> reply) {
  if (!reply) return Failure(std::move(reply).error());
  if (!reply->answer) return fail(ErrorCode::kUnavailable, "{}", reply->answer.error());
  return *std::move(reply->answer);
}

log::Origin origin_of(const ClientMessage& message) {
  if (message.from) return *message.from;
  return log::FromClient{};
}

// The control functions of a cell answer with an error or without one.
ActorCell::Answered as_answered(Runtime::Done done) {
  return [done = std::move(done)](std::optional<Error> error) {
    error ? done(Failure(*std::move(error))) : done({});
  };
}

}  // namespace

struct Runtime::Place {
  std::shared_ptr<ActorRef> target;
  RequestSlot slot;  // Of a request.
};

template <class T>
Result<T> Runtime::wait(const std::function<void(Then<T>)>& begin) {
  auto later = std::make_shared<Later<T>>();
  begin([later](Result<T> result) { later->put(std::move(result)); });
  return later->take(scheduler_);
}

// A spawn whose client waits for its report.
struct Runtime::Asked {
  std::shared_ptr<const ActorTemplate> common;
  ActorId id;
  Spawned spawned;

  void succeed() const { spawned(SpawnReport{id, common->component, common->binding->warnings}); }
  void fail(Error error) const {
    spawned(Failure(
        std::move(error).with_context(fmt::format("spawning actor `{}`", common->manifest.name))));
  }
};

Runtime::Runtime(Parts parts)
    : scheduler_(parts.scheduler),
      own_handler_jobs_(
          parts.jobs == nullptr
              ? std::make_unique<ThreadJobs>("handlers", kHandlerThreads, kHandlerJobsQueuedMax)
              : nullptr),
      services_{parts.routing.router,
                parts.routing.waits,
                parts.scheduler,
                parts.timers,
                parts.clock,
                parts.jobs == nullptr ? *own_handler_jobs_ : *parts.jobs,
                parts.recording == nullptr ? nullptr : &parts.recording->log,
                parts.recording == nullptr ? nullptr : &parts.recording->blobs},
      programs_(parts.loader, parts.handlers),
      recording_(parts.recording),
      known_(parts.actors_max),
      supervisor_(parts.timers, parts.clock),
      own_jobs_(parts.jobs == nullptr
                    ? std::make_unique<ThreadJobs>("spawns", kSpawnThreads, kSpawnsQueuedMax)
                    : nullptr),
      jobs_(parts.jobs == nullptr ? *own_jobs_ : *parts.jobs),
      own_web_jobs_(parts.jobs == nullptr
                        ? std::make_unique<ThreadJobs>("web", kWebThreads, kWebSpawnsQueuedMax)
                        : nullptr),
      own_compile_jobs_(parts.jobs == nullptr ? std::make_unique<ThreadJobs>(
                                                    "compile", kCompileThreads, kCompilesQueuedMax)
                                              : nullptr),
      spawner_({services_, programs_, known_, jobs_, parts.random,
                parts.jobs == nullptr ? *own_web_jobs_ : *parts.jobs,
                parts.jobs == nullptr ? *own_compile_jobs_ : *parts.jobs, parts.fetch,
                parts.recording, parts.placeholder_key}) {
  services_.spawner = &spawner_;
  services_.roots = &supervisor_;
  if (parts.disk_space) {
    disk_watch_.emplace(services_.clock, services_.jobs, std::move(parts.disk_space));
    services_.disk = &*disk_watch_;
  }
  if (recording_ != nullptr) {
    turns_.emplace(recording_->log);
    scheduler_.set_turn_observer(*turns_);
  }
  for (const auto& handler : parts.handlers)
    check_handler(*handler);
}

Runtime::~Runtime() {
  close(Closing::kEnd);
}

ActorId Runtime::new_id() {
  return spawner_.new_id();
}

void Runtime::prepare(SpawnRequest request, Then<std::shared_ptr<const ActorTemplate>> then) {
  using Made = std::shared_ptr<const ActorTemplate>;
  if (auto pass = gate_.enter(); !pass) return then(Failure(std::move(pass).error()));
  spawner_.submit_attempt<Made>(
      [this, request = std::move(request)](SpawnAttempt& attempt) -> Result<Made> {
        if (gate_.is_closed()) return fail(ErrorCode::kUnavailable, "{}", ClientGate::kClosed);
        return prepare(request, attempt);
      },
      std::move(then));
}

Result<std::shared_ptr<const ActorTemplate>> Runtime::prepare(SpawnRequest request) {
  if (gate_.is_closed()) return fail(ErrorCode::kUnavailable, "{}", ClientGate::kClosed);
  SpawnAttempt attempt = spawner_.whole_attempt();
  return prepare(std::move(request), attempt);
}

Result<std::shared_ptr<const ActorTemplate>> Runtime::prepare(SpawnRequest request,
                                                              SpawnAttempt& attempt) {
  std::string name = request.manifest.name;
  auto prepared = [&]() -> Result<std::shared_ptr<const ActorTemplate>> {
    if (request.root) {
      log::Started record = THEATER_TRY(started_record(*request.root));
      request.policy = THEATER_TRY(with_grants(std::move(request.policy), record.grants));
    }
    return spawner_.prepare(std::move(request.manifest), std::move(request.component),
                            request.policy, ParentRights{.is_uploaded = request.is_uploaded},
                            attempt);
  };
  return THEATER_TRY_CONTEXT(prepared(), "spawning actor `{}`", name);
}

SpawnOptions Runtime::options_of(SpawnRequest& request) {
  SpawnOptions options{std::move(request.state), request.id};
  if (!request.root) return options;
  // A request that is not valid fails before there is an actor.
  if (auto record = started_record(*request.root))
    options.root = RootStart{*std::move(record), request.root->by};
  return options;
}

Result<SpawnReport> Runtime::spawn(SpawnRequest request) {
  SpawnOptions options = options_of(request);
  return spawn(THEATER_TRY(prepare(std::move(request))), std::move(options));
}

Result<SpawnReport> Runtime::spawn(std::shared_ptr<const ActorTemplate> common,
                                   SpawnOptions options) {
  return wait<SpawnReport>(
      [&](Spawned spawned) { start(std::move(common), std::move(options), std::move(spawned)); });
}

void Runtime::spawn(SpawnRequest request, Spawned spawned) {
  SpawnOptions options = options_of(request);
  prepare(std::move(request), [this, options = std::move(options),
                               spawned](Result<std::shared_ptr<const ActorTemplate>> common) {
    if (!common) return spawned(Failure(std::move(common).error()));
    start(*std::move(common), options, spawned);
  });
}

void Runtime::spawn(std::shared_ptr<const ActorTemplate> common, SpawnOptions options,
                    Spawned spawned) {
  if (!options.state || !spawner_.keeps(*common)) {
    return start(std::move(common), std::move(options), std::move(spawned));
  }
  auto submitted = spawner_.submit([this, common = std::move(common), options = std::move(options),
                                    spawned] { start(common, options, spawned); });
  if (!submitted) spawned(Failure(std::move(submitted).error()));
}

// Reports when `init` has returned and the client may know it (OutputCommit::to_outside).
void Runtime::start(std::shared_ptr<const ActorTemplate> common, SpawnOptions options,
                    Spawned spawned) {
  ActorId id = options.id ? *options.id : new_id();
  options.id = id;
  // Shared by the callbacks, of which one is called.
  auto asked = std::make_shared<Asked>(Asked{common, id, std::move(spawned)});
  auto pass = gate_.enter();
  if (!pass) return asked->fail(std::move(pass).error());
  auto started = [asked](std::optional<Error> error) {
    error ? asked->fail(*std::move(error)) : asked->succeed();
  };
  auto cell = spawner_.make(std::move(common), std::move(options), std::nullopt, started);
  if (!cell) return asked->fail(std::move(cell).error());
  (*cell)->begin();
}

Result<std::unique_ptr<Recovery>> Runtime::prepare_recovery(const RecoveryRequest& request) {
  THEATER_CHECK(recording_ != nullptr, "a node without a log has nothing to recover");
  return Recovery::prepare({services_, spawner_, *recording_}, request);
}

// Collects the roots of a recovery as they come up, on workers, and reports with the last of them.
struct Runtime::Roots {
  struct State {
    std::optional<RecoveryReport> report;  // Set when recovery itself is done.
    std::vector<std::pair<ActorId, std::optional<Error>>> up;
  };
  Guarded<State> state;
  Then<RecoveryReport> then;

  void came_up(const ActorId& id, std::optional<Error> error) {
    report_if_complete([&](State& now) { now.up.emplace_back(id, std::move(error)); });
  }
  void wait_for(RecoveryReport report) {
    report_if_complete([&](State& now) { now.report = std::move(report); });
  }

 private:
  void report_if_complete(const std::function<void(State&)>& change) {
    std::optional<RecoveryReport> complete = state.with([&](State& now) {
      change(now);
      bool is_complete = now.report && now.up.size() >= now.report->roots.size();
      return is_complete ? std::exchange(now.report, std::nullopt) : std::nullopt;
    });
    if (!complete) return;
    for (auto& [id, error] : state.with([](State& now) { return std::exchange(now.up, {}); })) {
      if (error) lose(*complete, id, *std::move(error));
    }
    then(*std::move(complete));
  }
  static void lose(RecoveryReport& report, const ActorId& id, Error error) {
    auto root = std::find_if(report.roots.begin(), report.roots.end(),
                             [&](const RecoveredRoot& one) { return one.id == id; });
    const Manifest& manifest = root->common->manifest;
    report.lost.push_back({id, manifest.name, manifest.digest, std::move(error)});
    report.roots.erase(root);
  }
};

void Runtime::recover(Recovery& prepared, Then<RecoveryReport> then) {
  // Shared with the workers.
  auto roots = std::make_shared<Roots>();
  roots->then = std::move(then);
  Result<RecoveryReport> report =
      prepared.run([roots](const ActorId& id, std::optional<Error> error) {
        roots->came_up(id, std::move(error));
      });
  report ? roots->wait_for(*std::move(report)) : roots->then(Failure(std::move(report).error()));
}

Result<RecoveryReport> Runtime::recover(Recovery& prepared) {
  return wait<RecoveryReport>(
      [&](Then<RecoveryReport> then) { recover(prepared, std::move(then)); });
}

Result<Runtime::Place> Runtime::reserve(const ActorId& to, const Message& message,
                                        RequestKind kind) {
  auto cell = services_.router.find(to);
  if (!cell) return known_.why_absent(to);
  if (auto why = cell->denial(*message.function)) {
    return fail(ErrorCode::kPermissionDenied, "{}", *why);
  }
  if (!cell->exports(*message.function)) {
    // Both are functions of one handler.
    auto known = known_.find(to);
    if (known && (*known)->common()->manifest.handler(Capability::kMessageServer) == nullptr) {
      return fail(ErrorCode::kNotFound,
                  "actor {} takes no messages: its manifest does not list the handler "
                  "`message-server`",
                  to.to_string());
    }
    return fail(ErrorCode::kNotFound, "actor {} does not export {}", to.to_string(),
                message.function->name.to_string());
  }
  Place place{std::move(cell), {}};
  if (kind == RequestKind::kRequest) {
    auto slot = place.target->reserve_request();
    if (!slot) return fail(ErrorCode::kResourceExhausted, "{}", slot.error());
    place.slot = *std::move(slot);
  }
  if (auto taken = place.target->reserve(*message.function, message.size()); !taken) {
    return fail(ErrorCode::kResourceExhausted, "{}", taken.error());
  }
  return place;
}

Result<void> Runtime::send(const ActorId& to, ByteView message) {
  return send(ClientMessage{to, message});
}

Result<void> Runtime::send(const ClientMessage& message, Then<Hash> recorded) {
  Message call;
  call.function = &handle_send_function();
  call.params = message_params(message.payload);
  call.from = origin_of(message);
  ClientGate::Pass pass = THEATER_TRY(gate_.enter());
  Place place = THEATER_TRY(reserve(message.to, call, RequestKind::kSend));
  if (recorded) {
    call.reply = ReplyTo(
        [recorded = std::move(recorded)](const RequestAnswer& answer) {
          if (!answer.result) return recorded(fail(answer.code, "{}", answer.result.error()));
          recorded(*answer.by);
        },
        ReplyTo::Reach::kOutside, message.called);
  }
  place.target->deliver(std::move(call));
  return {};
}

void Runtime::request(const ActorId& to, ByteView message, Answered answered, Timeout timeout) {
  request(
      ClientMessage{to, message},
      [answered = std::move(answered)](Result<ClientReply> reply) {
        answered(only_answer(std::move(reply)));
      },
      timeout);
}

void Runtime::request(const ClientMessage& message, Then<ClientReply> replied, Timeout timeout) {
  Message call;
  call.function = &handle_request_function();
  call.params = request_params(new_id().to_string(), message.payload);
  call.from = origin_of(message);
  auto pass = gate_.enter();
  if (!pass) return replied(Failure(std::move(pass).error()));
  auto place = reserve(message.to, call, RequestKind::kRequest);
  if (!place) return replied(Failure(std::move(place).error()));
  if (timeout)
    replied = within<Result<ClientReply>>(services_.timers, *timeout, std::move(replied));
  call.reply = ReplyTo([replied = std::move(replied)](
                           const RequestAnswer& answer) { replied(client_reply(answer)); },
                       ReplyTo::Reach::kOutside, message.called);
  call.reply.keep(std::move(place->slot));
  place->target->deliver(std::move(call));
}

Result<Bytes> Runtime::request(const ActorId& to, ByteView message, Timeout timeout) {
  return wait<Bytes>([&](Then<Bytes> then) { request(to, message, std::move(then), timeout); });
}

// The pass lasts as long as the actor is used.
struct Runtime::Entered {
  ClientGate::Pass pass;
  std::shared_ptr<ActorCell> cell;

  ActorCell* operator->() const { return cell.get(); }
};

Result<Runtime::Entered> Runtime::enter(const ActorId& id) {
  ClientGate::Pass pass = THEATER_TRY(gate_.enter());
  std::shared_ptr<ActorCell> cell = THEATER_TRY(known_.find(id));
  return Entered{std::move(pass), std::move(cell)};
}

Result<void> Runtime::stop(const ActorId& id, std::string by) {
  auto cell = THEATER_TRY(enter(id));
  cell->stop(log::ByClient{std::move(by)});
  return {};
}

Result<void> Runtime::kill(const ActorId& id, std::string by) {
  auto cell = THEATER_TRY(enter(id));
  cell->kill(log::ByClient{std::move(by)});
  return {};
}

void Runtime::pause(const ActorId& id, Pausing how, std::string by, Done done) {
  auto cell = enter(id);
  if (!cell) return done(Failure(std::move(cell).error()));
  (*cell)->pause(log::ByClient{std::move(by)}, how == Pausing::kWhenFree,
                 as_answered(std::move(done)));
}

Result<void> Runtime::pause(const ActorId& id, Pausing how, std::string by) {
  return wait<void>([&](Done done) { pause(id, how, std::move(by), std::move(done)); });
}

void Runtime::resume(const ActorId& id, std::string by, Done done) {
  auto cell = enter(id);
  if (!cell) return done(Failure(std::move(cell).error()));
  (*cell)->resume(log::ByClient{std::move(by)}, as_answered(std::move(done)));
}

Result<void> Runtime::resume(const ActorId& id, std::string by) {
  return wait<void>([&](Done done) { resume(id, std::move(by), std::move(done)); });
}

void Runtime::restart(const ActorId& id, Restarting how, std::string by, Done done) {
  auto cell = enter(id);
  if (!cell) return done(Failure(std::move(cell).error()));
  (*cell)->stop_instance(log::ByClient{std::move(by)}, how == Restarting::kAtOnce,
                         as_answered(std::move(done)));
}

Result<void> Runtime::restart(const ActorId& id, Restarting how, std::string by) {
  return wait<void>([&](Done done) { restart(id, how, std::move(by), std::move(done)); });
}

Result<std::shared_ptr<const ActorUpdate>> Runtime::prepare_update(const ActorId& id,
                                                                   CodeUpdate update,
                                                                   const std::string& by,
                                                                   SpawnAttempt& attempt) {
  if (gate_.is_closed()) return fail(ErrorCode::kUnavailable, "{}", ClientGate::kClosed);
  std::shared_ptr<ActorCell> cell = THEATER_TRY(known_.find(id));
  if (!known_.root(id)) {
    return fail(ErrorCode::kUnavailable,
                "actor {} was not started by an operator; only roots that were can be updated",
                id.to_string());
  }
  std::shared_ptr<const ActorTemplate> now = cell->common();
  bool has_placeholder = update.manifest && update.manifest->text.find("{{") != std::string::npos;
  if (has_placeholder) {
    return fail(ErrorCode::kInvalidArgument,
                "the manifest of an update has a placeholder `{{{{`, which only a start fills in");
  }
  log::Updated record;
  record.grants = THEATER_TRY(canonical_grants(update.grants));
  Policy policy = THEATER_TRY(with_grants(std::move(update.policy), record.grants));
  Manifest manifest = update.manifest ? *std::move(update.manifest) : now->manifest;
  record.manifest = manifest.digest;
  std::optional<GivenComponent> component;
  if (update.component) component = *std::move(update.component);
  auto next = THEATER_TRY(spawner_.prepare(std::move(manifest), std::move(component), policy,
                                           ParentRights{.is_uploaded = true}, attempt));
  THEATER_TRY_VOID(check_update(*now, *next));
  THEATER_TRY_VOID(spawner_.check_secrets(*next, *cell, update.may_hold_secrets));
  return std::make_shared<const ActorUpdate>(
      ActorUpdate{std::move(next), std::move(record), log::ByClient{by}});
}

void Runtime::update(const ActorId& id, CodeUpdate update, std::string by,
                     Then<UpdateReport> then) {
  using Prepared = std::shared_ptr<const ActorUpdate>;
  if (auto pass = gate_.enter(); !pass) return then(Failure(std::move(pass).error()));
  auto work = [this, id, update = std::move(update), by](SpawnAttempt& attempt) {
    return prepare_update(id, update, by, attempt);
  };
  spawner_.submit_attempt<Prepared>(std::move(work), [this, id, then](Result<Prepared> prepared) {
    if (!prepared) return then(Failure(std::move(prepared).error()));
    auto cell = enter(id);
    if (!cell) return then(Failure(std::move(cell).error()));
    Prepared next = *std::move(prepared);
    (*cell)->update(next, [this, id, next, then](std::optional<Error> error) {
      // The new code may be in effect although its first instance was lost.
      auto updated = known_.find(id);
      if (updated && (*updated)->common() == next->common)
        known_.set_grants(id, next->record.grants);
      if (error) return then(Failure(*std::move(error)));
      then(UpdateReport{next->common->component, next->common->binding->warnings});
    });
  });
}

Result<UpdateReport> Runtime::update(const ActorId& id, CodeUpdate update, std::string by) {
  return wait<UpdateReport>([&](Then<UpdateReport> then) {
    this->update(id, std::move(update), std::move(by), std::move(then));
  });
}

void Runtime::on_ended(const ActorId& id, Then<EndReport> ended) {
  auto pass = gate_.enter();
  pass ? known_.when_ended(id, std::move(ended)) : ended(Failure(std::move(pass).error()));
}

Result<EndReport> Runtime::wait_ended(const ActorId& id) {
  return wait<EndReport>([&](Then<EndReport> then) { on_ended(id, std::move(then)); });
}

void Runtime::when_idle(const ActorId& id, Done done) {
  auto cell = enter(id);
  if (!cell) return done(Failure(std::move(cell).error()));
  (*cell)->when_idle([done = std::move(done)] { done({}); });
}

Result<void> Runtime::wait_idle(const ActorId& id) {
  return wait<void>([&](Done done) { when_idle(id, std::move(done)); });
}

void Runtime::chain(const ActorId& id, Then<log::Chain> then, uint64_t since) {
  auto cell = enter(id);
  if (!cell) return then(Failure(std::move(cell).error()));
  (*cell)->inspect(
      [then = std::move(then), since](const ActorView& actor) { then(actor.chain.since(since)); });
}

Result<log::Chain> Runtime::chain(const ActorId& id, uint64_t since) {
  return wait<log::Chain>([&](Then<log::Chain> then) { chain(id, std::move(then), since); });
}

void Runtime::state(const ActorId& id, Then<std::optional<Bytes>> then) {
  auto cell = enter(id);
  if (!cell) return then(Failure(std::move(cell).error()));
  (*cell)->inspect([then = std::move(then)](const ActorView& actor) { then(actor.state); });
}

Result<std::optional<Bytes>> Runtime::state(const ActorId& id) {
  return wait<std::optional<Bytes>>(
      [&](Then<std::optional<Bytes>> then) { state(id, std::move(then)); });
}

Result<ActorFacts> Runtime::facts(const ActorId& id) const {
  auto cell = THEATER_TRY(known_.find(id));
  return ActorFacts{cell->common(), cell->parent_id()};
}

Result<ActorStatus> Runtime::status(const ActorId& id) const {
  auto cell = THEATER_TRY(known_.find(id));
  return cell->status();
}

Result<ActorMetrics> Runtime::metrics(const ActorId& id) const {
  auto cell = THEATER_TRY(known_.find(id));
  return cell->metrics();
}

NodeMetrics Runtime::node_metrics() const {
  KnownActors::Census census = known_.census();
  NodeMetrics node = std::move(census.forgotten);
  for (const auto& cell : census.known)
    node.add(cell->metrics(), cell->status().ended);
  return node;
}

std::optional<RootInfo> Runtime::root(const ActorId& id) const {
  return known_.root(id);
}

std::optional<ActorId> Runtime::root_named(const std::string& name) const {
  return known_.named(name);
}

std::vector<ActorId> Runtime::actors() const {
  return known_.ids();
}

std::vector<ActorId> Runtime::actors_after(const std::optional<ActorId>& after,
                                           size_t count) const {
  return known_.ids_after(after, count);
}

}  // namespace theater
