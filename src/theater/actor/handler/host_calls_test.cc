// What a guest calls: what is recorded of it, and what the guest is told.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/for_seeds.h"
#include "theater/actor/testing/probe_scripts.h"

#include <gtest/gtest.h>

namespace theater::testing::host_calls_test {

constexpr uint64_t kSeeds = 50;

TEST(HostCall, RecordsTheErrorOfANoteWithItsText) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), [](Play& play) {
      Done said = play.call<Done>(kDesk, "mutter", std::string(as_text(message_bytes(play))));
      play.finish(to_bytes(said ? "ok" : said.error()));
    });
    ActorId id = harness.add(component);
    harness.send(id, "words");
    turns.run();
    EXPECT_EQ(harness.state(id), to_bytes("ok"));
    harness.send(id, "");
    turns.run();
    EXPECT_EQ(harness.state(id), to_bytes("nothing to mutter"));
    EXPECT_EQ(harness.outline(id),
              "genesis instance call returned call note returned call refused returned");
    const log::Event event = harness.story(id).at(8);
    const auto& refused = std::get<log::Refused>(event.body);
    EXPECT_EQ(std::get<log::RefusedArgument>(refused.why).value, "nothing to mutter");
    Done answer = tl::unexpected(std::string("nothing to mutter"));
    EXPECT_EQ(std::get<log::RefusedValue>(refused.result).value,
              log::inline_payload(wit::encode(answer)));
  });
}

TEST(HostCall, EffectClassesDecideWhatIsRecorded) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), [](Play& play) {
      EXPECT_EQ(play.call<std::string>(kDesk, "name").substr(0, 6), "actor-");
      play.call<void>(kDesk, "say", std::string("hello"));
      play.call_waiting<Answered>(
          kDesk, "stamp",
          [](Play& then, const Answered& stamped) {
            EXPECT_EQ(stamped, Answered(to_bytes("s")));
            then.finish(then.state());
          },
          std::string("s"));
    });
    ActorId id = harness.add(component);
    harness.send(id, "x");
    turns.run();
    EXPECT_EQ(harness.outline(id),
              "genesis instance call returned call host note intent outcome returned");
  });
}

TEST(HostCall, RefusalsAreRecordedAndSaidAsTheTypeAllows) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), [](Play& play) {
      play.call_waiting<Done>(kDesk, "secret", [](Play& then, const Done& refused) {
        EXPECT_EQ(refused.error(), "Permission denied: grant secret");
        EXPECT_EQ(then.call<std::optional<std::string>>(kDesk, "secret-maybe"), std::nullopt);
        then.call<std::string>(kDesk, "secret-word");
        then.finish(then.state());
      });
    });
    ActorId id = harness.add(component);
    harness.send(id, "x");
    turns.run();
    EXPECT_EQ(harness.outline(id),
              "genesis instance call returned call refused refused refused failed terminated");
    const Story story = harness.story(id);
    const auto& failed = std::get<log::Failed>(story.at(8).body);
    EXPECT_EQ(std::get<log::FailedTrap>(failed.why).value, log::TrapCode::kHostRefused);
    const auto& refused = std::get<log::Refused>(story.at(5).body);
    EXPECT_EQ(std::get<log::RefusedPermission>(refused.why).value, "grant secret");
  });
}

TEST(HostCall, AResultBeyondThePayloadLimitIsARefusal) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), [](Play& play) {
      EXPECT_EQ(play.call<Bytes>(kDesk, "fill", uint32_t{900}).size(), 900u);
      play.call<Bytes>(kDesk, "fill", uint32_t{1'100});
      play.finish(play.state());
    });
    engine::Limits limits;
    limits.payload_bytes = 1'000;
    ActorId id = harness.add(component, {.limits = limits});
    harness.send(id, "x");
    turns.run();
    EXPECT_EQ(harness.outline(id),
              "genesis instance call returned call host refused failed terminated");
  });
}

TEST(HostCall, ADroppedReplyIsAnErrorAndItsOutcomeUnknown) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_request(), [](Play& play) {
      play.call_waiting<Answered>(
          kDesk, "fetch",
          [](Play& then, Answered answer) {
            then.finish(std::nullopt, MaybeAnswer(answer ? *answer : to_bytes(answer.error())));
          },
          std::string("page"));
    });
    ActorId id = harness.add(component);
    harness.request(id, "1");
    turns.run();
    harness.desk().take_fetches().clear();
    turns.run();
    harness.request(id, "2");
    turns.run();
    for (auto& reply : harness.desk().take_fetches()) {
      std::move(reply).answer(Answered(to_bytes("content")));
    }
    turns.run();
    EXPECT_EQ(harness.answers(),
              (std::vector<std::string>{"ok: the outcome is unknown: the host dropped the call",
                                        "ok: content"}));
    EXPECT_EQ(harness.outline(id),
              "genesis instance call returned call intent outcome returned call intent outcome "
              "returned");
    const Story story = harness.story(id);
    EXPECT_TRUE(std::holds_alternative<log::OutcomeUnknown>(
        std::get<log::Outcome>(story.at(6).body).result));
    EXPECT_TRUE(
        std::holds_alternative<log::OutcomeDone>(std::get<log::Outcome>(story.at(10).body).result));
  });
}

TEST(HostCall, AKillWhileAnEffectWaitsLeavesItsOutcomeUnknown) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_request(), [](Play& play) {
      play.call_waiting<Answered>(
          kDesk, "fetch", [](Play& then, Answered) { then.finish(std::nullopt, MaybeAnswer()); },
          std::string("page"));
    });
    ActorId id = harness.add(component);
    harness.request(id, "1");
    turns.run();
    auto replies = harness.desk().take_fetches();
    harness.kill(id);
    turns.run();
    for (auto& reply : replies)
      std::move(reply).answer(Answered(to_bytes("too late")));
    turns.run();
    EXPECT_EQ(harness.outline(id),
              "genesis instance call returned call intent control outcome failed terminated");
    EXPECT_EQ(harness.answers().size(), 1u);
  });
}

}  // namespace theater::testing::host_calls_test
