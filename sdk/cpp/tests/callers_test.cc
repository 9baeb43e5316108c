#include <gtest/gtest.h>
#include <theater/callers.hpp>
#include <theater/message_server.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using testing::Host;
using testing::TestActor;

struct Lock {
  bool open = false;
  THEATER_FIELDS(open)

  Status handle_send(std::string_view) {
    if (get_caller() != Caller::client("token ci")) return fail("only ci opens it");
    open = true;
    return {};
  }
};

TEST(Callers, AreWhatTheTestSays) {
  Host::current() = {};
  EXPECT_EQ(get_caller(), std::nullopt);
  Host::current().caller = Caller{};
  EXPECT_EQ(get_caller()->kind, Caller::Kind::kRuntime);
  Host::current().caller = Caller::actor("01");
  EXPECT_EQ(get_caller()->kind, Caller::Kind::kActor);
  EXPECT_EQ(get_caller()->name, "01");
}

TEST(Callers, DifferByKindAndName) {
  EXPECT_NE(Caller::actor("x"), Caller::client("x"));
  EXPECT_NE(Caller::client("x"), Caller::client("y"));
  EXPECT_NE(Caller::client(""), Caller{Caller::Kind::kClient});
  EXPECT_EQ(Caller::client("x"), Caller::client("x"));
}

TEST(Callers, DecideWhatAnActorDoes) {
  Host::current() = {};
  TestActor<Lock> lock;
  ASSERT_TRUE(lock.init());
  Host::current().caller = Caller::client("user root");
  EXPECT_EQ(lock.send("open").error(), "only ci opens it");
  Host::current().caller = Caller::client("token ci");
  EXPECT_TRUE(lock.send("open"));
  EXPECT_TRUE(lock.actor()->open);
}

}  // namespace
}  // namespace theater
