#include "theater/actor/seeded_scheduler.h"
#include "theater/actor/testing/for_seeds.h"
#include "theater/actor/testing/stage.h"

#include <gtest/gtest.h>

namespace theater::testing {
namespace {

constexpr uint64_t kSeeds = 50;

Bytes param(Play& play) {
  return std::get<0>(play.params<Bytes>());
}
std::string request_id(Play& play) {
  return std::get<0>(play.params<std::string, Bytes>());
}
Bytes request_bytes(Play& play) {
  return std::get<1>(play.params<std::string, Bytes>());
}

using Reply = std::optional<Bytes>;

void echo(Play& play) {
  play.finish(play.state(), Reply(request_bytes(play)));
}
void spin(Play& play) {
  play.yield(spin);
}
void nothing(Play& play) {
  play.finish(play.state());
}

// A script that asks `to` and answers with what it was told, or with "failed: <why>".
Script ask(ActorId to) {
  return [to](Play& play) {
    Bytes bytes = request_bytes(play);
    auto state = play.state();
    play.call_waiting<Answered>(
        kDesk, "request",
        [state](Play& then, Answered answer) {
          then.finish(state, Reply(answer ? *answer : to_bytes("failed: " + answer.error())));
        },
        to.to_string(), bytes);
  };
}

TEST(Actor, StartsWithInitAndKeepsItsState) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    ActorId id = stage.add(stage.component(), {.state = to_bytes("seed")});
    scheduler.run();
    EXPECT_EQ(stage.started(id), "");
    EXPECT_EQ(stage.outline(id), "genesis instance call returned");
    EXPECT_EQ(stage.state(id), to_bytes("seed"));
    EXPECT_EQ(stage.cell(id)->status().phase, Phase::kIdle);
  });
}

TEST(Actor, FailsToStartWhenInitReturnsAnError) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    ActorId id = stage.add(stage.component([](Play& play) { play.fail("no luck"); }));
    scheduler.run();
    EXPECT_EQ(stage.started(id), "init returned an error: no luck");
    EXPECT_EQ(stage.outline(id), "genesis instance call returned terminated");
  });
}

TEST(Actor, FailsToStartWhenInstantiationTraps) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.starts_with([](Play& play) { play.trap(engine::TrapCode::kUnreachable); });
    ActorId id = stage.add(component);
    scheduler.run();
    ASSERT_TRUE(stage.started(id).has_value());
    EXPECT_NE(stage.started(id)->find("unreachable"), std::string::npos) << *stage.started(id);
    EXPECT_EQ(stage.outline(id), "genesis instance failed terminated");
  });
}

TEST(Actor, RecordsWhatBecameOfItsState) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_message(), [](Play& play) {
      std::string text(as_text(param(play)));
      if (text == "error") return play.fail("as asked");
      if (text == "clear") return play.finish(std::nullopt);
      if (text == "keep") return play.finish(play.state());
      play.finish(to_bytes(text));
    });
    ActorId id = stage.add(component);
    for (const char* text : {"a", "keep", "error", "b", "clear", "clear"})
      stage.send(id, text);
    scheduler.run();
    std::string changes;
    for (const log::Event& event : stage.story(id)) {
      if (const auto* returned = std::get_if<log::Returned>(&event.body)) {
        changes += "uxs"[returned->state.index()];
      }
    }
    // The first is init's, which returns the state it got: none.
    EXPECT_EQ(changes, "usuusxu");
    EXPECT_EQ(stage.state(id), std::nullopt);
    EXPECT_EQ(stage.cell(id)->status().errors, 1u);
  });
}

TEST(Actor, RecordsTheErrorOfANoteWithItsText) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_message(), [](Play& play) {
      Done said = play.call<Done>(kDesk, "mutter", std::string(as_text(param(play))));
      play.finish(to_bytes(said ? "ok" : said.error()));
    });
    ActorId id = stage.add(component);
    stage.send(id, "words");
    scheduler.run();
    EXPECT_EQ(stage.state(id), to_bytes("ok"));
    stage.send(id, "");
    scheduler.run();
    EXPECT_EQ(stage.state(id), to_bytes("nothing to mutter"));
    EXPECT_EQ(stage.outline(id),
              "genesis instance call returned call note returned call refused returned");
    const log::Event event = stage.story(id).at(8);
    const auto& refused = std::get<log::Refused>(event.body);
    EXPECT_EQ(std::get<log::RefusedArgument>(refused.why).value, "nothing to mutter");
    Done answer = tl::unexpected(std::string("nothing to mutter"));
    EXPECT_EQ(std::get<log::RefusedValue>(refused.result).value,
              log::inline_payload(wit::encode(answer)));
  });
}

