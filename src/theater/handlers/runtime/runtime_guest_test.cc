// The runtime handler behind the wall: what a guest gets, and what is recorded of it.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/handlers/runtime/runtime_handler.h"

#include <gtest/gtest.h>

#include <limits>

namespace theater::runtime_guest_test {

using Said = tl::expected<void, std::string>;
using namespace testing;

class NoFacts final : public HostFacts {
 public:
  std::optional<std::string> environment(const std::string&) const override { return "value"; }
  SystemInfo system_info() const override { return {}; }
};

HandlerSet runtime_only() {
  HandlerSet handlers;
  handlers.push_back(std::make_unique<RuntimeHandler>(std::make_unique<NoFacts>()));
  return handlers;
}

struct RuntimeGuestTest : ::testing::Test {
  ~RuntimeGuestTest() override { EXPECT_EQ(harness.check_chains(), std::nullopt); }

  // An actor whose `init` is this.
  ActorId play(const Script& script, ActorHarness::Options options = {}) {
    ActorId id = harness.add(harness.component(script), std::move(options));
    scheduler.run();
    return id;
  }

  SeededScheduler scheduler{1};
  ActorHarness harness{scheduler, runtime_only()};
};

TEST_F(RuntimeGuestTest, WhatComesFromTheWorldIsRecordedWithItsResult) {
  std::string seen;
  ActorId id = play([&](Play& play) {
    seen = play.call<std::string>(kRuntime, "get-actor-id");
    play.call<uint64_t>(kRuntime, "get-current-time");
    play.finish(play.state());
  });
  EXPECT_EQ(seen, id.to_string());
  EXPECT_EQ(harness.outline(id), "genesis instance call host host returned");
  Story story = harness.story(id);
  const auto& host = std::get<log::Host>(story[3].body);
  EXPECT_EQ(std::get<log::Inline>(host.result).value.view().size(), 1 + seen.size());
}

TEST_F(RuntimeGuestTest, TheCallerIsRecordedAndIsTheRuntimeForAStart) {
  std::vector<std::optional<Caller>> seen;
  auto ask = [&](Play& play) {
    seen.push_back(play.call<std::optional<Caller>>("theater:messages/callers", "get-caller"));
  };
  ScriptedComponent component = harness.component([ask](Play& play) {
    ask(play);
    play.finish(play.state());
  });
  component.starts_with([ask](Play& play) {
    ask(play);
    play.finish({});
  });
  ActorId id = harness.add(component, {});
  scheduler.run();
  EXPECT_EQ(seen, (std::vector<std::optional<Caller>>(2, RuntimeCaller{})));
  EXPECT_EQ(harness.outline(id), "genesis instance host call host returned");
}

TEST_F(RuntimeGuestTest, AMetricThatIsNoNumberIsRefusedOnRecord) {
  Said good;
  Said bad;
  ActorId id = play([&](Play& play) {
    good = play.call<Said>(kRuntime, "record-metric", std::string("load"), 0.5);
    bad = play.call<Said>(kRuntime, "record-metric", std::string("load"),
                          std::numeric_limits<double>::quiet_NaN());
    play.finish(play.state());
  });
  EXPECT_TRUE(good);
  EXPECT_EQ(bad.error(), "Metric value is not a number");
  EXPECT_EQ(harness.outline(id), "genesis instance call note refused returned");
}

TEST_F(RuntimeGuestTest, AVariableThatIsNotGrantedIsRefusedOnRecord) {
  std::optional<std::string> seen = "unasked";
  Script ask = [&](Play& play) {
    seen = play.call<std::optional<std::string>>(kRuntime, "get-env", std::string("HOME"));
    play.finish(play.state());
  };
  ActorId stranger = play(ask, {.permissions = {}});
  EXPECT_EQ(seen, std::nullopt);
  EXPECT_EQ(harness.outline(stranger), "genesis instance call refused returned");
  Story story = harness.story(stranger);
  const auto& refused = std::get<log::Refused>(story[3].body);
  EXPECT_EQ(std::get<log::RefusedPermission>(refused.why).value,
            "environment:vars=HOME (the policy lacks it: add --grant environment:vars=HOME; the "
            "manifest does not ask for it: add a [[handler]] entry { type = \"environment\", "
            "allowed_vars = [\"HOME\"] })");

  Permissions granted;
  granted.runtime.emplace();
  granted.environment.emplace().vars = EnvironmentNames({"HOME"}, {}, {});
  ActorId friendly = play(ask, {.permissions = granted});
  EXPECT_EQ(seen, "value");
  EXPECT_EQ(harness.outline(friendly), "genesis instance call host returned");
}

TEST_F(RuntimeGuestTest, AnActorEndsAfterTheCallInWhichItAsksForIt) {
  ActorId id = play([](Play& play) {
    play.call<Said>(kRuntime, "shutdown", std::optional<Bytes>(to_bytes("done")));
    play.call<Said>(kRuntime, "shutdown", std::optional<Bytes>(to_bytes("too late")));
    play.finish(to_bytes("last"));
  });
  EXPECT_EQ(harness.outline(id), "genesis instance call host host returned terminated");
  Story story = harness.story(id);
  const auto& how = std::get<log::Terminated>(story.back().body).how;
  EXPECT_EQ(as_text(std::get<log::Inline>(*std::get<log::EndedCompleted>(how).value).value.view()),
            "done");
}

}  // namespace theater::runtime_guest_test
