#include "theater/actor/cell/children.h"

#include "theater/actor/cell/cell.h"
#include "theater/actor/cell/limit_keeper.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// The graph knows waits by numbers, which requests count from 0.
constexpr uint64_t kFirstWait = uint64_t{1} << 63;

std::string why_not_started(const ChildGone& gone) {
  if (!gone.why_failed.empty()) return gone.why_failed;
  return "it was ended before init had returned";
}

}  // namespace

std::optional<std::string> Children::refusal() const {
  if (services_.spawner == nullptr) return "this node does not let actors spawn others";
  if (auto why = limits_.too_many_children(count())) return why;
  if (depth_ >= kDepthMax) {
    return fmt::format(
        "the actor is at depth {} of the supervision tree, which is the limit: "
        "let an actor above it spawn the child",
        depth_);
  }
  return std::nullopt;
}

Supervision::Time Children::now() const {
  return std::chrono::duration_cast<Supervision::Time>(services_.clock.monotonic());
}

void Children::make(ChildRequest request, uint64_t number) {
  services_.spawner->make_child(std::move(request),
                                ParentLink{cell_.self(), recorder_.chain().head(), depth_}, number);
}

void Children::spawn(ChildRequest request, SpawnReply reply) {
  if (auto why = refusal()) return std::move(reply).answer(tl::unexpected(*std::move(why)));
  uint64_t number = next_number_++;
  making_.emplace(Making{number, std::move(reply)});
  request.rules.restart = manifest_.supervision.spawned;
  make(std::move(request), number);
}

void Children::adopt(std::shared_ptr<ActorCell> child) {
  ActorCell& cell = *child;
  cell_.descendants().began(child);
  supervision_.add(cell.id(), cell.rules().restart);
  living_.push_back({.id = cell.id(), .cell = std::move(child), .rules = cell.rules()});
  living_.back().has_begun = false;
}

// True if all of them have had their turn.
bool Children::begin_adopted() {
  auto next = std::find_if(living_.begin(), living_.end(),
                           [](const Child& child) { return !child.has_begun; });
  if (next == living_.end()) return true;
  next->has_begun = true;
  beginning_ = next->id;
  begin_wait(next->id);
  next->cell->begin();
  return false;
}

void Children::adopted_is_settled(const ActorId& id) {
  if (beginning_ != id) return;
  beginning_.reset();
  end_wait();
  if (!ending_ && start_declared()) cell_.children_are_up();
}

bool Children::start_declared() {
  if (beginning_ || !begin_adopted()) return false;
  auto is_settled = [this](size_t slot) {
    return std::find(settled_slots_.begin(), settled_slots_.end(), slot) != settled_slots_.end();
  };
  // A recovery may settle more slots than there are: a child that a guest spawned, and whose
  // `child` it had to add outside the guest's call, looks like a declared one.
  size_t declared = manifest_.children.size();
  while (declared_next_ < declared && is_settled(declared_next_))
    ++declared_next_;
  bool is_done = declared_next_ == declared || cell_.is_leaving();
  if (is_done) return true;
  std::optional<std::string> why = refusal();
  if (!why) {
    if (auto spent = limits_.take_descendant()) why = std::move(spent->text);
  }
  if (why) {
    declared_failed(*why);
    return false;
  }
  const ChildEntry& entry = manifest_.children[declared_next_];
  uint64_t number = next_number_++;
  declared_.emplace(Declared{number, {}});
  make({entry.manifest, std::nullopt, entry, entry.rules}, number);
  return false;
}

void Children::declared_failed(std::string_view why) {
  declared_.reset();
  cell_.children_failed(
      fmt::format("child `{}`: {}", manifest_.children[declared_next_].name, why));
}

Children::Child* Children::find_for(const ActorId& id, StopReply& reply) {
  Child* child = find(id);
  if (child == nullptr) {
    std::move(reply).answer(
        tl::unexpected(fmt::format("{} is not a child of this actor", id.to_string())));
  }
  return child;
}

void Children::stop(const ActorId& id, StopReply reply) {
  Child* child = find_for(id, reply);
  if (child == nullptr) return;
  child->stopping.push_back(std::move(reply));
  begin_wait(id);
  ask_to_stop(*child);
}

void Children::restart(const ActorId& id, RestartReply reply) {
  Child* child = find_for(id, reply);
  if (child == nullptr) return;
  child->restarting.push_back(std::move(reply));
  begin_wait(id);
  perform(supervision_.restart(id, now()));
}

void Children::forget_calls() {
  end_wait();
  making_.reset();
  for (Child& child : living_) {
    child.started = {};
    child.stopping.clear();
    child.restarting.clear();
  }
}

// A child that is in such a ring already gets no answer, and ends when its time is over.
void Children::begin_wait(const ActorId& child) {
  uint64_t number = kFirstWait | next_number_++;
  if (services_.waits.enter(cell_.id(), child, number).empty()) wait_ = number;
}

void Children::end_wait() {
  if (wait_) services_.waits.leave(cell_.id(), *std::exchange(wait_, std::nullopt));
}

