#include "theater/actor/cell/cell.h"

#include "theater/base/check.h"
#include "theater/base/log.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// What is true of an actor in this world.
log::Durability durability_in(const NodeServices& services, const Manifest& manifest) {
  return services.log == nullptr ? log::Durability::kMemory : recorded(manifest.log.durability);
}

std::optional<Recorder::Disk> disk_for(const NodeServices& services, const ActorSpec& spec) {
  const Manifest& manifest = spec.common->manifest;
  if (durability_in(services, manifest) == log::Durability::kMemory) return std::nullopt;
  log::ActorNumber number =
      spec.recovered ? spec.recovered->number : services.log->add_actor(spec.id);
  return Recorder::disk(*services.log, number, manifest.log);
}

// The events of a snapshot name no children, so supervisors have none.
bool can_have_snapshots(const NodeServices& services, const Recorder& recorder,
                        const Manifest& manifest) {
  return services.blobs != nullptr && recorder.is_durable() &&
         manifest.state == StateMode::kExplicit && manifest.children.empty();
}

Recorder recorder_for(const NodeServices& services, ActorSpec& spec) {
  std::optional<Recorder::Disk> disk = disk_for(services, spec);
  uint64_t bytes_max = spec.common->bounds.chain_bytes;
  if (!spec.recovered) return Recorder(disk, bytes_max);
  THEATER_CHECK(disk.has_value(), "an actor without a chain on disk was recovered");
  return {*disk, std::move(spec.recovered->chain), bytes_max};
}

}  // namespace

std::shared_ptr<ActorCell> ActorCell::create(NodeServices& services, ActorSpec spec) {
  return std::make_shared<ActorCell>(OnlyCreate(), services, std::move(spec));
}

ActorCell::ActorCell(OnlyCreate, NodeServices& services, ActorSpec spec)
    : Task(services.scheduler),
      services_(services),
      spec_(std::move(spec)),
      parent_id_(spec_.parent ? std::optional(spec_.parent->cell->id()) : std::nullopt),
      durability_(durability_in(services, spec_.common->manifest)),
      mailbox_(spec_.common->mailbox),
      recorder_(recorder_for(services, spec_)),
      output_(services, recorder_),
      children_(services, recorder_, *this, spec_.parent ? spec_.parent->depth + 1 : 0,
                spec_.common->manifest),
      kin_(services, spec_.id),
      state_(std::move(spec_.state)),
      life_(spec_.parent ? std::optional(spec_.rules.restart) : std::nullopt),
      budget_(Budget::of(spec_.id, spec_.common->budget,
                         spec_.parent ? spec_.parent->cell->budget() : nullptr)),
      has_snapshots_(can_have_snapshots(services, recorder_, spec_.common->manifest)),
      spawn_rate_(spec_.common->bounds.spawns_per_second),
      log_rate_(spec_.common->bounds.log_bytes_per_second) {
  bool may_need_first = spec_.parent && spec_.rules.from == RestartFrom::kInitial;
  if (may_need_first) {
    initial_state_ = spec_.recovered ? std::move(spec_.recovered->initial_state) : state_;
  }
  recorder_.begin_turn(services.clock.wall_us());
  if (spec_.recovered) {
    take_up(*std::exchange(spec_.recovered, std::nullopt));
  } else {
    record_genesis();
  }
  since_us_ = recorder_.time_us();
  publish();
}

void ActorCell::take_up(const Recovered& recovered) {
  recovered_init_runs_ = recovered.init_runs;
  instances_ = recovered.instances;
  life_.recover(recovered.was_up, recovered.is_paused);
}

void ActorCell::record_genesis() {
  std::optional<log::Ancestor> parent;
  if (spec_.parent) parent = log::Ancestor{spec_.parent->cell->id(), spec_.parent->event};
  const Manifest& manifest = spec_.common->manifest;
  recorder_.record(
      log::Genesis{log::kLogVersion, spec_.id, manifest.name, parent, manifest.digest});
}

ActorCell::~ActorCell() = default;

std::optional<std::string> ActorCell::too_large(size_t size) const {
  if (size <= part_bytes_max()) return std::nullopt;
  return fmt::format("the message has {} bytes; actor {} takes at most {}, half of payload_bytes",
                     size, spec_.id.to_string(), part_bytes_max());
}

