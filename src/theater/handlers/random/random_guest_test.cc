// Random values behind the wall: what a guest gets, and what is recorded of it.
#include "theater/actor/testing/actor_harness.h"
#include "theater/handlers/random/random_handler.h"
#include "theater/handlers/runtime/runtime_handler.h"

#include <gtest/gtest.h>

#include <set>

namespace theater::random_guest_test {

using namespace testing;
using RandomBytes = tl::expected<Bytes, std::string>;
using Number = tl::expected<uint64_t, std::string>;
using Fraction = tl::expected<double, std::string>;
using Text = tl::expected<std::string, std::string>;

constexpr const char* kRandom = "theater:simple/random";

HandlerSet handlers() {
  HandlerSet all;
  all.push_back(std::make_unique<RuntimeHandler>(std::make_unique<MachineFacts>()));
  all.push_back(std::make_unique<RandomHandler>());
  return all;
}

ActorHarness::Options allowed() {
  ActorHarness::Options options;
  options.permissions = Permissions::unrestricted();
  return options;
}

Script draw_one_of_each(std::vector<std::string>& drawn) {
  return [&drawn](Play& play) {
    RandomBytes bytes = play.call<RandomBytes>(kRandom, "random-bytes", uint32_t{12});
    Number number = play.call<Number>(kRandom, "random-range", uint64_t{10}, uint64_t{20});
    Fraction fraction = play.call<Fraction>(kRandom, "random-float");
    Text uuid = play.call<Text>(kRandom, "generate-uuid");
    drawn.push_back(bytes ? fmt::format("{} {} {} {}", as_text(*bytes), *number, *fraction, *uuid)
                          : bytes.error());
    play.finish(play.state());
  };
}

TEST(RandomGuest, EveryValueIsRecorded) {
  SeededScheduler scheduler(1);
  ActorHarness harness(scheduler, handlers());
  std::vector<std::string> drawn;
  ActorId id = harness.add(harness.component(draw_one_of_each(drawn)), allowed());
  scheduler.run();
  EXPECT_EQ(harness.outline(id), "genesis instance call host host host host returned");
  Story story = harness.story(id);
  const auto& host = std::get<log::Host>(story[3].body);
  auto recorded = wit::decode<RandomBytes>(std::get<log::Inline>(host.result).value.view());
  ASSERT_TRUE(recorded && *recorded);
  EXPECT_TRUE(drawn.at(0).starts_with(as_text(**recorded)));
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

TEST(RandomGuest, WhatIsNotGrantedIsRefusedOnRecord) {
  SeededScheduler scheduler(1);
  ActorHarness harness(scheduler, handlers());
  std::vector<std::string> drawn;
  ActorId id = harness.add(harness.component(draw_one_of_each(drawn)), {.permissions = {}});
  scheduler.run();
  EXPECT_EQ(drawn.at(0),
            "Permission denied: random (the manifest does not ask for it: add a [[handler]] "
            "entry { type = \"random\" })");
  EXPECT_EQ(harness.outline(id), "genesis instance call refused refused refused refused returned");
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

TEST(RandomGuest, AThousandActorsDrawAThousandValues) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler, handlers());
    std::vector<std::string> drawn;
    ScriptedComponent component = harness.component(draw_one_of_each(drawn));
    for (int i = 0; i < 1000; ++i)
      harness.add(component, allowed());
    scheduler.run();
    EXPECT_EQ(std::set<std::string>(drawn.begin(), drawn.end()).size(), 1000u);
    EXPECT_EQ(harness.check_chains(), std::nullopt);
  }
}

}  // namespace theater::random_guest_test
