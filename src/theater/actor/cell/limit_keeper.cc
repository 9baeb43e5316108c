#include "theater/actor/cell/limit_keeper.h"

#include "theater/actor/cell/binder.h"
#include "theater/base/log.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// The clock is read when that part of a second's worth of events has been recorded.
constexpr uint64_t kLogParts = 64;

// After so many recorded bytes of an actor the disk is looked at.
constexpr uint64_t kDiskStep = uint64_t{64} << 10;

// The bytes of events are counted in parts of the smallest budget, which all actors below it share.
constexpr uint64_t kLogBudgetParts = 64;
constexpr uint64_t kLogBudgetStepMax = uint64_t{64} << 10;

constexpr std::string_view kLogSpent = "the log bytes of a budget are used up";

bool is_log_spent(const engine::Trap& trap) {
  return trap.code == engine::TrapCode::kKilled && trap.message == kLogSpent;
}

// A crash loses at most that part of the smallest bound of CPU time, for each actor.
constexpr int kCpuParts = 10;

}  // namespace

LimitKeeper::LimitKeeper(Parts parts)
    : services_(parts.services),
      common_(parts.common),
      id_(parts.id),
      task_(parts.task),
      mailbox_(parts.mailbox),
      budget_(std::move(parts.budget)),
      spawn_rate_(parts.common.bounds.spawns_per_second),
      log_rate_(parts.common.bounds.log_bytes_per_second) {}

std::optional<std::string> LimitKeeper::too_large(size_t size) const {
  if (size <= part_bytes_max()) return std::nullopt;
  return fmt::format("the message has {} bytes; actor {} takes at most {}, half of payload_bytes",
                     size, id_.to_string(), part_bytes_max());
}

tl::expected<RequestSlot, std::string> LimitKeeper::reserve_request() {
  RequestSlot place = RequestSlot::take(unanswered_, bounds().open_requests);
  if (place) return place;
  return tl::unexpected(fmt::format(
      "requests-full: actor {} has not answered {} requests, {}; try later", id_.to_string(),
      bounds().open_requests, limit_text(bounds(), &ManifestLimits::open_requests)));
}

std::optional<std::string> LimitKeeper::too_many_children(size_t children) const {
  if (children < bounds().children) return std::nullopt;
  return fmt::format("actor {} has {} children, {}: stop one first", id_.to_string(), children,
                     limit_text(bounds(), &ManifestLimits::children));
}

std::optional<LimitReached> LimitKeeper::refuse_spawn(size_t children) {
  if (auto why = too_many_children(children)) return LimitReached{"children", *std::move(why)};
  if (!spawn_rate_.take_one(services_.clock.monotonic())) {
    return LimitReached{"spawns_per_second",
                        fmt::format("actor {} spawns too fast, {}: try later", id_.to_string(),
                                    limit_text(bounds(), &ManifestLimits::spawns_per_second))};
  }
  if (auto spent = take_descendant()) {
    report_spent(*spent);
    return LimitReached{std::move(spent->what), std::move(spent->text)};
  }
  return std::nullopt;
}

std::optional<BudgetSpent> LimitKeeper::take_descendant() {
  if (budget_ == nullptr || has_taken_descendant_) return std::nullopt;
  if (auto spent = budget_->take_descendant()) return spent;
  has_taken_descendant_ = true;
  return std::nullopt;
}

void LimitKeeper::child_is_recorded() {
  if (budget_ == nullptr || std::exchange(has_taken_descendant_, false)) return;
  log::HeldBudget one;
  one.descendants = 1;
  budget_->add(one);
}

void LimitKeeper::spawn_is_over() {
  if (std::exchange(has_taken_descendant_, false)) budget_->give_back_descendant();
}

