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

struct Mourner {
  std::string heard;
  THEATER_FIELDS(heard)

  Status handle_child_error(std::string_view id, const ActorError& error) {
    if (error.type != ActorErrorType::kInternal) return fail("another error");
    return hear(id, "failed", error.data);
  }
  Status handle_child_exit(std::string_view id, std::optional<std::string_view> data) {
    return hear(id, "left", data);
  }
  Status handle_child_external_stop(std::string_view id) { return hear(id, "stopped", {}); }

  Status hear(std::string_view id, std::string_view what, std::optional<std::string_view> data) {
    heard += std::string(id) + " " + std::string(what) + " " + std::string(data.value_or("-"));
    heard += ";";
    return {};
  }
};
THEATER_ACTOR(Mourner)
THEATER_SUPERVISOR_HANDLERS(Mourner)

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

TEST_F(SupervisorTest, ResumesAndRestarts) {
  EXPECT_EQ(resume_child("worker.toml", "left"), Result<std::string>("child-1"));
  EXPECT_EQ(resume_child("worker.toml", std::nullopt), Result<std::string>("child-2"));
  EXPECT_THAT(host_.spawned, ElementsAre(SpawnedChild{"worker.toml", "left", true},
                                         SpawnedChild{"worker.toml", std::nullopt, true}));
  EXPECT_TRUE(restart_child("child-2"));
  EXPECT_EQ(restart_child("child-3").error(), "child-3 is not a child of this actor");
  EXPECT_THAT(host_.restarted, ElementsAre("child-2"));
}

TEST_F(SupervisorTest, LooksAtItsChildren) {
  host_.child_states["child-1"] = "{}";
  host_.child_states["child-2"] = std::nullopt;
  EXPECT_EQ(get_child_state("child-1"), Result<std::optional<std::string>>("{}"));
  EXPECT_EQ(get_child_state("child-2"), Result<std::optional<std::string>>(std::nullopt));
  EXPECT_EQ(get_child_state("child-3").error(),
            "child-3 is neither a child of this actor nor below one");
  EXPECT_FALSE(get_child_events("child-1"));
  host_.on_child_events = [](std::string_view id) -> Result<std::vector<ChainEvent>> {
    return std::vector{ChainEvent{.hash = "h", .event_type = std::string(id)}};
  };
  ASSERT_TRUE(get_child_events("child-1"));
  EXPECT_EQ(get_child_events("child-1")->at(0).event_type, "child-1");
}

TEST_F(SupervisorTest, HearsHowChildrenEnd) {
  TestActor<Mourner> mourner;
  ASSERT_TRUE(mourner.init());
  host_.children = {"a", "b", "c", "d"};
  EXPECT_TRUE(mourner.child_error("a", {ActorErrorType::kInternal, "trap"}));
  EXPECT_TRUE(mourner.child_exit("b", "done"));
  EXPECT_TRUE(mourner.child_exit("c"));
  EXPECT_TRUE(mourner.child_external_stop("d"));
  EXPECT_EQ(mourner.actor()->heard, "a failed trap;b left done;c left -;d stopped -;");
  EXPECT_TRUE(host_.children.empty());
  EXPECT_FALSE(mourner.child_error("a", {ActorErrorType::kPaused, std::nullopt}));
}

TEST_F(SupervisorTest, TellsNothingToThoseWhoDoNotListen) {
  TestActor<Foreman> deaf;
  ASSERT_TRUE(deaf.init());
  EXPECT_TRUE(deaf.child_error("a", {}));
  EXPECT_TRUE(deaf.child_exit("a", "data"));
  EXPECT_TRUE(deaf.child_external_stop("a"));
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
