#include "theater/actor/supervision/supervision.h"

#include <algorithm>
#include <utility>

namespace theater {

void Supervision::add(const ActorId& child, RestartKind kind) {
  children_.push_back({.id = child, .kind = kind});
}

Supervision::Child* Supervision::find(const ActorId& id) {
  auto found = std::find_if(children_.begin(), children_.end(),
                            [&](const Child& child) { return child.id == id; });
  return found == children_.end() ? nullptr : &*found;
}

Supervision::Round* Supervision::round_of(const ActorId& id) {
  auto found = std::find_if(rounds_.begin(), rounds_.end(), [&](const Round& round) {
    return std::find(round.members.begin(), round.members.end(), id) != round.members.end();
  });
  return found == rounds_.end() ? nullptr : &*found;
}

Supervision::Time Supervision::delay_after(const SupervisionRules& rules, uint32_t failures) {
  Time delay{0};
  for (uint32_t i = 1; i < failures; ++i) {
    delay = i == 1 ? Time(rules.backoff) : 2 * delay;
    if (delay >= rules.backoff_max) return rules.backoff_max;
  }
  return delay;
}

Supervision::Steps Supervision::up(const ActorId& id, Time now) {
  Steps steps;
  Child* child = find(id);
  // One that is being stopped has no time to be up.
  if (child == nullptr || child->state != State::kStarting) return steps;
  child->state = State::kUp;
  child->up_since = now;
  Round* round = round_of(id);
  if (round == nullptr || round->starting != id) return steps;
  round->starting.reset();
  advance(*round, now, steps);
  return steps;
}

Supervision::Steps Supervision::down(const ActorId& id, Down how, Time now) {
  Steps steps;
  Child* child = find(id);
  if (child == nullptr) return steps;
  State before = std::exchange(child->state, State::kDown);
  child->how = how;
  child->down_at = now;
  if (before == State::kStopping) child->how = Down::kAsked;
  if (given_up_) return {{Step::What::kRelease, id}};
  if (!comes_back(*child)) {
    steps = gone(id, now);
    steps.insert(steps.begin(), {Step::What::kRelease, id});
    return steps;
  }
  Round* round = round_of(id);
  if (round != nullptr && round->phase != Round::Phase::kStarting) {
    advance(*round, now, steps);
  } else if (round != nullptr && before == State::kStarting && round->starting == id) {
    // The child did not come up: a new round begins, with this child as the reason.
    end_round(*round);
    begin(*child, now, steps);
  } else if (is_group() && !rounds_.empty()) {
    waiting_.push_back(id);
  } else {
    if (round != nullptr) end_round(*round);
    begin(*child, now, steps);
  }
  return steps;
}

Supervision::Steps Supervision::due(const ActorId& id, Time now) {
  Steps steps;
  Round* round = round_of(id);
  bool waits = !given_up_ && round != nullptr && round->trigger == id &&
               round->phase == Round::Phase::kWaiting;
  if (!waits) return steps;
  round->delay = Time(0);
  advance(*round, now, steps);
  return steps;
}

Supervision::Steps Supervision::gone(const ActorId& id, Time now) {
  Steps steps;
  std::erase_if(children_, [&](const Child& child) { return child.id == id; });
  std::erase(waiting_, id);
  Round* round = round_of(id);
  if (round == nullptr || given_up_) return steps;
  std::erase(round->members, id);
  std::erase(round->to_start, id);
  if (round->starting == id) round->starting.reset();
  // The caller will not call `due` for it.
  if (round->trigger == id) round->delay = Time(0);
  advance(*round, now, steps);
  return steps;
}

Supervision::Steps Supervision::restart(const ActorId& id, Time now) {
  Steps steps;
  Child* child = find(id);
  if (child == nullptr || given_up_) return steps;
  Round* round = round_of(id);
  if (round != nullptr && round->phase == Round::Phase::kWaiting) {
    round->delay = Time(0);
    advance(*round, now, steps);
  } else if (child->state == State::kUp && round == nullptr) {
    begin_round(id, {id}, Time(0), now, steps);
  } else if (child->state == State::kUp && round->phase == Round::Phase::kStarting) {
    // It has come up in a round that continues with others.
    asked_.push_back(id);
  }
  return steps;
}

std::vector<ActorId> Supervision::members_for(const Child& child) {
  if (!is_group() || child.how == Down::kAsked) return {child.id};
  std::vector<ActorId> members;
  bool takes = rules_.strategy == Strategy::kOneForAll;
  for (const Child& each : children_) {
    takes = takes || each.id == child.id;
    // What another round has begun becomes a part of this one.
    if (takes || round_of(each.id) != nullptr) members.push_back(each.id);
  }
  rounds_.clear();
  return members;
}

bool Supervision::comes_back(const Child& child) {
  bool failed = child.kind == RestartKind::kTransient && child.how == Down::kFailed;
  return child.how == Down::kAsked || child.kind == RestartKind::kPermanent || failed;
}

bool Supervision::count_restart(Time now) {
  restarts_.push_back(now);
  while (now - restarts_.front() > rules_.period)
    restarts_.pop_front();
  return restarts_.size() <= rules_.restarts;
}

void Supervision::begin(Child& child, Time now, Steps& steps) {
  Time delay{0};
  if (child.how != Down::kAsked) {
    if (!count_restart(now)) {
      given_up_ = true;
      rounds_.clear();
      return steps.push_back({Step::What::kEscalate, child.id});
    }
    bool was_up_long = child.up_since && child.down_at - *child.up_since >= rules_.period;
    if (was_up_long) child.failures = 0;
    delay = delay_after(rules_, ++child.failures);
  }
  child.up_since.reset();
  begin_round(child.id, members_for(child), delay, now, steps);
}

void Supervision::begin_round(const ActorId& trigger, std::vector<ActorId> members, Time delay,
                              Time now, Steps& steps) {
  rounds_.push_back({.trigger = trigger, .delay = delay, .members = std::move(members)});
  advance(rounds_.back(), now, steps);
}

bool Supervision::stop_members(Round& round, Steps& steps) {
  for (auto id = round.members.rbegin(); id != round.members.rend(); ++id) {
    Child& child = *find(*id);
    if (child.state == State::kStopping) return false;
    if (child.state == State::kDown) continue;
    child.state = State::kStopping;
    bool for_good = child.kind == RestartKind::kTemporary && child.id != round.trigger;
    steps.push_back({for_good ? Step::What::kRemove : Step::What::kStop, child.id});
    return false;
  }
  return true;
}

void Supervision::advance(Round& round, Time now, Steps& steps) {
  if (round.phase == Round::Phase::kStopping) {
    if (!stop_members(round, steps)) return;
    round.phase = Round::Phase::kWaiting;
    if (round.delay > Time(0)) steps.push_back({Step::What::kWait, round.trigger, round.delay});
  }
  if (round.phase == Round::Phase::kWaiting) {
    if (round.delay > Time(0)) return;
    round.phase = Round::Phase::kStarting;
    round.to_start.assign(round.members.begin(), round.members.end());
    // Whatever was to become of them has become of them.
    for (const ActorId& id : round.members) {
      std::erase(waiting_, id);
      std::erase(asked_, id);
    }
  }
  if (round.starting) return;
  if (!round.to_start.empty()) {
    round.starting = round.to_start.front();
    round.to_start.pop_front();
    Child& child = *find(*round.starting);
    child.state = State::kStarting;
    child.up_since.reset();
    return steps.push_back({Step::What::kStart, child.id});
  }
  end_round(round);
  take_waiting(now, steps);
}

void Supervision::end_round(const Round& round) {
  std::erase_if(rounds_, [&](const Round& each) { return &each == &round; });
}

void Supervision::take_waiting(Time now, Steps& steps) {
  while (rounds_.empty() && !waiting_.empty() && !given_up_) {
    Child* child = find(waiting_.front());
    waiting_.pop_front();
    if (child != nullptr && child->state == State::kDown) begin(*child, now, steps);
  }
  while (rounds_.empty() && !asked_.empty() && !given_up_) {
    Child* child = find(asked_.front());
    asked_.pop_front();
    if (child != nullptr && child->state == State::kUp)
      begin_round(child->id, {child->id}, Time(0), now, steps);
  }
}

}  // namespace theater