std::vector<ActorId> Children::ids() const {
  std::vector<ActorId> ids;
  for (const Child& child : living_)
    ids.push_back(child.id);
  return ids;
}

void Children::handle(ChildEvent news) {
  std::visit([this](auto& piece) { handle_news(piece); }, news);
}

Children::Child* Children::find(const ActorId& id) {
  auto found = std::find_if(living_.begin(), living_.end(),
                            [&](const Child& child) { return child.id == id; });
  return found == living_.end() ? nullptr : &*found;
}

void Children::handle_news(ChildMade& made) {
  SpawnReply reply;
  if (making_ && making_->number == made.number) {
    reply = std::move(making_->reply);
    making_.reset();
  }
  bool is_declared = declared_ && declared_->number == made.number && !ending_;
  if (!made.child) {
    limits_.spawn_is_over();
    if (is_declared) return declared_failed(made.child.error());
    if (reply.pending()) std::move(reply).answer(tl::unexpected(std::move(made.child).error()));
    return;
  }
  ActorCell& child = **made.child;
  bool is_wanted = !ending_ && made.number >= first_number_;
  if (!is_wanted) {
    // The child is not in this chain, so no actor knows it, and it ends without having begun.
    limits_.spawn_is_over();
    child.kill(log::ByActor{cell_.id()});
    child.begin();
    return;
  }
  // Until it begins the child does not touch its chain.
  recorder_.record(log::Child{child.id(), child.chain().head()});
  limits_.child_is_recorded();
  if (is_declared) declared_->id = child.id();
  if (reply.pending() || is_declared) begin_wait(child.id());
  cell_.descendants().began(*made.child);
  living_.push_back(
      {.id = child.id(), .cell = *made.child, .rules = child.rules(), .started = std::move(reply)});
  supervision_.add(child.id(), child.rules().restart);
  child.begin();
}

void Children::handle_news(ChildStarted& started) {
  Child* child = find(started.child);
  if (child == nullptr) return;
  child->is_revived = false;
  bool is_declared = declared_ && declared_->id == started.child;
  if (child->started.pending() || !child->restarting.empty() || is_declared) end_wait();
  if (child->started.pending()) std::move(child->started).answer(started.child.to_string());
  for (RestartReply& reply : std::exchange(child->restarting, {}))
    std::move(reply).answer({});
  perform(supervision_.up(started.child, now()));
  adopted_is_settled(started.child);
  if (!is_declared || ending_) return;
  declared_.reset();
  ++declared_next_;
  if (start_declared()) cell_.children_are_up();
}

void Children::handle_news(ChildDown& down) {
  Child* child = find(down.child);
  if (child == nullptr) return;
  cancel(child->deadline);
  child->is_down = true;
  child->why_down = std::move(down.why);
  if (ending_) return child->cell->terminate();
  bool is_lost = std::exchange(child->is_revived, false) && !child->restarting.empty();
  if (is_lost) {
    end_wait();
    for (RestartReply& reply : std::exchange(child->restarting, {}))
      std::move(reply).answer(tl::unexpected(child->why_down));
  } else if (down.how == Supervision::Down::kFailed) {
    cell_.notify_of_loss(SupervisorCallback::failed(down.child, child->why_down, down.timeout_s));
  } else if (down.how == Supervision::Down::kCompleted) {
    cell_.notify_of_loss(SupervisorCallback::left(down.child, down.data));
  }
  perform(supervision_.down(down.child, down.how, now()));
  adopted_is_settled(down.child);
}

void Children::handle_news(BackoffElapsed& wait) {
  Child* child = find(wait.child);
  if (child == nullptr || child->back_off == 0 || ending_) return;
  child->back_off = 0;
  perform(supervision_.due(wait.child, now()));
}

void Children::handle_news(ChildGone& gone) {
  auto found = std::find_if(living_.begin(), living_.end(),
                            [&](const Child& child) { return child.id == gone.child; });
  if (found == living_.end()) return;
  // The answer to the guest that asked for a child reports a failure. The guest was notified when a
  // child went down. While the actor leaves, the guest gets no notice of an end that it did not
  // ask for.
  bool is_stopped = std::holds_alternative<log::EndedStopped>(gone.how) ||
                    std::holds_alternative<log::EndedKilled>(gone.how);
  bool is_told = found->started.pending() || (found->is_down && !is_stopped) || ending_;
  bool by_parent = found->asked_to_stop || found->killed;
  auto notice =
      SupervisorCallback::of_end(gone.child, gone.how, gone.why_failed, by_parent, gone.timeout_s);
  log::EventRef ended =
      recorder_.record(log::ChildEnded{gone.child, gone.head, std::move(gone.how)});
  if (cell_.budget() != nullptr && cell_.budget()->counts(gone.used)) {
    recorder_.record(child_used(ended.seq.value, gone.used));
  }
  Child child = std::move(*found);
  living_.erase(found);
  cell_.descendants().ended(gone.child);
  cancel(child.deadline);
  cancel(child.back_off);
  bool is_declared = declared_ && declared_->id == gone.child;
  bool is_awaited = child.started.pending() || !child.stopping.empty() ||
                    !child.restarting.empty() || is_declared;
  if (is_awaited) end_wait();
  if (child.started.pending()) {
    std::move(child.started)
        .answer(tl::unexpected(
            fmt::format("spawning actor `{}`: {}", child.cell->name(), why_not_started(gone))));
  }
  for (StopReply& reply : child.stopping)
    std::move(reply).answer({});
  for (RestartReply& reply : child.restarting) {
    std::move(reply).answer(
        tl::unexpected(fmt::format("{} ended before it was restarted", child.id.to_string())));
  }
  if (!is_told && notice) cell_.notify_of_end(*std::move(notice));
  if (ending_) return;
  perform(supervision_.gone(gone.child, now()));
  adopted_is_settled(gone.child);
  if (is_declared) declared_failed(why_not_started(gone));
}

