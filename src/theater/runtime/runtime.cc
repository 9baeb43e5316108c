#include "theater/runtime/runtime.h"

#include "theater/base/check.h"
#include "theater/handlers/message_server/message_server_handler.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

namespace theater {

namespace {

// A value that one thread puts and another waits for. Shared by both, since either may be first to
// go.
template <class T>
class Later {
 public:
  void put(T value) {
    value_.with([&](std::optional<T>& slot) { slot = std::move(value); });
    value_.notify_all();
  }

  T take(Scheduler& scheduler) {
    scheduler.run_until(
        [&] { return value_.with([](const std::optional<T>& slot) { return slot.has_value(); }); });
    return value_.wait([](const std::optional<T>& slot) { return slot.has_value(); },
                       [](std::optional<T>& slot) { return *std::exchange(slot, std::nullopt); });
  }

 private:
  Guarded<std::optional<T>> value_;
};

constexpr std::string_view kShuttingDown = "the node is shutting down";

Result<Bytes> client_answer(const RequestAnswer& answer) {
  if (!answer.result) return fail(ErrorCode::kUnavailable, "{}", answer.result.error());
  Result<Bytes> bytes = wit::decode<Bytes>(*answer.result);
  THEATER_CHECK(bytes.has_value(), "an answer that is no list<u8>: {}", bytes.error().to_string());
  return bytes;
}

}  // namespace

// A spawn that somebody waits for.
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
      own_handler_jobs_(parts.jobs == nullptr
                            ? std::make_unique<ThreadJobs>(kHandlerThreads, kHandlerJobsQueuedMax)
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
      own_jobs_(parts.jobs == nullptr
                    ? std::make_unique<ThreadJobs>(kSpawnThreads, kSpawnsQueuedMax)
                    : nullptr),
      jobs_(parts.jobs == nullptr ? *own_jobs_ : *parts.jobs),
      own_web_jobs_(parts.jobs == nullptr
                        ? std::make_unique<ThreadJobs>(kWebThreads, kWebSpawnsQueuedMax)
                        : nullptr),
      spawner_({services_, programs_, known_, jobs_, parts.random,
                parts.jobs == nullptr ? *own_web_jobs_ : *parts.jobs, parts.fetch,
                parts.recording}) {
  services_.spawner = &spawner_;
  if (recording_ != nullptr) {
    turns_.emplace(recording_->log);
    scheduler_.set_turn_observer(*turns_);
  }
  for (const auto& handler : parts.handlers)
    check_handler(*handler);
}

Runtime::~Runtime() {
  known_.close();
  spawner_.stop_reading();
  jobs_.stop();
  if (own_web_jobs_) own_web_jobs_->stop();
  for (const auto& cell : known_.living())
    cell->kill(log::ByRuntime{});
  for (const auto& cell : known_.living())
    (void)wait_ended(cell->id());
  if (own_handler_jobs_) own_handler_jobs_->stop();
  // What they have said may still wait for the disk, and wakes them when it is there.
  if (recording_ != nullptr) (void)recording_->log.flush();
  scheduler_.stop();
}

ActorId Runtime::new_id() {
  return spawner_.new_id();
}

Result<std::shared_ptr<const ActorTemplate>> Runtime::prepare(SpawnRequest request) {
  return prepare(std::move(request), spawner_.web());
}

Result<std::shared_ptr<const ActorTemplate>> Runtime::prepare(SpawnRequest request,
                                                              const Fetch& fetch) {
  std::string name = request.manifest.name;
  return THEATER_TRY_CONTEXT(
      spawner_.prepare(std::move(request.manifest), std::move(request.component), request.policy,
                       {}, fetch),
      "spawning actor `{}`", name);
}

Result<SpawnReport> Runtime::spawn(SpawnRequest request) {
  SpawnOptions options{std::move(request.state), request.id};
  return spawn(THEATER_TRY(prepare(std::move(request))), std::move(options));
}

Result<SpawnReport> Runtime::spawn(std::shared_ptr<const ActorTemplate> common,
                                   SpawnOptions options) {
  auto spawned = std::make_shared<Later<Result<SpawnReport>>>();
  start(std::move(common), std::move(options),
        [spawned](Result<SpawnReport> report) { spawned->put(std::move(report)); });
  return spawned->take(scheduler_);
}

void Runtime::spawn(SpawnRequest request, Spawned spawned) {
  using Made = std::shared_ptr<const ActorTemplate>;
  SpawnOptions options{std::move(request.state), request.id};
  spawner_.submit_reading<Made>(
      [this, request = std::move(request)](const Fetch& fetch) -> Result<Made> {
        if (known_.is_closed()) return fail(ErrorCode::kUnavailable, "{}", kShuttingDown);
        return prepare(request, fetch);
      },
      [this, options = std::move(options), spawned](Result<Made> common) {
        if (!common) return spawned(Failure(std::move(common).error()));
        start(*std::move(common), options, spawned);
      });
}

void Runtime::spawn(std::shared_ptr<const ActorTemplate> common, SpawnOptions options,
                    Spawned spawned) {
  if (!options.state || !spawner_.keeps(common->manifest)) {
    return start(std::move(common), std::move(options), std::move(spawned));
  }
  auto submitted = spawner_.submit([this, common = std::move(common), options = std::move(options),
                                    spawned] { start(common, options, spawned); });
  if (!submitted) spawned(Failure(std::move(submitted).error()));
}

// Answers when `init` has returned, and what a `sync` actor has recorded by then is on disk.
void Runtime::start(std::shared_ptr<const ActorTemplate> common, SpawnOptions options,
                    Spawned spawned) {
  ActorId id = options.id ? *options.id : new_id();
  options.id = id;
  // Shared by the callbacks, of which one is called.
  auto asked = std::make_shared<Asked>(Asked{common, id, std::move(spawned)});
  bool waits_for_disk =
      recording_ != nullptr && common->manifest.log.durability == Durability::kSync;
  auto started = [this, asked, waits_for_disk](std::optional<Error> error) {
    if (error) return asked->fail(*std::move(error));
    if (!waits_for_disk) return asked->succeed();
    recording_->log.when_durable([asked](const std::optional<Error>& failure) {
      failure ? asked->spawned(Failure(*failure)) : asked->succeed();
    });
  };
  auto cell = spawner_.make(std::move(common), std::move(options), std::nullopt, started);
  if (!cell) return asked->fail(std::move(cell).error());
  (*cell)->begin();
}

Result<std::unique_ptr<Recovery>> Runtime::prepare_recovery(const RecoveryRequest& request) {
  THEATER_CHECK(recording_ != nullptr, "a node without a log has nothing to recover");
  return Recovery::prepare({services_, spawner_, *recording_}, request);
}

Result<RecoveryReport> Runtime::recover(Recovery& prepared) {
  using Came = std::vector<std::pair<ActorId, std::optional<Error>>>;
  // Shared with the workers.
  auto came = std::make_shared<Guarded<Came>>();
  RecoveryReport report =
      THEATER_TRY(prepared.run([came](const ActorId& id, std::optional<Error> error) {
        came->with([&](Came& all) { all.emplace_back(id, std::move(error)); });
        came->notify_all();
      }));
  size_t wanted = report.roots.size();
  auto all_came = [wanted](const Came& all) { return all.size() >= wanted; };
  scheduler_.run_until([&] { return came->with(all_came); });
  Came all = came->wait(all_came, [](Came& waiting) { return std::move(waiting); });
  for (auto& [id, error] : all) {
    if (!error) continue;
    auto root = std::find_if(report.roots.begin(), report.roots.end(),
                             [&](const RecoveredRoot& one) { return one.id == id; });
    const Manifest& manifest = root->common->manifest;
    report.lost.push_back({id, manifest.name, manifest.digest, *std::move(error)});
    report.roots.erase(root);
  }
  return report;
}

Result<void> Runtime::put(const ActorId& to, Message message) {
  auto refuse = [&](Error error) -> Result<void> {
    RequestAnswer answer;
    answer.result = tl::unexpected(error.message());
    std::move(message.reply).answer(std::move(answer));
    return Failure(std::move(error));
  };
  auto cell = services_.router.find(to);
  if (!cell) {
    return refuse(Error(ErrorCode::kNotFound, "there is no actor " + to.to_string()));
  }
  if (!cell->exports(*message.function)) {
    return refuse(Error(ErrorCode::kNotFound,
                        fmt::format("actor {} does not export {}, or its manifest does not list "
                                    "the handler for it",
                                    to.to_string(), message.function->name.to_string())));
  }
  if (message.reply.wanted()) {
    auto request = cell->reserve_request();
    if (!request) return refuse(Error(ErrorCode::kResourceExhausted, request.error()));
    message.reply.keep(*std::move(request));
  }
  if (auto place = cell->reserve(message.size()); !place) {
    return refuse(Error(ErrorCode::kResourceExhausted, place.error()));
  }
  cell->deliver(std::move(message));
  return {};
}

Result<void> Runtime::send(const ActorId& to, ByteView message) {
  Message call;
  call.function = &handle_send_function();
  call.params = message_params(message);
  call.from = log::FromClient{};
  return put(to, std::move(call));
}

void Runtime::request(const ActorId& to, ByteView message, Answered answered, Timeout timeout) {
  if (timeout) answered = within(*timeout, std::move(answered));
  Message call;
  call.function = &handle_request_function();
  call.params = request_params(new_id().to_string(), message);
  call.from = log::FromClient{};
  call.reply = ReplyTo(ReplyTo::Client(
      [this, to, answered = std::move(answered)](const RequestAnswer& answer) mutable {
        release(to, client_answer(answer), std::move(answered));
      }));
  // A refusal reaches `answered` too.
  (void)put(to, std::move(call));
}

Runtime::Answered Runtime::within(std::chrono::milliseconds timeout, Answered answered) {
  // Shared by the answer and the deadline, of which the first calls `answered`.
  struct Wait {
    Answered answered;
    std::atomic<bool> over{false};
    Timers::Id deadline = 0;
  };
  auto wait = std::make_shared<Wait>();
  wait->answered = std::move(answered);
  wait->deadline = services_.timers.after(timeout, [wait, timeout] {
    if (wait->over.exchange(true)) return;
    wait->answered(fail(ErrorCode::kDeadlineExceeded, "operation-timeout: no answer within {} ms",
                        timeout.count()));
  });
  return [wait, &timers = services_.timers](Result<Bytes> result) {
    if (wait->over.exchange(true)) return;
    timers.cancel(wait->deadline);
    wait->answered(std::move(result));
  };
}

// What a `sync` actor answers leaves the node only when it is on disk.
void Runtime::release(const ActorId& from, Result<Bytes> answer, Answered answered) {
  auto cell = services_.router.find(from);
  if (!cell || cell->durability() != log::Durability::kSync) {
    answered(std::move(answer));
    return;
  }
  recording_->log.when_durable([answer = std::move(answer), answered = std::move(answered)](
                                   const std::optional<Error>& failure) mutable {
    if (failure) answer = Failure(*failure);
    answered(std::move(answer));
  });
}

Result<Bytes> Runtime::request(const ActorId& to, ByteView message, Timeout timeout) {
  auto answer = std::make_shared<Later<Result<Bytes>>>();
  request(to, message, [answer](Result<Bytes> result) { answer->put(std::move(result)); }, timeout);
  return answer->take(scheduler_);
}

Result<void> Runtime::stop(const ActorId& id, std::string by) {
  auto cell = THEATER_TRY(known_.find(id));
  cell->stop(log::ByClient{std::move(by)});
  return {};
}

Result<void> Runtime::kill(const ActorId& id, std::string by) {
  auto cell = THEATER_TRY(known_.find(id));
  cell->kill(log::ByClient{std::move(by)});
  return {};
}

Result<void> Runtime::pause(const ActorId& id, Pausing how, std::string by) {
  auto cell = THEATER_TRY(known_.find(id));
  auto done = std::make_shared<Later<std::optional<Error>>>();
  cell->pause(log::ByClient{std::move(by)}, how == Pausing::kWhenFree,
              [done](std::optional<Error> error) { done->put(std::move(error)); });
  if (auto error = done->take(scheduler_)) return Failure(*std::move(error));
  return {};
}

Result<void> Runtime::resume(const ActorId& id, std::string by) {
  auto cell = THEATER_TRY(known_.find(id));
  auto done = std::make_shared<Later<std::optional<Error>>>();
  cell->resume(log::ByClient{std::move(by)},
               [done](std::optional<Error> error) { done->put(std::move(error)); });
  if (auto error = done->take(scheduler_)) return Failure(*std::move(error));
  return {};
}

Result<EndReport> Runtime::wait_ended(const ActorId& id) {
  auto ended = std::make_shared<Later<EndReport>>();
  THEATER_TRY_VOID(on_ended(id, [ended](const EndReport& report) { ended->put(report); }));
  return ended->take(scheduler_);
}

Result<void> Runtime::on_ended(const ActorId& id, std::function<void(const EndReport&)> ended) {
  return known_.when_ended(id, std::move(ended));
}

Result<void> Runtime::wait_idle(const ActorId& id) {
  auto cell = THEATER_TRY(known_.find(id));
  auto idle = std::make_shared<Later<bool>>();
  cell->when_idle([idle] { idle->put(true); });
  (void)idle->take(scheduler_);
  return {};
}

Result<log::Chain> Runtime::chain(const ActorId& id) {
  auto cell = THEATER_TRY(known_.find(id));
  auto copy = std::make_shared<Later<log::Chain>>();
  cell->inspect([copy](const ActorCell& looked_at) { copy->put(looked_at.chain()); });
  return copy->take(scheduler_);
}

Result<std::optional<Bytes>> Runtime::state(const ActorId& id) {
  auto cell = THEATER_TRY(known_.find(id));
  auto copy = std::make_shared<Later<std::optional<Bytes>>>();
  cell->inspect([copy](const ActorCell& looked_at) { copy->put(looked_at.state()); });
  return copy->take(scheduler_);
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
  NodeMetrics node;
  for (const ActorId& id : known_.ids()) {
    // It may be forgotten meanwhile.
    if (auto cell = known_.find(id)) node.add((*cell)->metrics(), (*cell)->status().ended);
  }
  return node;
}

std::vector<ActorId> Runtime::actors() const {
  return known_.ids();
}

}  // namespace theater
