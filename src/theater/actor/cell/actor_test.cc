// How an actor starts, what becomes of its state, and how it ends.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/for_seeds.h"
#include "theater/actor/testing/probe_scripts.h"

#include <gtest/gtest.h>

#include <set>

namespace theater::testing::actor_test {

constexpr uint64_t kSeeds = 50;

TEST(Actor, StartsWithInitAndKeepsItsState) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    ActorId id = harness.add(harness.component(), {.state = to_bytes("seed")});
    turns.run();
    EXPECT_EQ(harness.started(id), "");
    EXPECT_EQ(harness.outline(id), "genesis instance call returned");
    EXPECT_EQ(harness.state(id), to_bytes("seed"));
    EXPECT_EQ(harness.cell(id)->status().phase, Phase::kIdle);
  });
}

TEST(Actor, FailsToStartWhenInitReturnsAnError) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    ActorId id = harness.add(harness.component([](Play& play) { play.fail("no luck"); }));
    turns.run();
    EXPECT_EQ(harness.started(id), "init returned an error: no luck");
    EXPECT_EQ(harness.outline(id), "genesis instance call returned terminated");
  });
}

TEST(Actor, FailsToStartWhenInstantiationTraps) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.starts_with([](Play& play) { play.trap(engine::TrapCode::kUnreachable); });
    ActorId id = harness.add(component);
    turns.run();
    ASSERT_TRUE(harness.started(id).has_value());
    EXPECT_NE(harness.started(id)->find("unreachable"), std::string::npos) << *harness.started(id);
    EXPECT_EQ(harness.outline(id), "genesis instance failed terminated");
  });
}

TEST(Actor, RecordsWhatBecameOfItsState) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), [](Play& play) {
      std::string text(as_text(message_bytes(play)));
      if (text == "error") return play.fail("as asked");
      if (text == "clear") return play.finish(std::nullopt);
      if (text == "keep") return play.finish(play.state());
      play.finish(to_bytes(text));
    });
    ActorId id = harness.add(component);
    for (const char* text : {"a", "keep", "error", "b", "clear", "clear"})
      harness.send(id, text);
    turns.run();
    std::string changes;
    for (const log::Event& event : harness.story(id)) {
      if (const auto* returned = std::get_if<log::Returned>(&event.body)) {
        changes += "uxs"[returned->state.index()];
      }
    }
    // The first is init's, which returns the state it got: none.
    EXPECT_EQ(changes, "usuusxu");
    EXPECT_EQ(harness.state(id), std::nullopt);
    EXPECT_EQ(harness.cell(id)->status().errors, 1u);
  });
}

TEST(Actor, RecordsTheParametersWithoutTheState) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), keep);
    ActorId id = harness.add(component, {.state = to_bytes("secret")});
    harness.send(id, "hello");
    turns.run();
    const log::Event event = harness.story(id).at(4);
    const auto& call = std::get<log::Call>(event.body);
    EXPECT_EQ(as_text(log::inline_bytes(call.arguments)->view()), "\x05hello");
    EXPECT_TRUE(std::holds_alternative<log::FromClient>(call.from));
  });
}

TEST(Actor, ATrapEndsOnlyThatActor) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto fragile = harness.component();
    fragile.exports(on_request(), [](Play& play) { play.trap(engine::TrapCode::kUnreachable); });
    auto sturdy = harness.component();
    sturdy.exports(on_request(), echo);
    ActorId one = harness.add(fragile);
    ActorId two = harness.add(sturdy);
    harness.request(one, "x");
    turns.run();
    harness.request(two, "y");
    turns.run();
    EXPECT_EQ(harness.answers().at(0), "error: actor " + one.to_string() + " failed: unreachable");
    EXPECT_EQ(harness.answers().at(1), "ok: y");
    EXPECT_EQ(harness.outline(one), "genesis instance call returned call failed terminated");
    EXPECT_TRUE(harness.cell(one)->status().ended);
    EXPECT_NE(harness.send(one, "more"), "");
  });
}

TEST(Actor, AStateTooLargeEndsTheActorByItsLimit) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), [](Play& play) { play.finish(Bytes(501, 'x')); });
    engine::Limits limits;
    limits.payload_bytes = 1'000;
    ActorId id = harness.add(component, {.limits = limits});
    harness.send(id, "x");
    turns.run();
    EXPECT_EQ(harness.outline(id), "genesis instance call returned call failed terminated");
    const Story story = harness.story(id);
    const auto& failed = std::get<log::Failed>(story.at(5).body);
    EXPECT_EQ(std::get<log::FailedLimit>(failed.why).value, log::LimitCode::kPayload);
  });
}

