// Messages and requests between actors, and what becomes of those that come to nothing.
#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/for_seeds.h"
#include "theater/actor/testing/probe_scripts.h"

#include <gtest/gtest.h>

namespace theater::testing::messages_test {

constexpr uint64_t kSeeds = 50;

// An actor that passes its requests on to another.
ActorId add_asker(ActorHarness& harness, const ActorId& to) {
  auto component = harness.component();
  component.exports(on_request(), ask(to));
  return harness.add(component);
}

TEST(Message, RequestAndAnswerCiteEachOther) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto server = harness.component();
    server.exports(on_request(), echo);
    ActorId to = harness.add(server);
    ActorId from = add_asker(harness, to);
    harness.request(from, "ping");
    turns.run();
    EXPECT_EQ(harness.answers(), std::vector<std::string>{"ok: ping"});
    EXPECT_EQ(harness.outline(from), "genesis instance call returned call sent answered returned");
    const log::Chain& asked = harness.cell(from)->chain();
    const log::Chain& answered = harness.cell(to)->chain();
    const Story from_story = harness.story(from);
    const Story to_story = harness.story(to);
    const auto& call = std::get<log::Call>(to_story.at(4).body);
    EXPECT_EQ(std::get<log::Sender>(call.from).sent, asked.hash(5));
    EXPECT_EQ(std::get<log::Sender>(call.from).actor, from);
    const auto& answer = std::get<log::Answered>(from_story.at(6).body);
    EXPECT_EQ(answer.by, answered.hash(5));
    EXPECT_EQ(answer.sent, 5u);
  });
}

TEST(Message, AReturnedErrorIsTheAnswerAndTheActorLives) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_request(), [](Play& play) { play.fail("bad request"); });
    ActorId id = harness.add(component);
    harness.request(id, "1");
    harness.request(id, "2");
    turns.run();
    EXPECT_EQ(harness.answers(),
              (std::vector<std::string>{"error: bad request", "error: bad request"}));
    EXPECT_FALSE(harness.cell(id)->status().ended);
  });
}

TEST(Message, ARequestToItselfFailsAtOnce) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    ActorId id = harness.next_id();
    auto component = harness.component();
    component.exports(on_request(), ask(id));
    harness.add(component, {.id = id});
    harness.request(id, "x");
    turns.run();
    EXPECT_EQ(harness.answers().at(0), "ok: failed: the request would never be answered: " +
                                           id.to_string() + " waits for itself");
  });
}

TEST(Message, ARingOfRequestsIsBrokenAndNamed) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    std::vector<ActorId> ids{harness.next_id(), harness.next_id(), harness.next_id()};
    for (size_t i = 0; i < ids.size(); ++i) {
      auto component = harness.component();
      component.exports(on_request(), ask(ids[(i + 1) % ids.size()]));
      harness.add(component, {.id = ids[i]});
    }
    for (const ActorId& id : ids)
      harness.request(id, "x");
    turns.run();
    ASSERT_EQ(harness.answers().size(), 3u);
    for (const std::string& answer : harness.answers()) {
      EXPECT_NE(answer.find("the request would never be answered"), std::string::npos) << answer;
      for (const ActorId& id : ids)
        EXPECT_NE(answer.find(id.to_string()), std::string::npos);
    }
  });
}

TEST(Message, ARequesterHearsOfTheEndOfWhomItAsked) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto server = harness.component();
    server.exports(on_request(), spin);
    ActorId to = harness.add(server);
    ActorId one = add_asker(harness, to);
    ActorId two = add_asker(harness, to);
    harness.request(one, "1");
    harness.request(two, "2");
    turns.run(200);
    harness.kill(to);
    turns.run();
    ASSERT_EQ(harness.answers().size(), 2u);
    for (const std::string& answer : harness.answers()) {
      EXPECT_EQ(answer.find("ok: failed: actor " + to.to_string()), 0u) << answer;
    }
    EXPECT_EQ(harness.outline(to),
              "genesis instance call returned call control failed discarded terminated");
  });
}

TEST(Message, ARequestCanBeAnsweredLater) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto server = harness.component();
    server.exports(on_request(),
                   [](Play& play) { play.finish(to_bytes(request_id(play)), MaybeAnswer()); });
    server.exports(on_message(), [](Play& play) {
      std::string id(as_text(*play.state()));
      auto open = play.call<std::vector<std::string>>(kDesk, "outstanding");
      EXPECT_EQ(open, std::vector<std::string>{id});
      if (as_text(message_bytes(play)) == "cancel") {
        EXPECT_TRUE(play.call<Done>(kDesk, "cancel", id));
      } else {
        EXPECT_TRUE(play.call<Done>(kDesk, "respond", id, message_bytes(play)));
      }
      auto again = play.call<Done>(kDesk, "respond", id, to_bytes("twice"));
      EXPECT_EQ(again.error(), "Request ID not found: " + id);
      play.finish(play.state());
    });
    ActorId to = harness.add(server);
    ActorId from = add_asker(harness, to);
    harness.request(from, "question");
    turns.run();
    EXPECT_EQ(harness.answers().size(), 0u);
    harness.send(to, "answer");
    turns.run();
    EXPECT_EQ(harness.answers(), std::vector<std::string>{"ok: answer"});
    // A client's request, given up.
    harness.request(to, "question");
    turns.run();
    harness.send(to, "cancel");
    turns.run();
    EXPECT_EQ(harness.answers().at(1), "error: the request was cancelled by " + to.to_string());
    const Story from_story = harness.story(from);
    const auto& answered = std::get<log::Answered>(from_story.at(6).body);
    const log::Chain& chain = harness.cell(to)->chain();
    EXPECT_EQ(answered.by, chain.hash(8));
    const Story to_story = harness.story(to);
    const auto& sent = std::get<log::Sent>(to_story.at(8).body);
    EXPECT_EQ(sent.kind, log::SentKind::kAnswer);
    EXPECT_EQ(sent.about, harness.cell(from)->chain().hash(5));
  });
}