void Children::handle_news(ChildSpent& spent) {
  if (find(spent.child) == nullptr || ending_) return;
  cell_.notify_of_loss(SupervisorCallback::failed(spent.child, spent.why));
}

void Children::handle_news(ChildOverdue& overdue) {
  Child* child = find(overdue.child);
  if (child == nullptr || child->deadline == 0) return;
  child->deadline = 0;
  if (child->asked_to_stop) return kill(*child);
  child->cell->stop_instance(log::ByActor{cell_.id()}, true);
}

void Children::handle_news(ChildrenOverdue&) {
  overdue_ = true;
}

void Children::cancel(Timers::Id& timer) {
  if (timer != 0) services_.timers.cancel(std::exchange(timer, 0));
}

void Children::set_deadline(Child& child) {
  cancel(child.deadline);
  child.deadline = services_.timers.after(
      child.rules.stop_timeout,
      [parent = cell_.self(), id = child.id] { parent->tell(ChildOverdue{id}); });
}

void Children::ask_to_stop(Child& child) {
  if (std::exchange(child.asked_to_stop, true)) return;
  if (ending_ && child.is_down) return child.cell->terminate();
  child.cell->stop(log::ByActor{cell_.id()});
  // The deadline of the whole group is as long.
  if (!ending_ || child.rules.stop_timeout < kStopDeadline) set_deadline(child);
}

void Children::kill(Child& child) {
  if (std::exchange(child.killed, true)) return;
  child.is_down ? child.cell->terminate() : child.cell->kill(log::ByActor{cell_.id()});
}

void Children::perform(const Supervision::Steps& steps) {
  for (const Supervision::Step& step : steps) {
    // The actor fails, and this has nothing more to do.
    if (step.what == Supervision::Step::What::kEscalate)
      return cell_.children_failed(too_many_restarts(step.child));
    if (Child* child = find(step.child)) perform(step, *child);
  }
}

void Children::perform(const Supervision::Step& step, Child& child) {
  using What = Supervision::Step::What;
  switch (step.what) {
    case What::kStop:
      child.cell->stop_instance(log::ByActor{cell_.id()}, false);
      return set_deadline(child);
    case What::kRemove:
      return ask_to_stop(child);
    case What::kWait:
      cancel(child.back_off);
      child.back_off = services_.timers.after(
          step.delay, [parent = cell_.self(), id = child.id] { parent->tell(BackoffElapsed{id}); });
      return;
    case What::kStart:
      cancel(child.back_off);
      child.is_down = false;
      child.is_revived = true;
      return child.cell->restart();
    case What::kRelease:
      return child.cell->terminate();
    case What::kEscalate:
      break;
  }
}

std::string Children::too_many_restarts(const ActorId& last) {
  const SupervisionRules& rules = manifest_.supervision;
  const Child& child = *find(last);
  return fmt::format("too many restarts: more than {} within {} ms; the last was of {} ({}): {}",
                     rules.restarts, rules.period.count(), child.cell->name(), last.to_string(),
                     child.why_down.empty() ? "it ended itself" : child.why_down);
}

void Children::reopen() {
  ending_ = false;
  overdue_ = false;
  first_number_ = next_number_;
  declared_next_ = 0;
  settled_slots_.clear();
  beginning_.reset();
  declared_.reset();
  supervision_ = Supervision(manifest_.supervision);
}

void Children::leave() {
  forget_calls();
  for (Child& child : living_) {
    cancel(child.deadline);
    cancel(child.back_off);
  }
  cancel(end_deadline_);
  living_.clear();
}

bool Children::end_all(bool by_force) {
  ending_ = true;
  // What never begins never ends.
  for (Child& child : living_) {
    if (!std::exchange(child.has_begun, true)) child.cell->begin();
  }
  if (living_.empty()) {
    cancel(end_deadline_);
    return true;
  }
  if (by_force || overdue_) {
    for (auto child = living_.rbegin(); child != living_.rend(); ++child)
      kill(*child);
    return false;
  }
  ask_to_stop(living_.back());
  if (end_deadline_ == 0) {
    std::chrono::milliseconds longest = kStopDeadline;
    for (const Child& child : living_)
      longest = std::max(longest, child.rules.stop_timeout);
    end_deadline_ = services_.timers.after(
        longest, [parent = cell_.self()] { parent->tell(ChildrenOverdue{}); });
  }
  return false;
}

}  // namespace theater
