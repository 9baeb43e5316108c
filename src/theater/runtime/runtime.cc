#include "theater/runtime/runtime.h"

#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/engine/ticker.h"
#include "theater/handlers/message_server/message_server_handler.h"
#include "theater/manifest/grant.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <atomic>
#include <limits>
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
    scheduler.drive(
        [&] { return value_.with([](const std::optional<T>& slot) { return slot.has_value(); }); });
    return value_.wait([](const std::optional<T>& slot) { return slot.has_value(); },
                       [](std::optional<T>& slot) { return *std::exchange(slot, std::nullopt); });
  }

 private:
  Guarded<std::optional<T>> value_;
};

template <class To>
To clamped(uint64_t value) {
  return static_cast<To>(std::min<uint64_t>(value, std::numeric_limits<To>::max()));
}

engine::Limits limits_of(const ManifestLimits& asked) {
  constexpr uint64_t kTicksPerMs = std::chrono::microseconds(1'000) / engine::kTickPeriod;
  engine::Limits limits;
  limits.memory_bytes = asked.memory_bytes;
  limits.table_elements = asked.table_elements;
  limits.core_instances = clamped<uint32_t>(asked.instances);
  limits.payload_bytes = asked.payload_bytes;
  limits.call_ticks = asked.call_cpu_ms > std::numeric_limits<uint64_t>::max() / kTicksPerMs
                          ? std::numeric_limits<uint64_t>::max()
                          : asked.call_cpu_ms * kTicksPerMs;
  return limits;
}

Result<Bytes> component_bytes(const Manifest& manifest, std::optional<Bytes> given) {
  if (given) return *std::move(given);
  if (!manifest.component_path) {
    return fail(ErrorCode::kUnsupported,
                "component `{}` is not a file; this build loads components from files only",
                manifest.component);
  }
  return read_file(*manifest.component_path);
}

Result<Bytes> client_answer(const RequestAnswer& answer) {
  if (!answer.result) return fail(ErrorCode::kUnavailable, "{}", answer.result.error());
  Result<Bytes> bytes = wit::decode<Bytes>(*answer.result);
  THEATER_CHECK(bytes.has_value(), "an answer that is no list<u8>: {}", bytes.error().to_string());
  return bytes;
}

}  // namespace

// What the runtime knows of an actor beside its cell.
struct Runtime::Life {
  struct Ends {
    std::optional<EndReport> report;
    std::vector<std::function<void(const EndReport&)>> waiting;
  };

  Guarded<Ends> ends;

  void ended(EndReport report) {
    auto waiting = ends.with([&](Ends& value) {
      value.report = report;
      return std::exchange(value.waiting, {});
    });
    for (const auto& call : waiting)
      call(report);
  }

  void when_ended(std::function<void(const EndReport&)> call) {
    auto report = ends.with([&](Ends& value) {
      if (!value.report) value.waiting.push_back(std::move(call));
      return value.report;
    });
    if (report) call(*report);
  }
};

Runtime::Runtime(Parts parts)
    : scheduler_(parts.scheduler),
      random_(&parts.random),
      world_{router_,         waits_,
             parts.scheduler, parts.timers,
             parts.clock,     parts.recording == nullptr ? nullptr : &parts.recording->log},
      programs_(parts.loader, parts.handlers),
      recording_(parts.recording) {
  for (const auto& handler : parts.handlers)
    check_handler(*handler);
}

Runtime::~Runtime() {
  for (const auto& cell : router_.all())
    cell->kill(log::ByRuntime{});
  for (const ActorId& id : actors())
    (void)wait_ended(id);
  scheduler_.stop();
}

ActorId Runtime::new_id() {
  return random_.with([](Random* random) { return ActorId::generate(*random); });
}

