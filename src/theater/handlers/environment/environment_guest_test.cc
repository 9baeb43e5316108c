// The environment behind the wall: what a guest gets, and what is recorded of it.
#include "theater/actor/testing/actor_harness.h"
#include "theater/handlers/environment/environment_handler.h"
#include "theater/handlers/runtime/runtime_handler.h"

#include <gtest/gtest.h>

namespace theater::environment_guest_test {

using namespace testing;
using Value = std::optional<std::string>;
using List = std::vector<std::tuple<std::string, std::string>>;

constexpr const char* kEnvironment = "theater:simple/environment";

HandlerSet handlers(const std::string& value) {
  std::string text = "NAME=" + value;
  const char* texts[] = {text.c_str(), nullptr};
  HandlerSet all;
  all.push_back(std::make_unique<RuntimeHandler>(std::make_unique<MachineFacts>()));
  all.push_back(std::make_unique<EnvironmentHandler>(HostVariables(texts)));
  return all;
}

ActorHarness::Options allowed(bool list_all) {
  ActorHarness::Options options;
  options.permissions.environment =
      EnvironmentPermissions{EnvironmentNames({"NAME"}, {}, {}), list_all};
  return options;
}

struct Seen {
  Value value;
  bool exists = false;
  List list;
};

Script look(Seen& seen) {
  return [&seen](Play& play) {
    seen.value = play.call<Value>(kEnvironment, "get-var", std::string("NAME"));
    seen.exists = play.call<bool>(kEnvironment, "exists", std::string("NAME"));
    seen.list = play.call<List>(kEnvironment, "list-vars");
    play.finish(play.state());
  };
}

TEST(EnvironmentGuest, ValuesAreRecordedAsResults) {
  SeededScheduler scheduler(1);
  ActorHarness harness(scheduler, handlers("value"));
  Seen seen;
  ActorId id = harness.add(harness.component(look(seen)), allowed(true));
  scheduler.run();
  EXPECT_EQ(seen.value, "value");
  EXPECT_TRUE(seen.exists);
  EXPECT_EQ(seen.list, (List{{"NAME", "value"}}));
  EXPECT_EQ(harness.outline(id), "genesis instance call host host host returned");
  Story story = harness.story(id);
  const auto& host = std::get<log::Host>(story[3].body);
  EXPECT_EQ(wit::decode<Value>(std::get<log::Inline>(host.result).value.view()), Value("value"));
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

TEST(EnvironmentGuest, WhatIsNotGrantedIsRefusedOnRecordAndLooksUnset) {
  SeededScheduler scheduler(1);
  ActorHarness harness(scheduler, handlers("value"));
  Seen seen;
  ActorId id = harness.add(harness.component(look(seen)), {.permissions = {}});
  scheduler.run();
  EXPECT_EQ(seen.value, std::nullopt);
  EXPECT_FALSE(seen.exists);
  EXPECT_TRUE(seen.list.empty());
  EXPECT_EQ(harness.outline(id), "genesis instance call refused refused refused returned");
  Story story = harness.story(id);
  const auto& refused = std::get<log::Refused>(story[3].body);
  EXPECT_EQ(std::get<log::RefusedPermission>(refused.why).value,
            "environment:vars=NAME (the policy lacks it: add --grant environment:vars=NAME; the "
            "manifest does not ask for it: add a [[handler]] entry { type = \"environment\", "
            "allowed_vars = [\"NAME\"] })");
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

TEST(EnvironmentGuest, AListThatDoesNotFitThePayloadLimitIsRefused) {
  SeededScheduler scheduler(1);
  ActorHarness harness(scheduler, handlers(std::string(5000, 'x')));
  Seen seen;
  ActorHarness::Options options = allowed(true);
  options.limits.payload_bytes = 4096;
  ActorId id = harness.add(harness.component(look(seen)), std::move(options));
  scheduler.run();
  EXPECT_EQ(seen.value, std::nullopt);
  EXPECT_TRUE(seen.exists);
  EXPECT_TRUE(seen.list.empty());
  EXPECT_EQ(harness.outline(id), "genesis instance call refused host refused returned");
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

TEST(EnvironmentGuest, AThousandActorsSeeTheSame) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler, handlers("value"));
    std::vector<Seen> seen(1000);
    for (Seen& one : seen)
      harness.add(harness.component(look(one)), allowed(true));
    scheduler.run();
    for (const Seen& one : seen)
      EXPECT_EQ(one.value, "value");
    EXPECT_EQ(harness.check_chains(), std::nullopt);
  }
}

}  // namespace theater::environment_guest_test