TEST(Actor, AKillEndsAGuestThatSpins) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), spin);
    ActorId id = harness.add(component);
    harness.send(id, "x");
    EXPECT_GE(turns.run(500), 500u);
    EXPECT_EQ(harness.cell(id)->status().function, "theater:simple/visitors/on-message");
    harness.kill(id);
    harness.kill(id);
    EXPECT_LT(turns.run(500), 500u);
    EXPECT_EQ(harness.outline(id), "genesis instance call returned call control failed terminated");
    const Story story = harness.story(id);
    EXPECT_TRUE(
        std::holds_alternative<log::EndedKilled>(std::get<log::Terminated>(story.back().body).how));
  });
}

TEST(Actor, AKillDuringInitFailsTheStart) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    ActorId id = harness.add(harness.component(spin));
    turns.run(5);
    harness.kill(id);
    turns.run();
    ASSERT_TRUE(harness.started(id).has_value());
    EXPECT_NE(*harness.started(id), "");
    EXPECT_TRUE(harness.cell(id)->status().ended);
  });
}

TEST(Actor, ShutdownEndsItAfterTheCallWithItsData) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_request(), [](Play& play) {
      EXPECT_TRUE(play.call<Done>(kDesk, "leave", std::optional<Bytes>(to_bytes("bye"))));
      EXPECT_TRUE(play.call<Done>(kDesk, "leave", std::optional<Bytes>(to_bytes("again"))));
      play.finish(play.state(), MaybeAnswer(to_bytes("answered")));
    });
    ActorId id = harness.add(component);
    harness.request(id, "1");
    harness.request(id, "2");
    turns.run();
    EXPECT_EQ(harness.answers(),
              (std::vector<std::string>{"ok: answered",
                                        "error: actor " + id.to_string() + " has ended"}));
    EXPECT_EQ(harness.outline(id),
              "genesis instance call returned call host host returned terminated");
    const Story story = harness.story(id);
    const auto& how = std::get<log::Terminated>(story.back().body).how;
    const auto& data = std::get<log::EndedCompleted>(how).value;
    EXPECT_EQ(as_text(log::inline_bytes(*data)->view()), "bye");
  });
}

TEST(Actor, ASecondStopJoinsTheFirst) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), keep);
    ActorId id = harness.add(component);
    turns.run();
    harness.stop(id);
    harness.stop(id);
    turns.run();
    harness.stop(id);
    turns.run();
    EXPECT_EQ(harness.outline(id), "genesis instance call returned control terminated");
  });
}

TEST(Actor, AStopWhileStartingWaitsForInit) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    ActorId id = harness.add(harness.component(
        [](Play& play) { play.yield([](Play& then) { then.finish(to_bytes("ready")); }); }));
    harness.stop(id);
    turns.run();
    EXPECT_EQ(harness.started(id), "");
    EXPECT_EQ(harness.outline(id), "genesis control instance call returned terminated");
  });
}

TEST(Actor, IsIdleWhenAllItsMessagesAreHandled) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    int handled = 0;
    auto component = harness.component();
    component.exports(on_message(), [&](Play& play) {
      ++handled;
      play.yield(keep);
    });
    ActorId id = harness.add(component);
    for (int i = 0; i < 100; ++i)
      harness.send(id, "x");
    int handled_when_idle = -1;
    harness.cell(id)->when_idle([&] { handled_when_idle = handled; });
    turns.run();
    EXPECT_EQ(handled_when_idle, 100);
  });
}

TEST(Actor, TheSameSeedGivesTheSameChains) {
  auto run = [](uint64_t seed) {
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler);
    std::vector<ActorId> ids{harness.next_id(), harness.next_id(), harness.next_id()};
    for (size_t i = 0; i < ids.size(); ++i) {
      auto component = harness.component();
      component.exports(on_request(), ask(ids[(i + 1) % ids.size()]));
      harness.add(component, {.id = ids[i]});
    }
    for (int i = 0; i < 20; ++i)
      harness.request(ids[static_cast<size_t>(i) % 3], "x");
    scheduler.run();
    std::string heads;
    for (const ActorId& id : ids)
      heads += harness.cell(id)->chain().head().to_string();
    return heads;
  };
  std::set<std::string> different;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::string heads = run(seed);
    EXPECT_EQ(heads, run(seed)) << "seed " << seed;
    different.insert(heads);
  }
  EXPECT_GT(different.size(), 1u);
}

}  // namespace theater::testing::actor_test
