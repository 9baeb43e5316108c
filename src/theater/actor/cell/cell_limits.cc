// The limits of an actor that neither its engine nor its mailbox keeps: open requests, spawns, the
// time of a call, and how fast it fills the log.
#include "theater/actor/cell/cell.h"
#include "theater/base/log.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// The clock is looked at when that part of a second's worth of events has been recorded.
constexpr uint64_t kLogParts = 64;

}  // namespace

tl::expected<RequestSlot, std::string> ActorCell::reserve_request() {
  RequestSlot place = RequestSlot::take(unanswered_, bounds().open_requests);
  if (place) return place;
  return tl::unexpected(fmt::format(
      "requests-full: actor {} has not answered {} requests, {}; try later", spec_.id.to_string(),
      bounds().open_requests, limit_text(bounds(), &ManifestLimits::open_requests)));
}

std::optional<LimitReached> ActorCell::refuses_spawn() {
  if (auto why = children_.full()) return LimitReached{"children", *std::move(why)};
  if (!spawn_rate_.take_one(services_.clock.monotonic())) {
    return LimitReached{"spawns_per_second",
                        fmt::format("actor {} spawns too fast, {}: try later", spec_.id.to_string(),
                                    limit_text(bounds(), &ManifestLimits::spawns_per_second))};
  }
  if (budget_ != nullptr) {
    if (auto spent = budget_->take_descendant()) {
      tell_of_spent(*spent);
      return LimitReached{std::move(spent->what), std::move(spent->text)};
    }
  }
  return std::nullopt;
}

engine::Progress ActorCell::run_guest() {
  if (budget_ == nullptr || !budget_->counts_cpu()) return guest_->resume();
  auto before = services_.clock.monotonic();
  engine::Progress progress = guest_->resume();
  // Whether that was the last of it is looked at before the guest is run again.
  (void)budget_->use_cpu(services_.clock.monotonic() - before);
  return progress;
}

std::optional<BudgetSpent> ActorCell::spent_cpu() const {
  if (budget_ == nullptr || !budget_->counts_cpu()) return std::nullopt;
  return budget_->use_cpu({});
}

void ActorCell::tell_of_spent(const BudgetSpent& spent) {
  if (!budget_->is_news(spent)) return;
  log_line(LogLevel::kWarn, {.actor = name(), .part = "budget"}, "{} was refused: {}",
           spec_.id.to_string(), spent.text);
  std::shared_ptr<ActorRef> owner = services_.router.find(spent.owner);
  if (owner == nullptr || !owner->parent_id()) return;
  if (auto parent = services_.router.find(*owner->parent_id()))
    parent->tell(ChildSpent{spent.owner, spent.text});
}

// A call that is finished when the time runs out counts; one that is not is lost.
bool ActorCell::lost_to_budget() {
  if (!spent_cpu()) return false;
  lose_instance({engine::TrapCode::kCpuLimit, "the time of a budget is used up", {}});
  return true;
}

// An actor that has recorded more than its share makes no events until it has been paid for.
bool ActorCell::waits_for_log_rate() {
  uint64_t bytes = recorder_.counts().bytes;
  if (bytes < log_check_at_) return log_rate_awaited_.load(std::memory_order_acquire);
  log_check_at_ = bytes + std::max<uint64_t>(log_rate_.per_second() / kLogParts, 1);
  uint64_t amount = bytes - std::exchange(log_bytes_paid_, bytes);
  RateLimit::Time wait = log_rate_.charge(amount, services_.clock.monotonic());
  if (wait == RateLimit::Time::zero()) return log_rate_awaited_.load(std::memory_order_acquire);
  log_rate_awaited_.store(true);
  services_.timers.cancel(log_timer_);
  log_timer_ =
      services_.timers.after(std::chrono::ceil<std::chrono::microseconds>(wait), [cell = self()] {
        cell->log_rate_awaited_.store(false);
        cell->wake();
      });
  if (activity_ != Activity::kNone && call_began_) mind_waiting_call();
  return true;
}

// The guest has not finished its call in one go. Times are those of turns, which is near enough.
bool ActorCell::call_is_too_long() {
  if (!call_began_) call_began_ = meter_.since();
  auto wall = std::chrono::milliseconds(bounds().call_wall_ms);
  return meter_.since() - *call_began_ >= wall;
}

// While the guest waits for something that may never come, a timer minds the time of its call.
void ActorCell::mind_waiting_call() {
  auto wall = std::chrono::milliseconds(bounds().call_wall_ms);
  if (call_timer_ != 0 || wall > Timers::kDelayMax) return;
  auto left = wall - (meter_.since() - *call_began_);
  if (binder_->is_answered_within(left)) return;
  call_timer_ = services_.timers.after(std::chrono::ceil<std::chrono::microseconds>(left),
                                       [cell = self(), call = call_number_] {
                                         cell->mailbox_.push(ControlItem(CallOverdue{call}));
                                         cell->wake();
                                       });
}

void ActorCell::forget_call_time() {
  call_began_.reset();
  if (call_timer_ != 0) services_.timers.cancel(std::exchange(call_timer_, 0));
}

void ActorCell::handle(CallOverdue& overdue) {
  if (activity_ == Activity::kNone || overdue.call != call_number_) return;
  lose_to_time();
}

void ActorCell::lose_to_time() {
  recorder_.record(log::Control{log::Terminate{}, log::ByRuntime{}});
  lose_instance({engine::TrapCode::kTimeLimit, "the call took too long, waiting included", {}});
}

std::string ActorCell::breach_of(const engine::Trap& trap) const {
  if (trap.code == engine::TrapCode::kCpuLimit) {
    if (auto spent = spent_cpu()) return spent->text;
  }
  std::string function =
      activity_ == Activity::kCalling ? current_.function->name.to_string() : "instantiation";
  return breach_text(bounds(), trap.code, function);
}

std::optional<uint64_t> ActorCell::timeout_of(const engine::Trap& trap) const {
  bool is_cpu = trap.code == engine::TrapCode::kCpuLimit;
  if (!is_cpu && trap.code != engine::TrapCode::kTimeLimit) return std::nullopt;
  if (is_cpu && spent_cpu()) return std::nullopt;
  uint64_t ms = is_cpu ? bounds().call_cpu_ms : bounds().call_wall_ms;
  return (ms + 999) / 1000;
}

}  // namespace theater
