#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/for_seeds.h"

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
  void for_schedulers(const Test& test) {
    testing::for_schedulers(kSeeds, [&](ActorHarness& harness, ActorTurns& turns) {
      told.texts.clear();
      auto component = harness.component();
      component.exports(on_message(), [](Play& play) {
        Bytes bytes = std::get<0>(play.params<Bytes>());
        if (as_text(bytes) != "wait") return play.finish(bytes);
        play.call_waiting<Answered>(
            kDesk, "fetch", [](Play& then, Answered) { then.finish(to_bytes("waited")); },
            std::string("x"));
      });
      test(harness, turns, component);
    });
  }

  void pause(ActorHarness& harness, const ActorId& id, bool later = false) {
    harness.cell(id)->pause(log::ByClient{"test"}, later, told.note(later ? "later" : "pause"));
  }
  void resume(ActorHarness& harness, const ActorId& id) {
    harness.cell(id)->resume(log::ByClient{"test"}, told.note("resume"));
  }
  static void answer_fetches(ActorHarness& harness) {
    for (auto& fetch : harness.desk().take_fetches())
      std::move(fetch).answer(to_bytes("fetched"));
  }

  Told told;
};

TEST_F(PauseTest, AnActorThatIsPausedTakesNoMessages) {
  for_schedulers([&](ActorHarness& harness, ActorTurns& turns, ScriptedComponent& component) {
    ActorId id = harness.add(component);
    turns.run();
    pause(harness, id);
    pause(harness, id);
    turns.run();
    harness.send(id, "a");
    harness.send(id, "b");
    turns.run();
    EXPECT_EQ(harness.cell(id)->status().text(), "Paused");
    EXPECT_EQ(harness.cell(id)->status().mailbox_waiting, 2u);
    EXPECT_EQ(harness.state(id), std::nullopt);
    resume(harness, id);
    turns.run();
    EXPECT_EQ(harness.cell(id)->status().text(), "Idle");
    EXPECT_EQ(harness.state(id), to_bytes("b"));
    resume(harness, id);
    turns.run();
    EXPECT_EQ(told.texts, (std::vector<std::string>{
                              "pause: ok", "pause: ok", "resume: ok",
                              "resume: NotPaused: actor " + id.to_string() + " is idle"}));
    EXPECT_EQ(harness.outline(id),
              "genesis instance call returned control control control call returned call returned");
  });
}

TEST_F(PauseTest, AnActorThatIsBusyIsPausedAfterItsCallOrNotAtAll) {
  for_schedulers([&](ActorHarness& harness, ActorTurns& turns, ScriptedComponent& component) {
    ActorId id = harness.add(component);
    turns.run();
    harness.send(id, "wait");
    harness.send(id, "next");
    turns.run();
    EXPECT_EQ(harness.cell(id)->status().text(), "Processing: theater:simple/visitors/on-message");
    pause(harness, id);
    pause(harness, id, true);
    resume(harness, id);
    turns.run();
    std::string busy = "actor " + id.to_string() + " is processing";
    EXPECT_EQ(told.texts, (std::vector<std::string>{"pause: Cannot pause during operation: " + busy,
                                                    "resume: NotPaused: " + busy}));
    answer_fetches(harness);
    turns.run();
    EXPECT_EQ(told.texts.back(), "later: ok");
    EXPECT_EQ(harness.cell(id)->status().text(), "Paused");
    EXPECT_EQ(harness.state(id), to_bytes("waited"));
    resume(harness, id);
    turns.run();
    EXPECT_EQ(harness.state(id), to_bytes("next"));
  });
}

TEST_F(PauseTest, APauseThatIsDueDuringSetUpComesAfterInit) {
  for_schedulers([&](ActorHarness& harness, ActorTurns& turns, ScriptedComponent& component) {
    ActorId id = harness.add(component);
    pause(harness, id, true);
    turns.run();
    EXPECT_EQ(harness.started(id), "");
    EXPECT_EQ(told.texts, std::vector<std::string>{"later: ok"});
    EXPECT_EQ(harness.cell(id)->status().text(), "Paused");
    harness.stop(id);
    turns.run();
    EXPECT_EQ(harness.cell(id)->status().text(), "Stopped");
  });
}

TEST_F(PauseTest, WhoWaitsForAPauseLearnsOfTheEnd) {
  int rounds = 0;
  for_schedulers([&](ActorHarness& harness, ActorTurns& turns, ScriptedComponent& component) {
    ActorId id = harness.add(component);
    turns.run();
    harness.send(id, "wait");
    turns.run();
    pause(harness, id, true);
    turns.run();
    bool by_force = ++rounds % 2 == 0;
    by_force ? harness.kill(id) : harness.stop(id);
    turns.run();
    ASSERT_EQ(told.texts.size(), 1u);
    EXPECT_TRUE(told.texts[0].starts_with("later: ShuttingDown: actor ")) << told.texts[0];
    answer_fetches(harness);
    turns.run();
    pause(harness, id);
    resume(harness, id);
    turns.run();
    std::string ended = ": ShuttingDown: actor " + id.to_string() + " has ended";
    EXPECT_EQ(told.texts[1], "pause" + ended);
    EXPECT_EQ(told.texts[2], "resume" + ended);
  });
}

// Stop and kill work from wherever an actor is.
TEST_F(PauseTest, APausedActorEndsWhenAsked) {
  for_schedulers([&](ActorHarness& harness, ActorTurns& turns, ScriptedComponent& component) {
    for (bool by_force : {false, true}) {
      ActorId id = harness.add(component);
      turns.run();
      pause(harness, id);
      harness.send(id, "never");
      by_force ? harness.kill(id) : harness.stop(id);
      turns.run();
      EXPECT_TRUE(harness.cell(id)->status().ended);
      EXPECT_EQ(harness.outline(id), "genesis instance call returned control control terminated");
    }
  });
}

}  // namespace theater::testing::pause_test