void LimitKeeper::report_spent(const BudgetSpent& spent) {
  if (!budget_->is_news(spent)) return;
  log_line(LogLevel::kWarn, {.actor = common_.manifest.name, .part = "budget", .id = id_},
           "{} was refused: {}", id_.to_string(), spent.text);
  std::shared_ptr<ActorRef> owner = services_.router.find(spent.owner);
  if (owner == nullptr || !owner->parent_id()) return;
  if (auto parent = services_.router.find(*owner->parent_id()))
    parent->tell(ChildSpent{spent.owner, spent.text});
}

engine::Progress LimitKeeper::run(engine::Guest& guest, BudgetUse& use) {
  if (budget_ == nullptr || !budget_->counts_cpu()) return guest.resume();
  auto before = services_.clock.monotonic();
  engine::Progress progress = guest.resume();
  // The actor looks at the budget before it runs the guest again.
  auto time = services_.clock.monotonic() - before;
  (void)budget_->use_cpu(time);
  use.add_cpu(time);
  return progress;
}

bool LimitKeeper::must_record_cpu(const BudgetUse& use) const {
  if (budget_ == nullptr || !budget_->counts_cpu()) return false;
  auto time = use.unrecorded_cpu();
  return time > Time::zero() && time >= *budget_->smallest_cpu() / kCpuParts;
}

std::optional<BudgetSpent> LimitKeeper::spent_cpu() const {
  if (budget_ == nullptr || !budget_->counts_cpu()) return std::nullopt;
  return budget_->use_cpu({});
}

void LimitKeeper::count_log(const BudgetUse& use, LogCount how) {
  if (budget_ == nullptr || !budget_->smallest_log()) return;
  uint64_t amount = use.logged_bytes() - log_bytes_counted_;
  uint64_t step = std::min(*budget_->smallest_log() / kLogBudgetParts, kLogBudgetStepMax);
  if (amount == 0 || (how == LogCount::kInSteps && amount < step)) return;
  log_bytes_counted_ += amount;
  // The actor looks at the budget before it runs the guest again.
  (void)budget_->use_log(amount);
}

std::optional<BudgetSpent> LimitKeeper::spent_log(const BudgetUse& use) const {
  if (budget_ == nullptr || !budget_->smallest_log() || !use.is_logged()) return std::nullopt;
  return budget_->use_log(0);
}

engine::Trap LimitKeeper::log_spent_trap() {
  return {engine::TrapCode::kKilled, std::string(kLogSpent), {}};
}

LimitKeeper::LogWait LimitKeeper::charge_log(uint64_t recorded_bytes) {
  auto open_wait = [this] {
    bool awaited = log_rate_awaited_.load(std::memory_order_acquire);
    return awaited ? LogWait::kContinues : LogWait::kNone;
  };
  if (recorded_bytes < log_check_at_) return open_wait();
  log_check_at_ = recorded_bytes + std::max<uint64_t>(log_rate_.per_second() / kLogParts, 1);
  uint64_t amount = recorded_bytes - std::exchange(log_bytes_paid_, recorded_bytes);
  RateLimit::Time wait = log_rate_.charge(amount, services_.clock.monotonic());
  if (wait == RateLimit::Time::zero()) return open_wait();
  log_rate_awaited_.store(true);
  log_wait_ = std::chrono::ceil<std::chrono::milliseconds>(wait);
  log_wait_is_reported_ = false;
  services_.timers.cancel(log_timer_);
  log_timer_ = services_.timers.after(std::chrono::ceil<std::chrono::microseconds>(wait),
                                      [this, task = task_.shared_from_this()] {
                                        log_rate_awaited_.store(false);
                                        task->wake();
                                      });
  return LogWait::kBegins;
}

std::optional<LimitReached> LimitKeeper::refuse_write() {
  if (services_.disk == nullptr) return std::nullopt;
  services_.disk->look_again();
  const auto& floor = common_.policy.min_free_bytes();
  if (services_.disk->room(floor) == DiskRoom::kEnough) return std::nullopt;
  std::string text = services_.disk->text(floor);
  if (services_.disk->is_news()) {
    log_line(LogLevel::kWarn, {.actor = common_.manifest.name, .part = "disk", .id = id_},
             "{} was refused: {}", id_.to_string(), text);
  }
  return LimitReached{"min-free-bytes", std::move(text)};
}