tl::expected<void, std::string> ActorCell::reserve(size_t size) {
  if (auto why = too_large(size)) return tl::unexpected(*std::move(why));
  switch (mailbox_.reserve(size)) {
    case Placement::kReserved:
      return {};
    case Placement::kFull:
      return tl::unexpected(
          fmt::format("mailbox-full: {} messages wait for actor {}, mailbox_messages = {} and "
                      "mailbox_bytes = {}; try later",
                      mailbox_.waiting(), spec_.id.to_string(), mailbox_.limits().messages,
                      format_quantity(mailbox_.limits().bytes, Unit::kBytes)));
    case Placement::kClosed:
      break;
  }
  return tl::unexpected(fmt::format("Actor not found: {} has ended", spec_.id.to_string()));
}

void ActorCell::deliver(Message message) {
  mailbox_.push(std::move(message));
  wake();
}

void ActorCell::abandon(const Message& message) {
  if (opens_channel(*message.function)) channels_.release_place();
  mailbox_.release(message.size());
  // It may wait for its end.
  wake();
}

void ActorCell::control(ControlItem item) {
  mailbox_.push(std::move(item));
  wake_urgent();
}

void ActorCell::stop(log::Originator by) {
  control(StopRequest{std::move(by)});
}

void ActorCell::kill(log::Originator by) {
  control(KillRequest{std::move(by)});
}

void ActorCell::stop_instance(log::Originator by, bool by_force) {
  control(StopInstanceRequest{std::move(by), by_force});
}

void ActorCell::restart() {
  control(RestartRequest{});
}

void ActorCell::terminate() {
  control(TerminateRequest{});
}

void ActorCell::pause(log::Originator by, bool later, Answered answer) {
  control(PauseRequest{std::move(by), later, std::move(answer)});
}

void ActorCell::resume(log::Originator by, Answered answer) {
  control(ResumeRequest{std::move(by), std::move(answer)});
}

void ActorCell::inspect(std::function<void(const ActorView&)> look) {
  control(InspectRequest{std::move(look)});
}

void ActorCell::when_idle(std::function<void()> done) {
  mailbox_.push(ControlItem(IdleRequest{std::move(done)}));
  wake();
}

void ActorCell::tell(ChildEvent news) {
  mailbox_.push(Completed(std::move(news)));
  wake();
}

void ActorCell::notify_of_loss(SupervisorCallback notice) {
  if (exports(notice.function()) && reserve(notice.size())) deliver(std::move(notice).message());
}

void ActorCell::notify(SupervisorCallback notice) {
  if (!exports(notice.function())) return;
  size_t size = notice.size();
  if (size > SupervisorCallback::kAlwaysBytesMax || too_large(size)) {
    if (auto place = reserve(size); !place) return notify(notice.without_data(place.error()));
  } else if (!reserve_always(size)) {
    return;
  }
  deliver(std::move(notice).message());
}

void ActorCell::child_events(const ActorId& id, EventsReply reply) {
  // Of the result, one byte says that it is no error.
  kin_.look_at_events(id, spec_.common->limits.payload_bytes - 1, std::move(reply));
}

void ActorCell::answered(CallAnswer answer) {
  mailbox_.push(Completed(std::move(answer)));
  wake();
}

bool ActorCell::reserve_answer() {
  return mailbox_.reserve_answer();
}

void ActorCell::request_answered(uint64_t call, RequestAnswer answer, bool reserved) {
  // From here on whoever answered may ask this actor something without closing a ring.
  services_.waits.leave(spec_.id, call);
  mailbox_.push(Completed(AnsweredRequest{call, std::move(answer)}), reserved);
  wake();
}

void ActorCell::intent_committed(uint64_t call, std::optional<Error> failure) {
  mailbox_.push(Completed(IntentCommitted{call, std::move(failure)}));
  wake();
}

void ActorCell::request_timed_out(uint64_t call) {
  mailbox_.push(Completed(TimedOutRequest{call}));
  wake();
}

ActorStatus ActorCell::status() const {
  ActorStatus status = published_.with([](const Published& published) {
    ActorStatus copy = published.status;
    if (published.function != nullptr) copy.function = published.function->name.to_string();
    return copy;
  });
  status.mailbox_waiting = mailbox_.waiting();
  return status;
}