Result<ActorSpec> Runtime::prepare(SpawnRequest request, SpawnReport& report) {
  ActorSpec spec;
  spec.permissions =
      THEATER_TRY(effective_permissions(request.policy, std::nullopt, request.manifest));
  Bytes bytes = THEATER_TRY(component_bytes(request.manifest, std::move(request.component)));
  std::vector<std::string> listed;
  for (const HandlerEntry& entry : request.manifest.handlers) {
    listed.emplace_back(capability_name(entry.type));
  }
  auto ready = THEATER_TRY_CONTEXT(programs_.get(bytes, std::move(listed)), "component {}",
                                   request.manifest.component);
  const auto& pin = request.manifest.component_digest;
  if (pin && *pin != ready->digest) {
    return fail(ErrorCode::kInvalidArgument,
                "component {} has digest {}, but the manifest pins {}: it is another component, or "
                "component_digest is out of date",
                request.manifest.component, ready->digest.to_string(), pin->to_string());
  }
  spec.id = report.id;
  spec.grants = to_grants(spec.permissions);
  std::sort(spec.grants.begin(), spec.grants.end());
  spec.limits = limits_of(request.manifest.limits);
  spec.mailbox.messages = clamped<uint32_t>(request.manifest.limits.mailbox_messages);
  // The largest message that the actor may be called with finds room in an empty mailbox.
  spec.mailbox.bytes = std::max(spec.mailbox.bytes, spec.limits.payload_bytes / 2);
  spec.state = std::move(request.state);
  spec.component = ready->digest;
  spec.engine = programs_.identity();
  spec.binding = ready->binding;
  spec.program = ready->program;
  spec.manifest = std::make_shared<const Manifest>(std::move(request.manifest));
  if (recording_ != nullptr && spec.manifest->log.durability != Durability::kMemory) {
    THEATER_TRY_VOID(keep_contents(spec, *ready, bytes));
  }
  report.component = ready->digest;
  report.warnings = ready->binding->warnings;
  return spec;
}

// What `genesis` and `instance` will name is put before they are recorded, and the log brings it to
// disk before them.
Result<void> Runtime::keep_contents(const ActorSpec& spec, const ReadyProgram& ready,
                                    ByteView component) {
  BlobStore& blobs = recording_->blobs;
  if (!ready.is_kept.load()) {
    bool is_binary = sha256(component) == spec.component;
    Bytes binary = is_binary ? to_bytes(component) : THEATER_TRY(engine::binary_form(component));
    THEATER_TRY_VOID(blobs.put(binary));
    ready.is_kept.store(true);
  }
  THEATER_TRY_VOID(blobs.put(as_bytes(spec.manifest->text)));
  if (spec.state) THEATER_TRY_VOID(blobs.put(*spec.state));
  return {};
}

Result<SpawnReport> Runtime::spawn(SpawnRequest request) {
  SpawnReport report;
  report.id = request.id ? *request.id : new_id();
  std::string name = request.manifest.name;
  ActorSpec spec =
      THEATER_TRY_CONTEXT(prepare(std::move(request), report), "spawning actor `{}`", name);
  auto life = std::make_shared<Life>();
  bool is_new = lives_.with([&](auto& lives) { return lives.emplace(report.id, life).second; });
  if (!is_new) {
    return fail(ErrorCode::kAlreadyExists, "spawning actor `{}`: there is an actor {}", name,
                report.id.to_string());
  }
  auto started = std::make_shared<Later<std::optional<Error>>>();
  spec.on_started = [started](std::optional<Error> error) { started->put(std::move(error)); };
  spec.on_ended = [life](const ActorCell& cell) {
    life->ended({cell.ending(), cell.status().failure});
  };
  auto cell = ActorCell::create(world_, std::move(spec));
  bool is_sync = cell->durability() == log::Durability::kSync;
  router_.add(report.id, cell);
  cell->begin();
  std::optional<Error> error = started->take(scheduler_);
  if (error)
    return Failure(std::move(*error).with_context(fmt::format("spawning actor `{}`", name)));
  if (is_sync) THEATER_TRY_VOID(recording_->log.flush());
  return report;
}

Result<std::shared_ptr<ActorCell>> Runtime::find(const ActorId& id) const {
  auto cell = router_.find(id);
  if (!cell) return fail(ErrorCode::kNotFound, "there is no actor {}", id.to_string());
  return cell;
}

Result<std::shared_ptr<Runtime::Life>> Runtime::find_life(const ActorId& id) const {
  auto life = lives_.with([&](const auto& lives) -> std::shared_ptr<Life> {
    auto found = lives.find(id);
    return found == lives.end() ? nullptr : found->second;
  });
  if (!life) return fail(ErrorCode::kNotFound, "there is no actor {}", id.to_string());
  return life;
}