TEST(Actor, RecordsTheParametersWithoutTheState) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_message(), nothing);
    ActorId id = stage.add(component, {.state = to_bytes("secret")});
    stage.send(id, "hello");
    scheduler.run();
    const log::Event event = stage.story(id).at(4);
    const auto& call = std::get<log::Call>(event.body);
    EXPECT_EQ(as_text(log::inline_bytes(call.arguments)->view()), "\x05hello");
    EXPECT_TRUE(std::holds_alternative<log::FromClient>(call.from));
  });
}

TEST(Actor, ATrapEndsOnlyThatActor) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto fragile = stage.component();
    fragile.exports(on_request(), [](Play& play) { play.trap(engine::TrapCode::kUnreachable); });
    auto sturdy = stage.component();
    sturdy.exports(on_request(), echo);
    ActorId one = stage.add(fragile);
    ActorId two = stage.add(sturdy);
    stage.request(one, "x");
    scheduler.run();
    stage.request(two, "y");
    scheduler.run();
    EXPECT_EQ(stage.answers().at(0), "error: actor " + one.to_string() + " failed: unreachable");
    EXPECT_EQ(stage.answers().at(1), "ok: y");
    EXPECT_EQ(stage.outline(one), "genesis instance call returned call failed terminated");
    EXPECT_TRUE(stage.cell(one)->status().ended);
    EXPECT_NE(stage.send(one, "more"), "");
  });
}

TEST(Actor, RequestAndAnswerCiteEachOther) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto server = stage.component();
    server.exports(on_request(), echo);
    ActorId to = stage.add(server);
    auto client = stage.component();
    client.exports(on_request(), ask(to));
    ActorId from = stage.add(client);
    stage.request(from, "ping");
    scheduler.run();
    EXPECT_EQ(stage.answers(), std::vector<std::string>{"ok: ping"});
    EXPECT_EQ(stage.outline(from), "genesis instance call returned call sent answered returned");
    const log::Chain& asked = stage.cell(from)->chain();
    const log::Chain& answered = stage.cell(to)->chain();
    const Story from_story = stage.story(from);
    const Story to_story = stage.story(to);
    const auto& call = std::get<log::Call>(to_story.at(4).body);
    EXPECT_EQ(std::get<log::Sender>(call.from).sent, asked.hash(5));
    EXPECT_EQ(std::get<log::Sender>(call.from).actor, from);
    const auto& answer = std::get<log::Answered>(from_story.at(6).body);
    EXPECT_EQ(answer.by, answered.hash(5));
    EXPECT_EQ(answer.sent, 5u);
  });
}

TEST(Actor, AReturnedErrorIsTheAnswerAndTheActorLives) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_request(), [](Play& play) { play.fail("bad request"); });
    ActorId id = stage.add(component);
    stage.request(id, "1");
    stage.request(id, "2");
    scheduler.run();
    EXPECT_EQ(stage.answers(),
              (std::vector<std::string>{"error: bad request", "error: bad request"}));
    EXPECT_FALSE(stage.cell(id)->status().ended);
  });
}

TEST(Actor, ARequestToItselfFailsAtOnce) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    ActorId id = stage.next_id();
    auto component = stage.component();
    component.exports(on_request(), ask(id));
    stage.add(component, {.id = id});
    stage.request(id, "x");
    scheduler.run();
    EXPECT_EQ(stage.answers().at(0), "ok: failed: the request would never be answered: " +
                                         id.to_string() + " waits for itself");
  });
}

TEST(Actor, ARingOfRequestsIsBrokenAndNamed) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    std::vector<ActorId> ids{stage.next_id(), stage.next_id(), stage.next_id()};
    for (size_t i = 0; i < ids.size(); ++i) {
      auto component = stage.component();
      component.exports(on_request(), ask(ids[(i + 1) % ids.size()]));
      stage.add(component, {.id = ids[i]});
    }
    for (const ActorId& id : ids)
      stage.request(id, "x");
    scheduler.run();
    ASSERT_EQ(stage.answers().size(), 3u);
    for (const std::string& answer : stage.answers()) {
      EXPECT_NE(answer.find("the request would never be answered"), std::string::npos) << answer;
      for (const ActorId& id : ids)
        EXPECT_NE(answer.find(id.to_string()), std::string::npos);
    }
  });
}

