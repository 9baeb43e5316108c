// An actor that outlives its instance: it goes down, waits for its supervisor, and comes back with
// a fresh instance.
//
// The id, the chain and the mailbox stay, and the state as the rules say. The call, the sessions,
// the channels and the children of the lost instance end with it. The next instance answers the
// requests that the lost one had taken.
#include "theater/actor/cell/cell.h"
#include "theater/base/log.h"

#include <algorithm>
#include <utility>

namespace theater {

using Down = Supervision::Down;

namespace {

log::Limits recorded(const ActorTemplate& common, const Budget* budget) {
  const engine::Limits& limits = common.limits;
  log::Limits record;
  record.memory_bytes = limits.memory_bytes;
  record.table_elements = limits.table_elements;
  record.core_instances = limits.core_instances;
  record.payload_bytes = limits.payload_bytes;
  record.call_ticks = limits.call_ticks;
  record.mailbox_messages = common.mailbox.messages;
  record.handles = common.binding->handles_max;
  if (budget != nullptr) record.log_bytes = budget->smallest_log().value_or(0);
  return record;
}

}  // namespace

void ActorCell::start() {
  step_ = "opening sessions";
  auto made = make_incarnation();
  if (!made) return instance_failed(LifeEvent::kStartFailed, made.error().to_string());
  begin_instance(*std::move(made), nullptr);
}

void ActorCell::begin_instance(std::unique_ptr<Incarnation> made, const ActorUpdate* update) {
  incarnation_ = std::move(made);
  updates_ = update != nullptr;
  if (update != nullptr) record_update(update->record, update->by);
  step_ = "instantiating the component";
  log::Instance body = instance_body();
  bool is_first = instances_ == 0;
  std::optional<bool> recovers = std::exchange(recovered_init_runs_, std::nullopt);
  if (!is_first) body.why = log::InstanceReason::kRestart;
  if (recovers) body.why = log::InstanceReason::kRecover;
  body.incarnation = instances_++;
  bool is_initial = is_first || spec_.rules.from == RestartFrom::kInitial;
  body.init_runs = is_initial ? spec_.init_runs : spec_.rules.init_runs;
  if (recovers) body.init_runs = *recovers;
  if (update != nullptr) {
    body.why = log::InstanceReason::kUpdate;
    body.init_runs = false;
  }
  Hash instance = recorder_.record(body).hash;
  if (!is_first) note_restart(instance, body.why);
  if (snapshots_) snapshots_->restart(recorder_);
  if (!body.init_runs) incarnation_->binder().restore_sessions();
  limits_.begin_call();
  incarnation_->instantiate(body.init_runs);
}

// The parts of the event that do not depend on the reason for the instance.
log::Instance ActorCell::instance_body() const {
  const ActorTemplate& common = *spec_.common;
  log::Instance body;
  body.component = common.component;
  body.engine = common.engine;
  body.functions = common.binding->functions.names();
  body.grants = common.grants;
  for (std::string& secret : secrets().record())
    body.grants.push_back(std::move(secret));
  std::sort(body.grants.begin(), body.grants.end());
  body.limits = recorded(common, limits_.budget().get());
  if (state_) body.state = log::SomeState{log::content_of(*state_)};
  return body;
}

Result<std::unique_ptr<Incarnation>> ActorCell::make_incarnation() {
  const ActorTemplate& common = *spec_.common;
  SessionContext context{*this,
                         common.manifest,
                         common.permissions,
                         services_.clock,
                         services_.timers,
                         services_.jobs,
                         common.policy.command_user(),
                         &common.policy.private_hosts(),
                         secrets(),
                         common.policy.secrets(),
                         common.manifest.is_pool_member ? parent_id() : std::nullopt};
  return Incarnation::create(common, context,
                             {services_, recorder_, output_, open_requests_, channels_, limits_,
                              children_, *holdings_, *this, common, next_call_});
}

void ActorCell::init_is_done() {
  step_ = "starting its children";
  if (children_.start_declared()) children_are_up();
}

void ActorCell::children_failed(std::string why) {
  if (life_.phase() == Phase::kStarting) {
    return instance_failed(LifeEvent::kStartFailed, std::move(why));
  }
  if (life_.work() != Lifecycle::Work::kRun) return;
  recorder_.record(log::Control{log::Terminate{}, log::ByRuntime{}});
  instance_failed(LifeEvent::kInstanceLost, std::move(why));
}

void ActorCell::children_are_up() {
  // A caller may have ended the actor since the last child started.
  if (life_.phase() != Phase::kStarting) return;
  life_.is_up();
  std::optional<Down> down = life_.down_when_free();
  if (down != Down::kCompleted) apply(LifeEvent::kStarted);
  // A caller that is told of the start may look at the status at once.
  publish();
  report_start(std::nullopt);
  if (down) return go_down(*down, {});
  requests_.answer_restarts(std::nullopt);
}

void ActorCell::call_is_over() {
  if (auto down = life_.down_when_free()) return go_down(*down, {});
  apply(LifeEvent::kCallEnded);
}

void ActorCell::instance_failed(LifeEvent event, std::string why) {
  drop_call({engine::TrapCode::kKilled, why, {}});
  if (life_.may_come_back(Down::kFailed)) return go_down(Down::kFailed, std::move(why));
  failure_ = std::move(why);
  life_.want_failure();
  apply(event);
}

void ActorCell::go_down(Down how, std::string why) {
  drop_incarnation();
  if (how == Down::kFailed) {
    log_line(LogLevel::kWarn, {.actor = name(), .part = "supervision", .id = spec_.id},
             "{} failed: {}", spec_.id.to_string(), why);
  }
  down_ = ChildDown{spec_.id, how, std::move(why), std::exchange(shutdown_data_, std::nullopt),
                    timeout_s_};
  step_ = "waiting to be restarted";
  apply(LifeEvent::kDown);
}

Task::Turn ActorCell::wait_for_verdict() {
  bool is_alone = children_.end_all(life_.ends_by_force());
  if (is_alone && life_.must_notify_supervisor()) {
    spec_.parent ? spec_.parent->cell->tell(*down_) : services_.roots->root_is_down(self(), *down_);
  }
  if (is_alone) requests_.report_rest();
  return Turn::kParked;
}

void ActorCell::note_restart(const Hash& instance, log::InstanceReason why) {
  bool recovers = why == log::InstanceReason::kRecover;
  bool updates = why == log::InstanceReason::kUpdate;
  answer_open_requests(instance, updates ? "was updated" : "was restarted");
  std::string_view part = recovers ? "recovery" : updates ? "update" : "supervision";
  std::string_view what = recovers ? "recovered" : updates ? "updated" : "restarted";
  log_line(LogLevel::kInfo, {.actor = name(), .part = part, .id = spec_.id},
           "{} {}: incarnation {}", spec_.id.to_string(), what, instances_ - 1);
}

void ActorCell::answer_open_requests(const Hash& by, std::string_view what) {
  for (ReplyTo& open : open_requests_.take_all()) {
    RequestAnswer answer;
    answer.result =
        tl::unexpected(fmt::format("actor {} {} before it answered", spec_.id.to_string(), what));
    answer.by = by;
    output_.answer(std::move(open), std::move(answer));
  }
}

}  // namespace theater
