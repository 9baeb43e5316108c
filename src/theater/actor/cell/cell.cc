#include "theater/actor/cell/cell.h"

#include "theater/base/check.h"
#include "theater/base/log.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

std::optional<Recorder::Disk> disk_for(const NodeServices& services, const ActorSpec& spec,
                                       log::Durability durability) {
  if (durability == log::Durability::kMemory) return std::nullopt;
  log::ActorNumber number =
      spec.recovered ? spec.recovered->number : services.log->add_actor(spec.id);
  return Recorder::disk(*services.log, number, spec.common->manifest.log);
}

// The events of a snapshot name no children, so supervisors have none.
bool can_have_snapshots(const NodeServices& services, const Recorder& recorder,
                        const Manifest& manifest) {
  return services.blobs != nullptr && recorder.is_durable() &&
         manifest.state == StateMode::kExplicit && manifest.children.empty();
}

Recorder recorder_for(const NodeServices& services, ActorSpec& spec, log::Durability durability) {
  std::optional<Recorder::Disk> disk = disk_for(services, spec, durability);
  uint64_t bytes_max = spec.common->bounds.chain_bytes;
  if (!spec.recovered) return Recorder(disk, bytes_max);
  THEATER_CHECK(disk.has_value(), "an actor without a chain on disk was recovered");
  return {*disk, std::move(spec.recovered->chain), bytes_max};
}

std::unique_ptr<ActorHoldings> holdings_for(ActorSpec& spec) {
  auto holdings = std::make_unique<ActorHoldings>(*spec.common->binding);
  if (!spec.recovered) return holdings;
  uint64_t seq = spec.recovered->chain.position().seq;
  log::Control held{std::move(spec.recovered->held), log::ByRuntime{}};
  Result<void> begun = holdings->accept(seq, held);
  THEATER_CHECK(begun.has_value(), "{}", begun.error().to_string());
  return holdings;
}

}  // namespace

std::shared_ptr<ActorCell> ActorCell::create(NodeServices& services, ActorSpec spec) {
  return std::make_shared<ActorCell>(OnlyCreate(), services, std::move(spec));
}

ActorCell::ActorCell(OnlyCreate, NodeServices& services, ActorSpec spec)
    : ActorInbox(services, std::move(spec)),
      holdings_(holdings_for(spec_)),
      recorder_(recorder_for(services, spec_, durability())),
      output_(services, recorder_),
      children_({services, recorder_, limits_, *this, first_common_->manifest,
                 spec_.parent ? spec_.parent->depth + 1 : 0}),
      descendants_(services, spec_.id),
      life_(is_supervised() ? std::optional(spec_.rules.restart) : std::nullopt),
      requests_(*this),
      state_(std::move(spec_.state)) {
  if (can_have_snapshots(services, recorder_, spec_.common->manifest)) snapshots_.emplace();
  bool may_need_first = (is_supervised() && spec_.rules.from == RestartFrom::kInitial) ||
                        spec_.common->manifest.has_pool();
  if (may_need_first) {
    initial_state_ = spec_.recovered ? std::move(spec_.recovered->initial_state) : state_;
  }
  recorder_.feed(*holdings_);
  if (spec_.keeps_whole_chain) recorder_.keep_whole();
  recorder_.begin_turn(services.clock.wall_us());
  if (auto recovered = std::exchange(spec_.recovered, std::nullopt)) {
    began_us_ = recovered->began_us;
    recovered_init_runs_ = recovered->init_runs;
    instances_ = recovered->instances;
    updated_ = std::move(recovered->updated);
    if (budget() != nullptr) budget()->add(holdings_->budget().used());
    life_.recover(recovered->was_up, recovered->is_paused);
  } else {
    began_us_ = recorder_.time_us();
    std::optional<log::Ancestor> parent;
    if (spec_.parent) parent = log::Ancestor{spec_.parent->cell->id(), spec_.parent->event};
    const Manifest& manifest = spec_.common->manifest;
    recorder_.record(
        log::Genesis{log::kLogVersion, spec_.id, manifest.name, parent, manifest.digest});
    if (spec_.root) recorder_.record(log::Control{spec_.root->record, spec_.root->by});
  }
  since_us_ = recorder_.time_us();
  publish();
}

ActorCell::~ActorCell() = default;