TEST(Message, ARequestMayBeAnsweredDuringItsOwnCall) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto server = harness.component();
    server.exports(on_request(), [](Play& play) {
      EXPECT_TRUE(play.call<Done>(kDesk, "respond", request_id(play), to_bytes("early")));
      play.finish(play.state(), MaybeAnswer(to_bytes("late")));
    });
    ActorId id = harness.add(server);
    harness.request(id, "x");
    turns.run();
    EXPECT_EQ(harness.answers(), std::vector<std::string>{"ok: early"});
  });
}

TEST(Message, RequestsThatAreOpenAtTheEndAreAnsweredWithAnError) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto server = harness.component();
    server.exports(on_request(), [](Play& play) { play.finish(play.state(), MaybeAnswer()); });
    ActorId to = harness.add(server);
    ActorId from = add_asker(harness, to);
    harness.request(from, "x");
    turns.run();
    harness.stop(to);
    turns.run();
    EXPECT_EQ(harness.answers().at(0),
              "ok: failed: actor " + to.to_string() + " ended before it answered");
    const Story story = harness.story(from);
    EXPECT_EQ(std::get<log::Answered>(story.at(6).body).by, harness.cell(to)->chain().head());
  });
}

TEST(Message, AnAnswerThatComesTooLateIsAccountedFor) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto server = harness.component();
    server.exports(on_request(),
                   [](Play& play) { play.finish(to_bytes(request_id(play)), MaybeAnswer()); });
    server.exports(on_message(), [](Play& play) {
      play.call<Done>(kDesk, "respond", std::string(as_text(*play.state())), to_bytes("a"));
      play.finish(play.state());
    });
    ActorId to = harness.add(server);
    ActorId from = add_asker(harness, to);
    harness.request(from, "x");
    turns.run();
    // Whether the answer or the kill comes first, everything sent is accounted for.
    harness.send(to, "now");
    harness.kill(from);
    turns.run();
    EXPECT_TRUE(harness.cell(from)->status().ended);
    EXPECT_EQ(harness.answers().size(), 1u);
  });
}

TEST(Message, MessagesThatNobodyTakesAreRefusedAtTheSender) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto busy = harness.component();
    busy.exports(on_message(), spin);
    ActorId to = harness.add(busy, {.mailbox = {.messages = 2}});
    turns.run();
    EXPECT_EQ(harness.send(to, "taken"), "");
    turns.run(10);
    auto sender = harness.component();
    sender.exports(on_request(), [to](Play& play) {
      std::string results;
      for (int i = 0; i < 3; ++i) {
        auto done = play.call<Done>(kDesk, "send", to.to_string(), to_bytes("x"));
        results += done ? "ok " : done.error().substr(0, 12) + " ";
      }
      play.finish(play.state(), MaybeAnswer(to_bytes(results)));
    });
    ActorId from = harness.add(sender);
    harness.request(from, "go");
    turns.run(2'000);
    EXPECT_EQ(harness.answers().at(0), "ok: ok ok mailbox-full ");
    EXPECT_NE(harness.send(to, "x").find("mailbox-full"), std::string::npos);
    harness.kill(to);
    turns.run();
  });
}

TEST(Message, AMessageTooLargeForTheReceiverIsRefused) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    auto component = harness.component();
    component.exports(on_message(), keep);
    engine::Limits limits;
    limits.payload_bytes = 1'000;
    ActorId id = harness.add(component, {.limits = limits});
    turns.run();
    EXPECT_EQ(harness.send(id, std::string(400, 'x')), "");
    EXPECT_NE(harness.send(id, std::string(600, 'x')), "");
    turns.run();
    EXPECT_FALSE(harness.cell(id)->status().ended);
  });
}

TEST(Message, AMessageWithoutAnExportForItIsDiscarded) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    ActorId deaf = harness.add(harness.component());
    ActorId from = add_asker(harness, deaf);
    harness.request(from, "x");
    harness.request(deaf, "y");
    turns.run();
    EXPECT_EQ(harness.outline(deaf), "genesis instance call returned discarded");
    ASSERT_EQ(harness.answers().size(), 2u);
    for (const std::string& answer : harness.answers()) {
      EXPECT_NE(answer.find("does not export theater:simple/visitors/on-request"),
                std::string::npos);
    }
  });
}

TEST(Message, SendsToNobodyAreRecordedAsFailed) {
  for_schedulers(kSeeds, [](ActorHarness& harness, ActorTurns& turns) {
    ActorId nobody = harness.next_id();
    auto component = harness.component();
    component.exports(on_message(), [nobody](Play& play) {
      auto done = play.call<Done>(kDesk, "send", nobody.to_string(), Bytes());
      EXPECT_EQ(done.error(), "Actor not found: " + nobody.to_string());
      done = play.call<Done>(kDesk, "send", std::string("x"), Bytes());
      EXPECT_EQ(done.error().find("Failed to parse actor ID"), 0u);
      play.finish(play.state());
    });
    ActorId id = harness.add(component);
    harness.send(id, "x");
    turns.run();
    EXPECT_EQ(harness.outline(id), "genesis instance call returned call sent sent returned");
  });
}

}  // namespace theater::testing::messages_test
