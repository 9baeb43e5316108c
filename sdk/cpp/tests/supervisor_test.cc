#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/message_server.hpp>
#include <theater/supervisor.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using testing::Host;
using testing::SpawnedChild;
using testing::TestActor;

struct Foreman {
  int64_t hired = 0;
  THEATER_FIELDS(hired)

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "list") {
      std::string text;
      for (const std::string& id : list_children())
        text += id + " ";
      return text;
    }
    if (message.starts_with("stop ")) {
      THEATER_TRY_VOID(stop_child(message.substr(5)));
      return "stopped";
    }
    auto id = message == "bare" ? spawn_child("worker.toml") : spawn_child("worker.toml", message);
    if (!id) return fail(id.error());
    ++hired;
    return *id;
  }
};
THEATER_ACTOR(Foreman)
THEATER_MESSAGE_SERVER_CLIENT(Foreman)

class SupervisorTest : public ::testing::Test {
 protected:
  SupervisorTest() {
    host_ = {};
    host_.on_spawn = [this](const SpawnedChild&) -> Result<std::string> {
      return "child-" + std::to_string(host_.spawned.size());
    };
    EXPECT_TRUE(actor_.init());
  }
  std::string ask(std::string_view message) {
    auto reply = actor_.request(message);
    return reply ? reply->value_or("later") : "error: " + reply.error();
  }
  Host& host_ = Host::current();
  TestActor<Foreman> actor_;
};

TEST_F(SupervisorTest, SpawnsWithAndWithoutAnInitialState) {
  EXPECT_EQ(ask("bare"), "child-1");
  EXPECT_EQ(ask("{}"), "child-2");
  EXPECT_THAT(host_.spawned, ElementsAre(SpawnedChild{"worker.toml", std::nullopt},
                                         SpawnedChild{"worker.toml", "{}"}));
  EXPECT_EQ(actor_.actor()->hired, 2);
}

TEST_F(SupervisorTest, ListsAndStopsItsChildren) {
  ask("bare");
  ask("bare");
  EXPECT_EQ(ask("list"), "child-1 child-2 ");
  EXPECT_EQ(ask("stop child-1"), "stopped");
  EXPECT_EQ(ask("stop child-1"), "error: child-1 is not a child of this actor");
  EXPECT_THAT(host_.children, ElementsAre("child-2"));
}

TEST_F(SupervisorTest, HandsOnWhyThereIsNoChild) {
  host_.on_spawn = [](const SpawnedChild&) -> Result<std::string> { return fail("no such file"); };
  EXPECT_EQ(ask("bare"), "error: no such file");
  EXPECT_TRUE(host_.children.empty());
  host_.on_spawn = nullptr;
  EXPECT_EQ(ask("bare"), "error: this host spawns nothing: set on_spawn");
}

}  // namespace
}  // namespace theater