ActorMetrics ActorCell::metrics() const {
  ActorMetrics metrics = published_.with([](const Published& published) {
    ActorMetrics copy = published.metrics;
    copy.events = published.status.events;
    copy.memory_bytes = published.status.memory_bytes;
    return copy;
  });
  metrics.waiting = mailbox_.waiting();
  metrics.waiting_max = mailbox_.waiting_max();
  metrics.custom = metric_table_.copy();
  return metrics;
}

void ActorCell::end_after_call(std::optional<Bytes> data) {
  if (!life_.want_completion()) return;
  shutdown_data_ = std::move(data);
  apply(LifeEvent::kLeft);
}

ControlResult ActorCell::apply(LifeEvent event) {
  ActorState before = life_.state();
  std::optional<ControlResult> result = life_.apply(event);
  THEATER_CHECK(result.has_value(), "actor {}: {} while {}", spec_.id.to_string(),
                life_event_name(event), actor_state_name(before));
  if (life_.state() == before) return *result;
  if (log_enabled(LogLevel::kDebug)) {
    log_line(LogLevel::kDebug, {.actor = name(), .part = "life"}, "{} -> {} ({})",
             actor_state_name(before), actor_state_name(life_.state()), life_event_name(event));
  }
  if (life_.phase() != before.phase) since_us_ = recorder_.time_us();
  if (!pause_waiters_.empty()) answer_pauses();
  return *result;
}

std::optional<Error> ActorCell::refusal(ControlResult result) const {
  std::string id = spec_.id.to_string();
  auto error = [](std::string text) { return Error(ErrorCode::kUnavailable, std::move(text)); };
  switch (result) {
    case ControlResult::kNone:
    case ControlResult::kOk:
    case ControlResult::kLater:
      return std::nullopt;
    case ControlResult::kNotPaused:
      return error(fmt::format("NotPaused: actor {} is {}", id, phase_name(life_.phase())));
    case ControlResult::kCannotPause:
      return error(fmt::format("Cannot pause during operation: actor {} is {}", id,
                               phase_name(life_.phase())))
          .with_hint("ask for the pause to wait until the actor is free");
    case ControlResult::kShuttingDown:
      break;
  }
  return error(
      fmt::format("ShuttingDown: actor {} {}", id, life_.has_ended() ? "has ended" : "is ending"));
}

// Callers that wait for a pause get their answer: the pause is in effect, or can no longer come.
void ActorCell::answer_pauses() {
  bool waits = life_.phase() == Phase::kWaiting;
  bool is_due = life_.state().pending == Pending::kPause;
  if (is_due && !waits) return;
  bool paused = is_due || life_.phase() == Phase::kPaused;
  for (PauseRequest& request : std::exchange(pause_waiters_, {})) {
    if (paused) recorder_.record(log::Control{log::Pause{}, std::move(request.by)});
    request.answer(paused ? std::nullopt : refusal(ControlResult::kShuttingDown));
  }
}

void ActorCell::publish() {
  published_.with([&](Published& published) {
    ActorStatus& status = published.status;
    status.phase = life_.phase();
    status.step = step_;
    status.since_us = since_us_;
    status.events = recorder_.next_seq();
    status.head = recorder_.chain().head();
    status.calls = calls_;
    status.errors = errors_;
    status.restarts = instances_ == 0 ? 0 : instances_ - 1;
    if (guest_) status.memory_bytes = guest_->memory_bytes();
    ActorMetrics& metrics = published.metrics;
    metrics.calls = meter_.metrics();
    metrics.memory_bytes_max = std::max(metrics.memory_bytes_max, status.memory_bytes);
    metrics.event_bytes = recorder_.counts().bytes;
    metrics.messages_in = recorder_.counts().messages_in;
    metrics.messages_out = recorder_.counts().messages_out;
    metrics.restarts = status.restarts;
    if (status.ended != life_.has_ended()) {
      status.ended = life_.has_ended();
      status.memory_bytes = 0;
      status.failure = failure_;
    }
    published.function = activity_ == Activity::kCalling ? current_.function : nullptr;
  });
}

void ActorCell::report_start(std::optional<Error> error) {
  if (!error && spec_.parent) spec_.parent->cell->tell(ChildStarted{spec_.id});
  auto report = std::exchange(spec_.on_started, nullptr);
  if (!report) return;
  if (error) return report(std::move(error));
  output_.to_outside([report](const std::optional<Error>& failure) { report(failure); });
}

}  // namespace theater
