#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"

#include <gtest/gtest.h>

namespace theater::testing::pause_test {

constexpr uint64_t kSeeds = 50;

// What the actors of a test were told, in order.
struct Told {
  std::vector<std::string> texts;

  ActorCell::Answered note(std::string name) {
    return [this, name](std::optional<Error> error) {
      texts.push_back(name + ": " + (error ? error->message() : "ok"));
    };
  }
};

struct PauseTest : ::testing::Test {
  template <class Test>
  void for_seeds(const Test& test) {
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed);
      told.texts.clear();
      SeededScheduler scheduler(seed);
      ActorHarness stage(scheduler);
      auto component = stage.component();
      component.exports(on_message(), [](Play& play) {
        Bytes bytes = std::get<0>(play.params<Bytes>());
        if (as_text(bytes) != "wait") return play.finish(bytes);
        play.call_waiting<Answered>(
            kDesk, "fetch", [](Play& then, Answered) { then.finish(to_bytes("waited")); },
            std::string("x"));
      });
      test(stage, scheduler, component);
      EXPECT_EQ(stage.check_chains(), std::nullopt);
      if (HasFailure()) return;
    }
  }

  void pause(ActorHarness& stage, const ActorId& id, bool later = false) {
    stage.cell(id)->pause(log::ByClient{"test"}, later, told.note(later ? "later" : "pause"));
  }
  void resume(ActorHarness& stage, const ActorId& id) {
    stage.cell(id)->resume(log::ByClient{"test"}, told.note("resume"));
  }
  static void answer_fetches(ActorHarness& stage) {
    for (auto& fetch : stage.desk().take_fetches())
      std::move(fetch).answer(to_bytes("fetched"));
  }

  Told told;
};

TEST_F(PauseTest, AnActorThatIsPausedTakesNoMessages) {
  for_seeds([&](ActorHarness& stage, SeededScheduler& scheduler, ScriptedComponent& component) {
    ActorId id = stage.add(component);
    scheduler.run();
    pause(stage, id);
    pause(stage, id);
    scheduler.run();
    stage.send(id, "a");
    stage.send(id, "b");
    scheduler.run();
    EXPECT_EQ(stage.cell(id)->status().text(), "Paused");
    EXPECT_EQ(stage.cell(id)->status().mailbox_waiting, 2u);
    EXPECT_EQ(stage.state(id), std::nullopt);
    resume(stage, id);
    scheduler.run();
    EXPECT_EQ(stage.cell(id)->status().text(), "Idle");
    EXPECT_EQ(stage.state(id), to_bytes("b"));
    resume(stage, id);
    scheduler.run();
    EXPECT_EQ(told.texts, (std::vector<std::string>{
                              "pause: ok", "pause: ok", "resume: ok",
                              "resume: NotPaused: actor " + id.to_string() + " is idle"}));
    EXPECT_EQ(stage.outline(id),
              "genesis instance call returned control control control call returned call returned");
  });
}

TEST_F(PauseTest, AnActorThatIsBusyIsPausedAfterItsCallOrNotAtAll) {
  for_seeds([&](ActorHarness& stage, SeededScheduler& scheduler, ScriptedComponent& component) {
    ActorId id = stage.add(component);
    scheduler.run();
    stage.send(id, "wait");
    stage.send(id, "next");
    scheduler.run();
    EXPECT_EQ(stage.cell(id)->status().text(), "Processing: theater:simple/visitors/on-message");
    pause(stage, id);
    pause(stage, id, true);
    resume(stage, id);
    scheduler.run();
    std::string busy = "actor " + id.to_string() + " is processing";
    EXPECT_EQ(told.texts, (std::vector<std::string>{"pause: Cannot pause during operation: " + busy,
                                                    "resume: NotPaused: " + busy}));
    answer_fetches(stage);
    scheduler.run();
    EXPECT_EQ(told.texts.back(), "later: ok");
    EXPECT_EQ(stage.cell(id)->status().text(), "Paused");
    EXPECT_EQ(stage.state(id), to_bytes("waited"));
    resume(stage, id);
    scheduler.run();
    EXPECT_EQ(stage.state(id), to_bytes("next"));
  });
}

TEST_F(PauseTest, APauseThatIsDueDuringSetUpComesAfterInit) {
  for_seeds([&](ActorHarness& stage, SeededScheduler& scheduler, ScriptedComponent& component) {
    ActorId id = stage.add(component);
    pause(stage, id, true);
    scheduler.run();
    EXPECT_EQ(stage.started(id), "");
    EXPECT_EQ(told.texts, std::vector<std::string>{"later: ok"});
    EXPECT_EQ(stage.cell(id)->status().text(), "Paused");
    stage.stop(id);
    scheduler.run();
    EXPECT_EQ(stage.cell(id)->status().text(), "Stopped");
  });
}

TEST_F(PauseTest, WhoWaitsForAPauseLearnsOfTheEnd) {
  for_seeds([&](ActorHarness& stage, SeededScheduler& scheduler, ScriptedComponent& component) {
    ActorId id = stage.add(component);
    scheduler.run();
    stage.send(id, "wait");
    scheduler.run();
    pause(stage, id, true);
    scheduler.run();
    bool by_force = scheduler.queued() == 0 && stage.next_id().bytes[0] % 2 == 0;
    by_force ? stage.kill(id) : stage.stop(id);
    scheduler.run();
    ASSERT_EQ(told.texts.size(), 1u);
    EXPECT_TRUE(told.texts[0].starts_with("later: ShuttingDown: actor ")) << told.texts[0];
    answer_fetches(stage);
    scheduler.run();
    pause(stage, id);
    resume(stage, id);
    scheduler.run();
    std::string ended = ": ShuttingDown: actor " + id.to_string() + " has ended";
    EXPECT_EQ(told.texts[1], "pause" + ended);
    EXPECT_EQ(told.texts[2], "resume" + ended);
  });
}

// Stop and kill work from wherever an actor is.
TEST_F(PauseTest, APausedActorEndsWhenAsked) {
  for_seeds([&](ActorHarness& stage, SeededScheduler& scheduler, ScriptedComponent& component) {
    for (bool by_force : {false, true}) {
      ActorId id = stage.add(component);
      scheduler.run();
      pause(stage, id);
      stage.send(id, "never");
      by_force ? stage.kill(id) : stage.stop(id);
      scheduler.run();
      EXPECT_TRUE(stage.cell(id)->status().ended);
      EXPECT_EQ(stage.outline(id), "genesis instance call returned control control terminated");
    }
  });
}

}  // namespace theater::testing::pause_test