TEST(Actor, ARequesterHearsOfTheEndOfWhomItAsked) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto server = stage.component();
    server.exports(on_request(), spin);
    ActorId to = stage.add(server);
    auto client = stage.component();
    client.exports(on_request(), ask(to));
    ActorId one = stage.add(client);
    ActorId two = stage.add(client);
    stage.request(one, "1");
    stage.request(two, "2");
    scheduler.run(200);
    stage.kill(to);
    scheduler.run();
    ASSERT_EQ(stage.answers().size(), 2u);
    for (const std::string& answer : stage.answers()) {
      EXPECT_EQ(answer.find("ok: failed: actor " + to.to_string()), 0u) << answer;
    }
    EXPECT_EQ(stage.outline(to),
              "genesis instance call returned call control failed discarded terminated");
  });
}

TEST(Actor, MessagesThatNobodyTakesAreRefusedAtTheSender) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto busy = stage.component();
    busy.exports(on_message(), spin);
    ActorId to = stage.add(busy, {.mailbox = {.messages = 2}});
    scheduler.run();
    EXPECT_EQ(stage.send(to, "taken"), "");
    scheduler.run(10);
    auto sender = stage.component();
    sender.exports(on_request(), [to](Play& play) {
      std::string results;
      for (int i = 0; i < 3; ++i) {
        auto done = play.call<Done>(kDesk, "send", to.to_string(), to_bytes("x"));
        results += done ? "ok " : done.error().substr(0, 12) + " ";
      }
      play.finish(play.state(), Reply(to_bytes(results)));
    });
    ActorId from = stage.add(sender);
    stage.request(from, "go");
    scheduler.run(2'000);
    EXPECT_EQ(stage.answers().at(0), "ok: ok ok mailbox-full ");
    EXPECT_NE(stage.send(to, "x").find("mailbox-full"), std::string::npos);
    stage.kill(to);
    scheduler.run();
  });
}

TEST(Actor, AMessageTooLargeForTheReceiverIsRefused) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_message(), nothing);
    engine::Limits limits;
    limits.payload_bytes = 1'000;
    ActorId id = stage.add(component, {.limits = limits});
    scheduler.run();
    EXPECT_EQ(stage.send(id, std::string(400, 'x')), "");
    EXPECT_NE(stage.send(id, std::string(600, 'x')), "");
    scheduler.run();
    EXPECT_FALSE(stage.cell(id)->status().ended);
  });
}

TEST(Actor, AStateTooLargeEndsTheActorByItsLimit) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_message(), [](Play& play) { play.finish(Bytes(501, 'x')); });
    engine::Limits limits;
    limits.payload_bytes = 1'000;
    ActorId id = stage.add(component, {.limits = limits});
    stage.send(id, "x");
    scheduler.run();
    EXPECT_EQ(stage.outline(id), "genesis instance call returned call failed terminated");
    const Story story = stage.story(id);
    const auto& failed = std::get<log::Failed>(story.at(5).body);
    EXPECT_EQ(std::get<log::FailedLimit>(failed.why).value, log::LimitCode::kPayload);
  });
}

TEST(Actor, AKillEndsAGuestThatSpins) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_message(), spin);
    ActorId id = stage.add(component);
    stage.send(id, "x");
    EXPECT_EQ(scheduler.run(500), 500u);
    EXPECT_EQ(stage.cell(id)->status().function, "theater:simple/visitors/on-message");
    stage.kill(id);
    stage.kill(id);
    EXPECT_LT(scheduler.run(500), 500u);
    EXPECT_EQ(stage.outline(id), "genesis instance call returned call control failed terminated");
    const Story story = stage.story(id);
    EXPECT_TRUE(
        std::holds_alternative<log::EndedKilled>(std::get<log::Terminated>(story.back().body).how));
  });
}

TEST(Actor, AKillDuringInitFailsTheStart) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    ActorId id = stage.add(stage.component(spin));
    scheduler.run(5);
    stage.kill(id);
    scheduler.run();
    ASSERT_TRUE(stage.started(id).has_value());
    EXPECT_NE(*stage.started(id), "");
    EXPECT_TRUE(stage.cell(id)->status().ended);
  });
}

