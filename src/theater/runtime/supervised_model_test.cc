// Real trees of actors compared with a small model of an OTP supervisor (otp_supervisor.h).
//
// A plan drawn from a seed says which child of a root traps or ends itself, one after the other,
// and how each restart goes. After each exit the same children live, the same starts have been
// tried in the same order, and both supervisors have given up or neither.
//
// The seeded scheduler moves its clock to a timer now and then, so times are not compared. Periods
// are a day, and exits that belong within one are far within.
//
// THEATER_SEEDS says how many seeds are tried, from THEATER_SEED on.
#include "theater/actor/messaging/export_function.h"
#include "theater/actor/testing/otp_supervisor.h"
#include "theater/base/file.h"
#include "theater/handlers/registry.h"
#include "theater/runtime/testing/random_tree.h"
#include "theater/runtime/testing/seeded_family.h"

#include <gtest/gtest.h>

#include <chrono>

namespace theater::supervised_model_test {

using namespace std::chrono_literals;
using Down = Supervision::Down;
using testing::Fate;
using testing::from_environment;
using testing::OtpSupervisor;
using testing::Play;
using testing::ScriptedComponent;
using testing::Seeded;
using testing::SupervisorPlan;

constexpr std::chrono::milliseconds kPeriod = 24h;

// Of the n-th restart of that child. What two children do at once has an order in the model alone,
// so only a child that ends its round goes down at once.
Fate fate_of(uint64_t seed, size_t child, size_t n, bool ends_round) {
  SeededRandom dice(seed * 1'000'003 + child * 1'009 + n);
  uint64_t number = dice.below(12);
  if (number < 2) return Fate::kDoesNotStart;
  if (number == 2 && ends_round) return Fate::kCrashesAtOnce;
  if (number == 3 && ends_round) return Fate::kCompletesAtOnce;
  return Fate::kRuns;
}

SupervisorPlan plan_of(uint64_t seed) {
  SeededRandom dice(seed);
  SupervisorPlan plan;
  plan.rules.strategy = static_cast<Strategy>(dice.below(3));
  plan.rules.restarts = static_cast<uint32_t>(dice.below(8));
  plan.rules.period = kPeriod;
  plan.rules.backoff = std::chrono::milliseconds(dice.below(100));
  plan.rules.backoff_max = plan.rules.backoff + std::chrono::milliseconds(dice.below(300));
  size_t children = 1 + dice.below(5);
  for (size_t i = 0; i < children; ++i)
    plan.kinds.push_back(static_cast<RestartKind>(dice.below(3)));
  for (size_t i = 1 + dice.below(12); i > 0; --i) {
    // Within the period of those before, or after it.
    auto after =
        dice.below(3) == 0 ? 3 * kPeriod : std::chrono::milliseconds(dice.below(3'600'000));
    plan.exits.push_back(
        {after, dice.below(children), dice.below(3) == 0 ? Down::kCompleted : Down::kFailed});
  }
  bool is_group = plan.rules.strategy != Strategy::kOneForOne;
  plan.fate = [=](size_t child, size_t n) {
    return fate_of(seed, child, n, !is_group || child + 1 == children);
  };
  return plan;
}

std::string_view kind_name(RestartKind kind) {
  switch (kind) {
    case RestartKind::kPermanent:
      return "permanent";
    case RestartKind::kTransient:
      return "transient";
    case RestartKind::kTemporary:
      break;
  }
  return "temporary";
}

// A root whose children do as the plan says.
class Tree {
 public:
  Tree(const SupervisorPlan& plan, uint64_t seed)
      : plan_(plan), seeded_(seed), instances_(plan.kinds.size(), 0) {
    const SupervisionRules& rules = plan.rules;
    std::string text = fmt::format(
        "[supervision]\nstrategy = \"{}\"\nrestarts = {}\nperiod = {}\nbackoff = "
        "{}\nbackoff_max = {}\n",
        strategy_name(rules.strategy), rules.restarts, rules.period.count(), rules.backoff.count(),
        rules.backoff_max.count());
    for (size_t child = 0; child < plan.kinds.size(); ++child) {
      // Its graceful end is not raced by the clock.
      text += fmt::format(
          "[[child]]\nname = \"{0}\"\nmanifest = \"{1}\"\nrestart = \"{2}\"\nstop_timeout = "
          "86400000\n",
          child, add_component(child), kind_name(plan.kinds[child]));
    }
    root_ = family().add_root("kept", text);
    ids_ = seeded_.children_of(root_);
    THEATER_CHECK(ids_.size() == plan.kinds.size());
  }

  void take(const SupervisorPlan::Exit& exit) {
    seeded_.scheduler.clock().advance(exit.after);
    if (lives(ids_[exit.child])) {
      ask_to_go(exit.child, exit.how == Down::kFailed ? "trap" : "quit done");
    }
    seeded_.scheduler.run();
  }

  bool is_alive(size_t child) { return lives(ids_[child]); }
  bool has_given_up() { return !lives(root_); }
  const std::vector<size_t>& starts() const { return starts_; }

 private:
  testing::Family& family() { return seeded_.family; }

  bool lives(const ActorId& id) {
    auto status = family().runtime().status(id);
    return status && !status->ended;
  }

  void ask_to_go(size_t child, std::string_view how) {
    family().runtime().request(ids_[child], as_bytes(how), [](auto) {});
  }

  // Returns the path of its manifest.
  std::string add_component(size_t child) {
    std::string name = "child-" + std::to_string(child);
    THEATER_CHECK(write_file(family().folder() / (name + ".wasm"), as_bytes(name)));
    ScriptedComponent component;
    for (const auto& handler : handlers_) {
      for (const HostFunction& function : handler->host_functions()) {
        if (function.name.name == "shutdown") component.imports(function);
      }
    }
    component.exports(init_function(), [this, child](Play& play) { begin(play, child); })
        .exports(handle_request_function(), [](Play& play) { go(play); });
    family().loader().add(name, std::move(component));
    std::string text = family().manifest_text();
    text.replace(text.find("member.wasm"), 6, name);
    std::filesystem::path path = family().folder() / (name + ".toml");
    THEATER_CHECK(write_file(path, as_bytes(text)));
    return path.string();
  }

  // Runs `init` of a child.
  void begin(Play& play, size_t child) {
    size_t number = instances_[child]++;
    if (number == 0) return play.finish(play.state());
    starts_.push_back(child);
    switch (plan_.fate(child, number - 1)) {
      case Fate::kDoesNotStart:
        return play.fail("as planned");
      case Fate::kCrashesAtOnce:
        ask_to_go(child, "trap");
        break;
      case Fate::kCompletesAtOnce:
        ask_to_go(child, "quit done");
        break;
      case Fate::kRuns:
        break;
    }
    play.finish(play.state());
  }

  static void go(Play& play) {
    Bytes text = std::get<1>(play.params<std::string, Bytes>());
    if (as_text(text) == "trap") return play.trap(engine::TrapCode::kUnreachable);
    using Stopped = tl::expected<void, std::string>;
    (void)play.call<Stopped>("theater:simple/runtime", "shutdown", std::optional<Bytes>());
    play.finish(play.state(), std::optional<Bytes>(Bytes()));
  }

  const SupervisorPlan& plan_;
  HandlerSet handlers_ = make_handlers();
  Seeded seeded_;
  std::vector<size_t> instances_;
  std::vector<size_t> starts_;
  ActorId root_;
  std::vector<ActorId> ids_;
};

struct Seen {
  size_t starts = 0;
  size_t gave_up = 0;
  size_t left = 0;  // Trees with children that are gone while others live.
};

// The first difference of the two; empty if there is none.
std::string compare(uint64_t seed, Seen& seen) {
  SupervisorPlan plan = plan_of(seed);
  OtpSupervisor model(plan);
  Tree tree(plan, seed);
  size_t left = 0;
  for (size_t number = 0; number < plan.exits.size() && !model.has_given_up(); ++number) {
    model.take(plan.exits[number]);
    tree.take(plan.exits[number]);
    std::string where = fmt::format("after exit {}: ", number);
    if (tree.starts() != model.starts()) {
      return where + fmt::format("starts {}, not {}", fmt::join(tree.starts(), " "),
                                 fmt::join(model.starts(), " "));
    }
    if (tree.has_given_up() != model.has_given_up()) {
      return where + (model.has_given_up() ? "it has not given up" : "it has given up");
    }
    left = 0;
    for (size_t child = 0; child < plan.kinds.size(); ++child) {
      // A supervisor that gives up takes its children along.
      bool expected = model.is_alive(child) && !model.has_given_up();
      if (tree.is_alive(child) != expected) {
        return where + fmt::format("child {} {}", child, expected ? "has ended" : "lives");
      }
      if (!expected) ++left;
    }
  }
  seen.starts += model.starts().size();
  seen.gave_up += model.has_given_up();
  seen.left += !model.has_given_up() && left > 0;
  return "";
}

TEST(SupervisedModel, TreesDoWhatOtpDoes) {
  uint64_t first = from_environment("THEATER_SEED", 1);
  uint64_t seeds = from_environment("THEATER_SEEDS", 300);
  Seen seen;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    ASSERT_EQ(compare(seed, seen), "")
        << "THEATER_SEED=" << seed
        << " THEATER_SEEDS=1 repeats it: " << strategy_name(plan_of(seed).rules.strategy);
  }
  // The property is about something.
  if (seeds < 100) return;
  EXPECT_GT(seen.starts, 2 * seeds);
  EXPECT_GT(seen.gave_up, seeds / 10);
  EXPECT_GT(seen.left, seeds / 10);
}

}  // namespace theater::supervised_model_test