Result<void> Runtime::put(const ActorId& to, Message message) {
  auto refuse = [&](Error error) -> Result<void> {
    RequestAnswer answer;
    answer.result = tl::unexpected(error.message());
    std::move(message.reply).answer(std::move(answer));
    return Failure(std::move(error));
  };
  auto cell = router_.find(to);
  if (!cell) {
    return refuse(Error(ErrorCode::kNotFound, "there is no actor " + to.to_string()));
  }
  if (!cell->exports(*message.function)) {
    return refuse(Error(ErrorCode::kNotFound,
                        fmt::format("actor {} does not export {}, or its manifest does not list "
                                    "the handler for it",
                                    to.to_string(), message.function->name.to_string())));
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
  call.reply = ReturnAddress(ReturnAddress::Client(
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
  wait->deadline = world_.timers.after(timeout, [wait, timeout] {
    if (wait->over.exchange(true)) return;
    wait->answered(fail(ErrorCode::kDeadlineExceeded, "operation-timeout: no answer within {} ms",
                        timeout.count()));
  });
  return [wait, &timers = world_.timers](Result<Bytes> result) {
    if (wait->over.exchange(true)) return;
    timers.cancel(wait->deadline);
    wait->answered(std::move(result));
  };
}

// What a `sync` actor answers leaves the node only when it is on disk.
void Runtime::release(const ActorId& from, Result<Bytes> answer, Answered answered) {
  auto cell = router_.find(from);
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
  auto cell = THEATER_TRY(find(id));
  cell->stop(log::ByClient{std::move(by)});
  return {};
}

Result<void> Runtime::kill(const ActorId& id, std::string by) {
  auto cell = THEATER_TRY(find(id));
  cell->kill(log::ByClient{std::move(by)});
  return {};
}

Result<void> Runtime::pause(const ActorId& id, Pausing how, std::string by) {
  auto cell = THEATER_TRY(find(id));
  auto done = std::make_shared<Later<std::optional<Error>>>();
  cell->pause(log::ByClient{std::move(by)}, how == Pausing::kWhenFree,
              [done](std::optional<Error> error) { done->put(std::move(error)); });
  if (auto error = done->take(scheduler_)) return Failure(*std::move(error));
  return {};
}

Result<void> Runtime::resume(const ActorId& id, std::string by) {
  auto cell = THEATER_TRY(find(id));
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
  auto life = THEATER_TRY(find_life(id));
  life->when_ended(std::move(ended));
  return {};
}

Result<void> Runtime::wait_idle(const ActorId& id) {
  auto cell = THEATER_TRY(find(id));
  auto idle = std::make_shared<Later<bool>>();
  cell->when_idle([idle] { idle->put(true); });
  (void)idle->take(scheduler_);
  return {};
}

Result<log::Chain> Runtime::chain(const ActorId& id) {
  auto cell = THEATER_TRY(find(id));
  auto copy = std::make_shared<Later<log::Chain>>();
  cell->inspect([copy](const ActorCell& looked_at) { copy->put(looked_at.chain()); });
  return copy->take(scheduler_);
}

Result<std::optional<Bytes>> Runtime::state(const ActorId& id) {
  auto cell = THEATER_TRY(find(id));
  auto copy = std::make_shared<Later<std::optional<Bytes>>>();
  cell->inspect([copy](const ActorCell& looked_at) { copy->put(looked_at.state()); });
  return copy->take(scheduler_);
}

Result<ActorStatus> Runtime::status(const ActorId& id) const {
  auto cell = THEATER_TRY(find(id));
  return cell->status();
}

Result<ActorMetrics> Runtime::metrics(const ActorId& id) const {
  auto cell = THEATER_TRY(find(id));
  return cell->metrics();
}

NodeMetrics Runtime::node_metrics() const {
  NodeMetrics node;
  for (const auto& cell : router_.all())
    node.add(cell->metrics(), cell->status().ended);
  return node;
}

std::vector<ActorId> Runtime::actors() const {
  std::vector<ActorId> ids;
  for (const auto& cell : router_.all())
    ids.push_back(cell->id());
  return ids;
}

}  // namespace theater