LimitKeeper::LogWait LimitKeeper::await_disk(uint64_t recorded_bytes) {
  if (services_.disk == nullptr) return LogWait::kNone;
  if (recorded_bytes >= disk_check_at_) {
    disk_check_at_ = recorded_bytes + kDiskStep;
    services_.disk->look_again();
  }
  const auto& floor = common_.policy.min_free_bytes();
  if (services_.disk->room(floor) != DiskRoom::kNone) return LogWait::kNone;
  if (disk_awaited_.exchange(true)) return LogWait::kContinues;
  services_.disk->look_again();
  if (services_.disk->is_news()) {
    log_line(LogLevel::kWarn, {.actor = common_.manifest.name, .part = "disk", .id = id_},
             "{} waits: {}", id_.to_string(), services_.disk->text(floor));
  }
  disk_timer_ = services_.timers.after(DiskWatch::kPeriod, [this, task = task_.shared_from_this()] {
    disk_awaited_.store(false);
    task->wake();
  });
  return LogWait::kBegins;
}

void LimitKeeper::report_log_wait() {
  if (std::exchange(log_wait_is_reported_, true)) return;
  ++log_waits_;
  Time now = services_.clock.monotonic();
  if (next_wait_line_ && now < *next_wait_line_) return;
  next_wait_line_ = now + kLogWaitLineEvery;
  log_line(LogLevel::kWarn, {.actor = common_.manifest.name, .part = "limits", .id = id_},
           "{} waits {} ms: it writes its log faster than `[limits] {}` allows, {} waits so far",
           id_.to_string(), log_wait_.count(),
           limit_text(bounds(), &ManifestLimits::log_bytes_per_second), log_waits_);
}

void LimitKeeper::end_call() {
  call_began_.reset();
  if (call_timer_ != 0) services_.timers.cancel(std::exchange(call_timer_, 0));
}

bool LimitKeeper::call_is_too_long(Time now) {
  if (!call_began_) call_began_ = now;
  return now - *call_began_ >= std::chrono::milliseconds(bounds().call_wall_ms);
}

void LimitKeeper::watch_waiting_call(Time now, const Binder& binder) {
  auto wall = std::chrono::milliseconds(bounds().call_wall_ms);
  if (call_timer_ != 0 || wall > Timers::kDelayMax) return;
  auto left = wall - (now - *call_began_);
  if (binder.is_answered_within(left)) return;
  call_timer_ =
      services_.timers.after(std::chrono::ceil<std::chrono::microseconds>(left),
                             [this, task = task_.shared_from_this(), call = call_number_] {
                               mailbox_.push(ControlItem(CallOverdue{call}));
                               task->wake();
                             });
}

std::optional<BudgetSpent> LimitKeeper::spent_by(const engine::Trap& trap) const {
  if (trap.code == engine::TrapCode::kCpuLimit) return spent_cpu();
  return is_log_spent(trap) ? budget_->use_log(0) : std::nullopt;
}

std::string LimitKeeper::breach(const engine::Trap& trap, std::string_view function) const {
  if (auto spent = spent_by(trap)) return spent->text;
  return breach_text(bounds(), trap, function);
}

std::optional<uint64_t> LimitKeeper::timeout_s(const engine::Trap& trap) const {
  bool is_cpu = trap.code == engine::TrapCode::kCpuLimit;
  if (!is_cpu && trap.code != engine::TrapCode::kTimeLimit) return std::nullopt;
  if (is_cpu && spent_cpu()) return std::nullopt;
  uint64_t ms = is_cpu ? bounds().call_cpu_ms : bounds().call_wall_ms;
  return (ms + 999) / 1000;
}

void LimitKeeper::end() {
  services_.timers.cancel(log_timer_);
  services_.timers.cancel(disk_timer_);
}

}  // namespace theater