std::shared_ptr<ActorCell> ActorCell::self() {
  return std::static_pointer_cast<ActorCell>(shared_from_this());
}

void ActorCell::notify_of_loss(SupervisorCallback notice) {
  if (exports(notice.function()) && reserve(notice.function(), notice.size()))
    deliver(std::move(notice).message());
}

void ActorCell::notify_of_end(SupervisorCallback notice) {
  if (!exports(notice.function())) return;
  size_t size = notice.size();
  if (size > SupervisorCallback::kAlwaysBytesMax || too_large(size)) {
    if (auto place = reserve(notice.function(), size); !place)
      return notify_of_end(notice.without_data(place.error()));
  } else if (!reserve_always(size)) {
    return;
  }
  deliver(std::move(notice).message());
}

tl::expected<void, std::string> ActorCell::record_metric(std::string_view name, double value) {
  return metric_table_.record(name, value);
}

void ActorCell::spawn_child(ChildRequest request, SpawnReply reply) {
  children_.spawn(std::move(request), std::move(reply));
}

void ActorCell::stop_child(const ActorId& id, StopReply reply) {
  children_.stop(id, std::move(reply));
}

void ActorCell::restart_child(const ActorId& id, RestartReply reply) {
  children_.restart(id, std::move(reply));
}

void ActorCell::child_state(const ActorId& id, StateReply reply) {
  descendants_.look_at_state(id, std::move(reply));
}

void ActorCell::child_events(const ActorId& id, EventsReply reply) {
  // One byte of the result says that it is no error.
  descendants_.look_at_events(id, spec_.common->limits.payload_bytes - 1, std::move(reply));
}

void ActorCell::end_after_call(std::optional<Bytes> data) {
  if (!life_.want_completion()) return;
  shutdown_data_ = std::move(data);
  apply(LifeEvent::kLeft);
}

void ActorCell::show_line(LogLevel level, std::string_view text) {
  if (!log_enabled(level)) return;
  output_.keep_line(
      log_entry(LogLane::kGuests, level, {.actor = name(), .part = {}, .id = spec_.id}, text));
}

ControlResult ActorCell::apply(LifeEvent event) {
  ActorState before = life_.state();
  std::optional<ControlResult> result = life_.apply(event);
  THEATER_CHECK(result.has_value(), "actor {}: {} while {}", spec_.id.to_string(),
                life_event_name(event), actor_state_name(before));
  if (life_.state() == before) return *result;
  if (log_enabled(LogLevel::kDebug)) {
    log_line(LogLevel::kDebug, {.actor = name(), .part = "life", .id = spec_.id}, "{} -> {} ({})",
             actor_state_name(before), actor_state_name(life_.state()), life_event_name(event));
  }
  if (life_.phase() != before.phase) since_us_ = recorder_.time_us();
  requests_.answer_pauses();
  return *result;
}

void ActorCell::publish() {
  published_.with([&](Published& published) {
    ActorStatus& status = published.status;
    status.phase = life_.phase();
    status.step = step_;
    status.began_us = began_us_;
    status.since_us = since_us_;
    status.events = recorder_.next_seq();
    status.head = recorder_.chain().head();
    status.calls = meter_.metrics().calls - meter_.metrics().failures;
    status.errors = meter_.metrics().errors;
    status.restarts = instances_ == 0 ? 0 : instances_ - 1;
    if (incarnation_) status.memory_bytes = incarnation_->guest().memory_bytes();
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
    published.function = incarnation_ ? incarnation_->function() : nullptr;
    published.last_function = last_function_;
  });
}

void ActorCell::report_start(std::optional<Error> error) {
  if (!error && spec_.parent) spec_.parent->cell->tell(ChildStarted{spec_.id});
  if (!error && is_supervised_root() && instances_ > 1) services_.roots->root_is_up(spec_.id);
  auto report = std::exchange(spec_.on_started, nullptr);
  if (!report) return;
  if (error) return report(std::move(error));
  output_.to_outside([report](const std::optional<Error>& failure) { report(failure); });
}

// The log has stopped, so this start never ends. A parent may be parked until it does.
void ActorCell::report_lost_start() {
  if (auto failure = recorder_.log_failure(); failure && spec_.on_started) {
    report_start(std::move(*failure).with_context("the node cannot write its log"));
  }
  if (spec_.parent) spec_.parent->cell->wake();
}

}  // namespace theater
