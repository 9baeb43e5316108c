#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/intervals.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using testing::Host;
using ::testing::Pair;
using testing::TestActor;

struct Clockwork {
  int64_t ticks = 0;
  int64_t missed = 0;
  THEATER_FIELDS(ticks, missed)

  Status init(std::string_view) { return start_interval("beat", 100); }
  Status handle_tick(std::string_view name, uint64_t left_out) {
    if (name != "beat") return fail("nothing ticks by that name");
    missed += static_cast<int64_t>(left_out);
    if (++ticks == 2) return stop_interval(name);
    return {};
  }
};
THEATER_ACTOR(Clockwork)
THEATER_INTERVAL_HANDLERS(Clockwork)

TEST(Intervals, TickWhenTheTestSaysSo) {
  Host::current() = {};
  TestActor<Clockwork> actor;
  ASSERT_TRUE(actor.init());
  EXPECT_THAT(Host::current().intervals, ElementsAre(Pair("beat", 100)));
  EXPECT_TRUE(actor.tick("beat"));
  EXPECT_TRUE(actor.tick("beat", 3));
  EXPECT_EQ(actor.actor()->ticks, 2);
  EXPECT_EQ(actor.actor()->missed, 3);
  EXPECT_TRUE(Host::current().intervals.empty());
  EXPECT_FALSE(actor.tick("other"));
}

TEST(Intervals, HaveNamesOfTheirOwn) {
  Host::current() = {};
  EXPECT_TRUE(start_interval("a", 1));
  EXPECT_EQ(start_interval("a", 2).error(), "Interval a runs already: stop it first");
  EXPECT_EQ(start_interval("", 2).error(), "Interval name is empty");
  EXPECT_TRUE(stop_interval("a"));
  EXPECT_EQ(stop_interval("a").error(), "Interval a does not run");
}

}  // namespace
}  // namespace theater