TEST(Actor, ShutdownEndsItAfterTheCallWithItsData) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_request(), [](Play& play) {
      EXPECT_TRUE(play.call<Done>(kDesk, "leave", std::optional<Bytes>(to_bytes("bye"))));
      EXPECT_TRUE(play.call<Done>(kDesk, "leave", std::optional<Bytes>(to_bytes("again"))));
      play.finish(play.state(), Reply(to_bytes("answered")));
    });
    ActorId id = stage.add(component);
    stage.request(id, "1");
    stage.request(id, "2");
    scheduler.run();
    EXPECT_EQ(stage.answers(),
              (std::vector<std::string>{"ok: answered",
                                        "error: actor " + id.to_string() + " has ended"}));
    EXPECT_EQ(stage.outline(id),
              "genesis instance call returned call host host returned terminated");
    const Story story = stage.story(id);
    const auto& how = std::get<log::Terminated>(story.back().body).how;
    const auto& data = std::get<log::EndedCompleted>(how).value;
    EXPECT_EQ(as_text(log::inline_bytes(*data)->view()), "bye");
  });
}

TEST(Actor, ASecondStopJoinsTheFirst) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_message(), nothing);
    ActorId id = stage.add(component);
    scheduler.run();
    stage.stop(id);
    stage.stop(id);
    scheduler.run();
    stage.stop(id);
    scheduler.run();
    EXPECT_EQ(stage.outline(id), "genesis instance call returned control terminated");
  });
}

TEST(Actor, AStopWhileStartingWaitsForInit) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    ActorId id = stage.add(stage.component(
        [](Play& play) { play.yield([](Play& then) { then.finish(to_bytes("ready")); }); }));
    stage.stop(id);
    scheduler.run();
    EXPECT_EQ(stage.started(id), "");
    EXPECT_EQ(stage.outline(id), "genesis control instance call returned terminated");
  });
}

TEST(Actor, ARequestCanBeAnsweredLater) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto server = stage.component();
    server.exports(on_request(),
                   [](Play& play) { play.finish(to_bytes(request_id(play)), Reply()); });
    server.exports(on_message(), [](Play& play) {
      std::string id(as_text(*play.state()));
      auto open = play.call<std::vector<std::string>>(kDesk, "outstanding");
      EXPECT_EQ(open, std::vector<std::string>{id});
      if (as_text(param(play)) == "cancel") {
        EXPECT_TRUE(play.call<Done>(kDesk, "cancel", id));
      } else {
        EXPECT_TRUE(play.call<Done>(kDesk, "respond", id, param(play)));
      }
      auto again = play.call<Done>(kDesk, "respond", id, to_bytes("twice"));
      EXPECT_EQ(again.error(), "Request ID not found: " + id);
      play.finish(play.state());
    });
    ActorId to = stage.add(server);
    auto client = stage.component();
    client.exports(on_request(), ask(to));
    ActorId from = stage.add(client);
    stage.request(from, "question");
    scheduler.run();
    EXPECT_EQ(stage.answers().size(), 0u);
    stage.send(to, "answer");
    scheduler.run();
    EXPECT_EQ(stage.answers(), std::vector<std::string>{"ok: answer"});
    // A client's request, given up.
    stage.request(to, "question");
    scheduler.run();
    stage.send(to, "cancel");
    scheduler.run();
    EXPECT_EQ(stage.answers().at(1), "error: the request was cancelled by " + to.to_string());
    const Story from_story = stage.story(from);
    const auto& answered = std::get<log::Answered>(from_story.at(6).body);
    const log::Chain& chain = stage.cell(to)->chain();
    EXPECT_EQ(answered.by, chain.hash(8));
    const Story to_story = stage.story(to);
    const auto& sent = std::get<log::Sent>(to_story.at(8).body);
    EXPECT_EQ(sent.kind, log::SentKind::kAnswer);
    EXPECT_EQ(sent.about, stage.cell(from)->chain().hash(5));
  });
}

TEST(Actor, ARequestMayBeAnsweredDuringItsOwnCall) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto server = stage.component();
    server.exports(on_request(), [](Play& play) {
      EXPECT_TRUE(play.call<Done>(kDesk, "respond", request_id(play), to_bytes("early")));
      play.finish(play.state(), Reply(to_bytes("late")));
    });
    ActorId id = stage.add(server);
    stage.request(id, "x");
    scheduler.run();
    EXPECT_EQ(stage.answers(), std::vector<std::string>{"ok: early"});
  });
}

