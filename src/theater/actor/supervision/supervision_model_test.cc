// Supervision compared with a small model of an OTP supervisor (otp_supervisor.h).
//
// A plan is drawn from a seed. Both are given the same plan, and must do the same, step by step, at
// the same times. A second test tells Supervision of everything in a random order, and checks what
// must be true whatever the order is. runtime/supervised_model_test.cc compares the model with real
// trees of actors.
//
// THEATER_SEEDS says how many seeds are tried, from THEATER_SEED on.
#include "theater/actor/supervision/supervision.h"
#include "theater/actor/testing/otp_supervisor.h"
#include "theater/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <string>

namespace theater::supervision_model_test {

using Down = Supervision::Down;
using Step = Supervision::Step;
using Time = Supervision::Time;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

using testing::difference;
using testing::Fate;
using testing::trace_line;
using Trace = testing::SupervisorTrace;

// Of the n-th restart of that child.
Fate fate_of(uint64_t seed, size_t child, size_t n) {
  SeededRandom dice(seed * 1'000'003 + child * 1'009 + n);
  switch (dice.below(12)) {
    case 0:
    case 1:
      return Fate::kDoesNotStart;
    case 2:
      return Fate::kCrashesAtOnce;
    case 3:
      return Fate::kCompletesAtOnce;
    default:
      return Fate::kRuns;
  }
}

// What a seed decides.
struct Plan : testing::SupervisorPlan {
  explicit Plan(uint64_t seed) {
    SeededRandom dice(seed);
    rules.strategy = static_cast<Strategy>(dice.below(3));
    rules.restarts = static_cast<uint32_t>(dice.below(6));
    rules.period = std::chrono::milliseconds(1 + dice.below(1'000));
    rules.backoff = std::chrono::milliseconds(dice.below(100));
    rules.backoff_max = rules.backoff + std::chrono::milliseconds(dice.below(300));
    for (size_t i = 1 + dice.below(6); i > 0; --i)
      kinds.push_back(static_cast<RestartKind>(dice.below(3)));
    for (size_t i = dice.below(20); i > 0; --i) {
      exits.push_back({std::chrono::milliseconds(dice.below(600)), dice.below(kinds.size()),
                       dice.below(3) == 0 ? Down::kCompleted : Down::kFailed});
    }
    fate = [seed](size_t child, size_t n) { return fate_of(seed, child, n); };
  }
};

Trace model(const Plan& plan) {
  testing::OtpSupervisor supervisor(plan);
  for (const Plan::Exit& exit : plan.exits) {
    if (!supervisor.has_given_up()) supervisor.take(exit);
  }
  return supervisor.trace();
}

// Supervision with the same plan, each of whose steps is done at once.
class Real {
 public:
  explicit Real(const Plan& plan) : plan_(plan), supervision_(plan.rules) {
    SeededRandom random(1);
    for (RestartKind kind : plan.kinds) {
      ids_.push_back(ActorId::generate(random));
      supervision_.add(ids_.back(), kind);
      take(supervision_.up(ids_.back(), now_));
    }
    alive_.assign(plan.kinds.size(), true);
    restarts_.assign(plan.kinds.size(), 0);
  }

  Trace run() {
    for (const Plan::Exit& event : plan_.exits) {
      now_ += event.after;
      if (alive_[event.child]) goes_down(event.child, event.how);
      while (!steps_.empty() && !supervision_.given_up())
        do_step();
      if (supervision_.given_up()) break;
    }
    // The step that gives up, if there is one.
    while (!steps_.empty())
      do_step();
    return trace_;
  }

 private:
  void take(const Supervision::Steps& steps) {
    steps_.insert(steps_.end(), steps.begin(), steps.end());
  }
  void goes_down(size_t child, Down how) {
    alive_[child] = false;
    RestartKind kind = plan_.kinds[child];
    bool fails = how == Down::kFailed && kind != RestartKind::kTemporary;
    if (fails || how == Down::kAsked || kind == RestartKind::kPermanent)
      return take(supervision_.down(ids_[child], how, now_));
    // The child knows that no supervisor would restart it, and does not ask.
    trace_.push_back(trace_line("release", child, now_));
    goes(child);
  }
  void goes(size_t child) {
    alive_[child] = false;
    take(supervision_.gone(ids_[child], now_));
  }

  void do_step() {
    Step step = steps_.front();
    steps_.pop_front();
    auto child =
        static_cast<size_t>(std::find(ids_.begin(), ids_.end(), step.child) - ids_.begin());
    auto note = [&](std::string_view what) { trace_.push_back(trace_line(what, child, now_)); };
    switch (step.what) {
      case Step::What::kStop:
        // It may have gone down since it was said.
        if (!alive_[child]) return;
        note("stop");
        return goes_down(child, Down::kAsked);
      case Step::What::kRemove:
        if (!alive_[child]) return;
        note("remove");
        return goes(child);
      case Step::What::kWait:
        now_ += step.delay;
        return take(supervision_.due(step.child, now_));
      case Step::What::kStart:
        note("start");
        return start(child);
      case Step::What::kRelease:
        return note("release");
      case Step::What::kEscalate:
        return note("give up");
    }
  }

  void start(size_t child) {
    Fate fate = plan_.fate(child, restarts_[child]++);
    if (fate == Fate::kDoesNotStart) return goes_down(child, Down::kFailed);
    alive_[child] = true;
    bool crashes = fate == Fate::kCrashesAtOnce;
    bool leaves = fate == Fate::kCompletesAtOnce;
    // It is down before the next one, which follows from its being up, is started.
    Supervision::Steps next = supervision_.up(ids_[child], now_);
    // One that asks when its supervisor has given up is not heard.
    bool asks = crashes || (leaves && plan_.kinds[child] == RestartKind::kPermanent);
    bool is_heard = !asks || !supervision_.given_up();
    if ((crashes || leaves) && is_heard)
      goes_down(child, crashes ? Down::kFailed : Down::kCompleted);
    take(next);
  }

  const Plan& plan_;
  Supervision supervision_;
  std::vector<ActorId> ids_;
  std::vector<bool> alive_;
  std::vector<size_t> restarts_;
  std::deque<Step> steps_;
  Time now_{0};
  Trace trace_;
};

TEST(SupervisionModel, DoesWhatOtpDoes) {
  uint64_t first = from_environment("THEATER_SEED", 1);
  uint64_t seeds = from_environment("THEATER_SEEDS", 2'000);
  std::map<std::string, size_t> seen;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    Plan plan(seed);
    Trace real = Real(plan).run();
    ASSERT_EQ(difference(real, model(plan)), "")
        << "THEATER_SEED=" << seed
        << " THEATER_SEEDS=1 repeats it: " << strategy_name(plan.rules.strategy) << ", "
        << plan.kinds.size() << " children";
    for (const std::string& done : real)
      ++seen[done.substr(0, done.find(' '))];
  }
  // The property is about something.
  if (seeds < 100) return;
  for (const char* what : {"start", "stop", "remove", "release", "give"})
    EXPECT_GT(seen[what], seeds / 10) << what;
}

// A supervisor's surroundings in which everything takes as long as the dice say.
class Disorder {
 public:
  explicit Disorder(uint64_t seed) : plan_(seed), dice_(seed), supervision_(plan_.rules) {
    SeededRandom random(1);
    for (RestartKind kind : plan_.kinds) {
      ids_.push_back(ActorId::generate(random));
      state_[ids_.back()] = State::kStarting;
      supervision_.add(ids_.back(), kind);
    }
  }

  // What was wrong; empty if nothing was.
  std::string run() {
    for (int i = 0; i < 200 && wrong_.empty() && !gave_up_; ++i) {
      now_ += std::chrono::milliseconds(dice_.below(50));
      happen();
    }
    settle();
    if (!wrong_.empty() || gave_up_) return wrong_;
    for (size_t i = 0; i < ids_.size(); ++i) {
      if (state_[ids_[i]] != State::kUp && state_[ids_[i]] != State::kGone)
        return fmt::format("child {} is left lying", i);
    }
    return "";
  }

 private:
  enum class State { kStarting, kUp, kStopping, kRemoving, kDown, kWaiting, kReleased, kGone };

  void check(bool right, std::string_view what) {
    if (!right && wrong_.empty()) wrong_ = what;
  }

  void take(const Supervision::Steps& steps) {
    for (const Step& step : steps) {
      State& state = state_[step.child];
      bool was_alive = state == State::kStarting || state == State::kUp;
      bool was_down = state == State::kDown || state == State::kWaiting;
      switch (step.what) {
        case Step::What::kStop:
          check(was_alive, "what does not run was to be stopped");
          state = State::kStopping;
          break;
        case Step::What::kRemove:
          check(was_alive, "what does not run was to be removed");
          state = State::kRemoving;
          break;
        case Step::What::kWait:
          check(was_down && step.delay > Time(0), "a wait for what is not down");
          state = State::kWaiting;
          break;
        case Step::What::kStart:
          check(was_down, "what is not down was started");
          state = State::kStarting;
          break;
        case Step::What::kRelease:
          check(was_down, "what is not down was released");
          state = State::kReleased;
          break;
        case Step::What::kEscalate:
          check(!gave_up_, "it gave up twice");
          gave_up_ = true;
          break;
      }
    }
  }

  void down(const ActorId& id, Down how) {
    state_[id] = State::kDown;
    take(supervision_.down(id, how, now_));
  }
  void gone(const ActorId& id) {
    state_[id] = State::kGone;
    take(supervision_.gone(id, now_));
  }

  // Finishes what the child is doing.
  void go_on(const ActorId& id, bool may_fail) {
    State& state = state_[id];
    bool fails = may_fail && dice_.below(8) == 0;
    switch (state) {
      case State::kStarting:
        if (fails) return down(id, Down::kFailed);
        state = State::kUp;
        return take(supervision_.up(id, now_));
      case State::kStopping:
        return down(id, fails ? Down::kFailed : Down::kAsked);
      case State::kWaiting:
        state = State::kDown;
        return take(supervision_.due(id, now_));
      case State::kRemoving:
      case State::kReleased:
        return gone(id);
      case State::kUp:
      case State::kDown:
      case State::kGone:
        return;
    }
  }

  void happen() {
    const ActorId& id = ids_[dice_.below(ids_.size())];
    State state = state_[id];
    if (state == State::kGone) return;
    switch (dice_.below(24)) {
      case 0:
        // An operator ends it.
        return gone(id);
      case 1:
        return take(supervision_.restart(id, now_));
      case 2:
      case 3:
      case 4:
        if (state == State::kUp) {
          down(id, dice_.below(4) == 0 ? Down::kCompleted : Down::kFailed);
        }
        return;
      default:
        go_on(id, true);
    }
  }

  // Without further failures everything that was begun comes to its end.
  void settle() {
    for (int i = 0; i < 100 && wrong_.empty() && !gave_up_; ++i) {
      for (const ActorId& id : ids_)
        go_on(id, false);
    }
  }

  Plan plan_;
  SeededRandom dice_;
  Supervision supervision_;
  std::vector<ActorId> ids_;
  std::map<ActorId, State> state_;
  Time now_{0};
  bool gave_up_ = false;
  std::string wrong_;
};

TEST(SupervisionModel, LeavesNobodyLyingWhateverTheOrder) {
  uint64_t first = from_environment("THEATER_SEED", 1);
  uint64_t seeds = from_environment("THEATER_SEEDS", 2'000);
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    ASSERT_EQ(Disorder(seed).run(), "") << "THEATER_SEED=" << seed << " THEATER_SEEDS=1 repeats it";
  }
}

}  // namespace theater::supervision_model_test
