// What guests get through the binder, and what is recorded of it, in whatever order things happen.
#include "theater/actor/testing/actor_harness.h"
#include "theater/base/file.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "dice_handler.h"

namespace theater::dice_guest_test {

using namespace testing;
using Rolled = tl::expected<uint32_t, std::string>;
using Written = tl::expected<void, std::string>;

constexpr const char* kDice = "example:dice/dice";

struct DiceGuestTest : ::testing::Test {
  DiceGuestTest() {
    std::string path = (std::filesystem::temp_directory_path() / "dice-test-XXXXXX").string();
    home = mkdtemp(path.data());
  }
  ~DiceGuestTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(home, ignored);
  }

  HandlerSet dice_only() const {
    HandlerSet handlers;
    handlers.push_back(make_dice_handler({.home = home}));
    check_handler(*handlers.back());
    return handlers;
  }

  static ActorHarness::Options with_rights(std::vector<NamePattern> rights) {
    Permissions permissions;
    permissions.custom = CustomPermissions{NameList(std::move(rights))};
    return {.permissions = permissions};
  }

  std::filesystem::path home;
};

TEST_F(DiceGuestTest, WhatItDoesIsRecordedByItsClass) {
  SeededScheduler scheduler(1);
  ActorHarness harness(scheduler, dice_only());
  ActorId id = harness.add(harness.component([](Play& play) {
    play.call<Rolled>(kDice, "roll", uint32_t{6});
    play.call_waiting<Rolled>(
        kDice, "shake",
        [](Play& later, Rolled) {
          later.call_waiting<Written>(
              kDice, "write-score", [](Play& last, Written) { last.finish(last.state()); },
              std::string("ada 12"));
        },
        uint32_t{6}, uint32_t{5});
  }),
                           with_rights({{"dice"}, {"dice/scores"}}));
  scheduler.run();
  EXPECT_EQ(harness.outline(id), "genesis instance call host host intent outcome returned");
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

TEST_F(DiceGuestTest, WhatIsNotGrantedIsRefusedOnRecord) {
  SeededScheduler scheduler(1);
  ActorHarness harness(scheduler, dice_only());
  std::string said;
  ScriptedComponent component = harness.component([&](Play& play) {
    Rolled rolled = play.call<Rolled>(kDice, "roll", uint32_t{6});
    said = rolled ? "it rolled" : rolled.error();
    play.finish(play.state());
  });
  ActorId id = harness.add(component, {.permissions = {}});
  scheduler.run();
  EXPECT_EQ(harness.outline(id), "genesis instance call refused returned");
  EXPECT_EQ(
      said,
      "Permission denied: custom:rights=dice (the policy lacks it: add --grant "
      "custom:rights=dice; the manifest does not ask for it: add a [[handler]] entry { type = "
      "\"custom\", name = \"dice\" })");
  EXPECT_EQ(harness.check_chains(), std::nullopt);
}

// Many players, some of whom are killed while their dice are in the air.
TEST_F(DiceGuestTest, PlayersThatAreKilledLeaveNothingBehind) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler, dice_only());
    SeededRandom random(seed);
    std::vector<ActorId> players;
    int finished = 0;
    for (uint32_t i = 0; i < 10; ++i) {
      players.push_back(harness.add(harness.component([&finished, i](Play& play) {
        play.call_waiting<Rolled>(
            kDice, "shake",
            [&finished](Play& last, Rolled rolled) {
              ASSERT_TRUE(rolled) << rolled.error();
              ++finished;
              last.finish(last.state());
            },
            uint32_t{6}, i);
      }),
                                    with_rights({{"dice"}})));
    }
    for (uint64_t steps = random.below(200); steps > 0; --steps)
      scheduler.step();
    size_t killed = random.below(players.size());
    harness.kill(players[killed]);
    scheduler.run();
    EXPECT_GE(finished, 9) << "seed " << seed;
    EXPECT_EQ(harness.check_chains(), std::nullopt) << "seed " << seed;
  }
}

}  // namespace theater::dice_guest_test