TEST(Actor, RequestsThatAreOpenAtTheEndAreAnsweredWithAnError) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto server = stage.component();
    server.exports(on_request(), [](Play& play) { play.finish(play.state(), Reply()); });
    ActorId to = stage.add(server);
    auto client = stage.component();
    client.exports(on_request(), ask(to));
    ActorId from = stage.add(client);
    stage.request(from, "x");
    scheduler.run();
    stage.stop(to);
    scheduler.run();
    EXPECT_EQ(stage.answers().at(0),
              "ok: failed: actor " + to.to_string() + " ended before it answered");
    const Story story = stage.story(from);
    EXPECT_EQ(std::get<log::Answered>(story.at(6).body).by, stage.cell(to)->chain().head());
  });
}

TEST(Actor, AnAnswerThatComesTooLateIsAccountedFor) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto server = stage.component();
    server.exports(on_request(),
                   [](Play& play) { play.finish(to_bytes(request_id(play)), Reply()); });
    server.exports(on_message(), [](Play& play) {
      play.call<Done>(kDesk, "respond", std::string(as_text(*play.state())), to_bytes("a"));
      play.finish(play.state());
    });
    ActorId to = stage.add(server);
    auto client = stage.component();
    client.exports(on_request(), ask(to));
    ActorId from = stage.add(client);
    stage.request(from, "x");
    scheduler.run();
    // Whether the answer or the kill comes first, everything sent is accounted for.
    stage.send(to, "now");
    stage.kill(from);
    scheduler.run();
    EXPECT_TRUE(stage.cell(from)->status().ended);
    EXPECT_EQ(stage.answers().size(), 1u);
  });
}

TEST(Actor, ADroppedReplyIsAnErrorAndItsOutcomeUnknown) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_request(), [](Play& play) {
      play.call_waiting<Answered>(
          kDesk, "fetch",
          [](Play& then, Answered answer) {
            then.finish(std::nullopt, Reply(answer ? *answer : to_bytes(answer.error())));
          },
          std::string("page"));
    });
    ActorId id = stage.add(component);
    stage.request(id, "1");
    scheduler.run();
    stage.desk().take_fetches().clear();
    scheduler.run();
    stage.request(id, "2");
    scheduler.run();
    for (auto& reply : stage.desk().take_fetches()) {
      std::move(reply).answer(Answered(to_bytes("content")));
    }
    scheduler.run();
    EXPECT_EQ(stage.answers(),
              (std::vector<std::string>{"ok: the outcome is unknown: the host dropped the call",
                                        "ok: content"}));
    EXPECT_EQ(stage.outline(id),
              "genesis instance call returned call intent outcome returned call intent outcome "
              "returned");
    const Story story = stage.story(id);
    EXPECT_TRUE(std::holds_alternative<log::OutcomeUnknown>(
        std::get<log::Outcome>(story.at(6).body).result));
    EXPECT_TRUE(
        std::holds_alternative<log::OutcomeDone>(std::get<log::Outcome>(story.at(10).body).result));
  });
}

TEST(Actor, AKillWhileAnEffectWaitsLeavesItsOutcomeUnknown) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_request(), [](Play& play) {
      play.call_waiting<Answered>(
          kDesk, "fetch", [](Play& then, Answered) { then.finish(std::nullopt, Reply()); },
          std::string("page"));
    });
    ActorId id = stage.add(component);
    stage.request(id, "1");
    scheduler.run();
    auto replies = stage.desk().take_fetches();
    stage.kill(id);
    scheduler.run();
    for (auto& reply : replies)
      std::move(reply).answer(Answered(to_bytes("too late")));
    scheduler.run();
    EXPECT_EQ(stage.outline(id),
              "genesis instance call returned call intent control outcome failed terminated");
    EXPECT_EQ(stage.answers().size(), 1u);
  });
}

TEST(Actor, RefusalsAreRecordedAndSaidAsTheTypeAllows) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_message(), [](Play& play) {
      play.call_waiting<Done>(kDesk, "secret", [](Play& then, const Done& refused) {
        EXPECT_EQ(refused.error(), "Permission denied: grant secret");
        EXPECT_EQ(then.call<std::optional<std::string>>(kDesk, "secret-maybe"), std::nullopt);
        then.call<std::string>(kDesk, "secret-word");
        then.finish(then.state());
      });
    });
    ActorId id = stage.add(component);
    stage.send(id, "x");
    scheduler.run();
    EXPECT_EQ(stage.outline(id),
              "genesis instance call returned call refused refused refused failed terminated");
    const Story story = stage.story(id);
    const auto& failed = std::get<log::Failed>(story.at(8).body);
    EXPECT_EQ(std::get<log::FailedTrap>(failed.why).value, log::TrapCode::kHostRefused);
    const auto& refused = std::get<log::Refused>(story.at(5).body);
    EXPECT_EQ(std::get<log::RefusedPermission>(refused.why).value, "grant secret");
  });
}

TEST(Actor, EffectClassesDecideWhatIsRecorded) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
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
    ActorId id = stage.add(component);
    stage.send(id, "x");
    scheduler.run();
    EXPECT_EQ(stage.outline(id),
              "genesis instance call returned call host note intent outcome returned");
  });
}

TEST(Actor, AResultBeyondThePayloadLimitIsARefusal) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    auto component = stage.component();
    component.exports(on_message(), [](Play& play) {
      EXPECT_EQ(play.call<Bytes>(kDesk, "fill", uint32_t{900}).size(), 900u);
      play.call<Bytes>(kDesk, "fill", uint32_t{1'100});
      play.finish(play.state());
    });
    engine::Limits limits;
    limits.payload_bytes = 1'000;
    ActorId id = stage.add(component, {.limits = limits});
    stage.send(id, "x");
    scheduler.run();
    EXPECT_EQ(stage.outline(id),
              "genesis instance call returned call host refused failed terminated");
  });
}

TEST(Actor, AMessageWithoutAnExportForItIsDiscarded) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    ActorId deaf = stage.add(stage.component());
    auto client = stage.component();
    client.exports(on_request(), ask(deaf));
    ActorId from = stage.add(client);
    stage.request(from, "x");
    stage.request(deaf, "y");
    scheduler.run();
    EXPECT_EQ(stage.outline(deaf), "genesis instance call returned discarded");
    ASSERT_EQ(stage.answers().size(), 2u);
    for (const std::string& answer : stage.answers()) {
      EXPECT_NE(answer.find("does not export theater:simple/visitors/on-request"),
                std::string::npos);
    }
  });
}

TEST(Actor, SendsToNobodyAreRecordedAsFailed) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    ActorId nobody = stage.next_id();
    auto component = stage.component();
    component.exports(on_message(), [nobody](Play& play) {
      auto done = play.call<Done>(kDesk, "send", nobody.to_string(), Bytes());
      EXPECT_EQ(done.error(), "Actor not found: " + nobody.to_string());
      done = play.call<Done>(kDesk, "send", std::string("x"), Bytes());
      EXPECT_EQ(done.error().find("Failed to parse actor ID"), 0u);
      play.finish(play.state());
    });
    ActorId id = stage.add(component);
    stage.send(id, "x");
    scheduler.run();
    EXPECT_EQ(stage.outline(id), "genesis instance call returned call sent sent returned");
  });
}

TEST(Actor, IsIdleWhenAllItsMessagesAreHandled) {
  for_seeds(kSeeds, [](Stage& stage, SeededScheduler& scheduler) {
    int handled = 0;
    auto component = stage.component();
    component.exports(on_message(), [&](Play& play) {
      ++handled;
      play.yield(nothing);
    });
    ActorId id = stage.add(component);
    for (int i = 0; i < 100; ++i)
      stage.send(id, "x");
    int handled_when_idle = -1;
    stage.cell(id)->when_idle([&] { handled_when_idle = handled; });
    scheduler.run();
    EXPECT_EQ(handled_when_idle, 100);
  });
}

TEST(Actor, TheSameSeedGivesTheSameChains) {
  auto run = [](uint64_t seed) {
    SeededScheduler scheduler(seed);
    Stage stage(scheduler);
    std::vector<ActorId> ids{stage.next_id(), stage.next_id(), stage.next_id()};
    for (size_t i = 0; i < ids.size(); ++i) {
      auto component = stage.component();
      component.exports(on_request(), ask(ids[(i + 1) % ids.size()]));
      stage.add(component, {.id = ids[i]});
    }
    for (int i = 0; i < 20; ++i)
      stage.request(ids[static_cast<size_t>(i) % 3], "x");
    scheduler.run();
    std::string heads;
    for (const ActorId& id : ids)
      heads += stage.cell(id)->chain().head().to_string();
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

}  // namespace
}  // namespace theater::testing
