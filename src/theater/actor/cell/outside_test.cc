// What leaves the node: answers to clients and to handlers that hand them out, and the report of a
// start. The outside sees them when a crash can no longer take them back.
#include "theater/actor/cell/output_commit.h"
#include "theater/actor/handler/guest_calls.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/manual_log.h"
#include "theater/actor/testing/probe_handler.h"
#include "theater/actor/testing/scripted_guest.h"
#include "theater/wit/traits.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace theater::testing::outside_test {

using Answers = std::vector<std::string>;
using Reach = ReplyTo::Reach;

std::string text_of(const RequestAnswer& answer) {
  if (!answer.result) return answer.result.error();
  return std::string(as_text(wit::decode<Bytes>(*answer.result).value()));
}

// An actor that answers every request with "pong", and its log.
struct Node {
  explicit Node(Durability durability) {
    ScriptedComponent component = harness.component();
    component.exports(on_request(), [](Play& play) {
      play.finish(play.state(), std::optional<Bytes>(to_bytes("pong")));
    });
    ActorHarness::Options options;
    options.manifest.log.durability = durability;
    actor = harness.add(component, options);
    scheduler.run();
  }
  ~Node() {
    log.fail();
    scheduler.run();
  }

  void ask(Reach reach) {
    Message message;
    message.function = &on_request();
    message.params = request_params(harness.next_id().to_string(), as_bytes("ping"));
    message.from = log::FromClient{};
    message.reply =
        ReplyTo([this](const RequestAnswer& answer) { answers.push_back(text_of(answer)); }, reach);
    auto target = harness.cell(actor);
    ASSERT_TRUE(target->reserve(*message.function, message.size()));
    target->deliver(std::move(message));
    scheduler.run();
  }

  SeededScheduler scheduler{1};
  ManualLog log;
  ActorHarness harness{scheduler, log};
  ActorId actor;
  Answers answers;
};

TEST(Outside, HearsOfAStartWhenItIsOnDisk) {
  Node node(Durability::kSync);
  EXPECT_EQ(node.harness.started(node.actor), std::nullopt);
  node.log.commit();
  EXPECT_EQ(node.harness.started(node.actor), "");

  Node async(Durability::kAsync);
  EXPECT_EQ(async.harness.started(async.actor), "");
  EXPECT_GT(async.log.pending(), 0u);
}

TEST(Outside, HearsThatTheLogStoppedBeforeAStartWasOver) {
  SeededScheduler scheduler(1);
  ManualLog log;
  ActorHarness harness(scheduler, log);
  log.fail();
  for (Durability durability : {Durability::kSync, Durability::kAsync}) {
    ActorHarness::Options options;
    options.manifest.log.durability = durability;
    ActorId id = harness.add(harness.component(), options);
    scheduler.run();
    EXPECT_EQ(harness.started(id), "the node cannot write its log: the disk is gone");
    harness.kill(id);
    scheduler.run();
    EXPECT_TRUE(harness.cell(id)->status().ended);
  }
}

TEST(Outside, GetsAnAnswerOfASyncActorWhenItIsOnDisk) {
  Node node(Durability::kSync);
  node.ask(Reach::kOutside);
  EXPECT_EQ(node.answers, Answers{});
  node.log.commit();
  EXPECT_EQ(node.answers, Answers{"pong"});
}

TEST(Outside, DoesNotWaitForAnActorThatPromisesNothing) {
  for (Durability durability : {Durability::kAsync, Durability::kMemory}) {
    Node node(durability);
    node.ask(Reach::kOutside);
    EXPECT_EQ(node.answers, Answers{"pong"});
  }
}

TEST(Outside, GetsAnErrorInsteadOfAnAnswerThatIsLost) {
  Node node(Durability::kSync);
  node.log.commit();
  node.ask(Reach::kOutside);
  node.log.fail();
  ASSERT_EQ(node.answers.size(), 1u);
  EXPECT_EQ(node.answers[0].rfind("the answer is lost: the node cannot write its log", 0), 0u)
      << node.answers[0];
}

TEST(Outside, IsNotTheHostItself) {
  Node node(Durability::kSync);
  node.ask(Reach::kNode);
  EXPECT_EQ(node.answers, Answers{"pong"});
  EXPECT_GT(node.log.pending(), 0u);
}

// An actor that hands out "a" and "b" in one call, and its log.
struct HandingOut : Node {
  explicit HandingOut(Durability durability) : Node(durability) {
    ScriptedComponent component = harness.component();
    component.exports(on_message(), [](Play& play) {
      play.call<void>(kDesk, "hand-out", std::string("a"));
      play.call<void>(kDesk, "hand-out", std::string("b"));
      play.finish(play.state());
    });
    ActorHarness::Options options;
    options.manifest.log.durability = durability;
    giver = harness.add(component, options);
    scheduler.run();
    log.commit();
    EXPECT_EQ(harness.send(giver, "go"), "");
    scheduler.run();
  }
  ActorId giver;
};

TEST(Outside, GetsWhatAHandlerHandsOutWhenTheCallIsOnDisk) {
  HandingOut node(Durability::kSync);
  EXPECT_TRUE(node.harness.desk().handed_out().empty());
  node.log.commit();
  EXPECT_EQ(node.harness.desk().handed_out(), (Answers{"a", "b"}));

  HandingOut async(Durability::kAsync);
  EXPECT_EQ(async.harness.desk().handed_out(), (Answers{"a", "b"}));
}

TEST(Outside, HearsThatWhatAHandlerHandsOutIsLost) {
  HandingOut node(Durability::kSync);
  node.log.fail();
  EXPECT_EQ(node.harness.desk().handed_out(), (Answers{"lost", "lost"}));
}

TEST(GuestCalls, NeverBeginACallThatWasWithdrawn) {
  Node node(Durability::kMemory);
  std::shared_ptr<GuestCalls> calls = guest_calls_of(node.harness.cell(node.actor));
  Answers heard;
  auto call = [&](Withdrawn withdrawn) {
    auto taken = calls->call(on_request(), request_params("1", as_bytes("ping")), Reach::kOutside,
                             [&](const RequestAnswer& answer) { heard.push_back(text_of(answer)); },
                             {withdrawn});
    ASSERT_TRUE(taken);
  };
  auto withdrawn = std::make_shared<std::atomic<bool>>(false);
  call(withdrawn);
  call(nullptr);
  withdrawn->store(true);
  node.scheduler.run();
  EXPECT_EQ(heard, (Answers{"the call was withdrawn", "pong"}));
  EXPECT_EQ(node.harness.outline(node.actor), "genesis instance call returned call returned");
  // One that has begun is not taken back.
  withdrawn->store(false);
  call(withdrawn);
  node.scheduler.run();
  withdrawn->store(true);
  EXPECT_EQ(heard.back(), "pong");
  EXPECT_EQ(node.harness.check_chains(), std::nullopt);
}

TEST(GuestCalls, GiveTheHandlerTheAnswerOfItsGuest) {
  Node node(Durability::kSync);
  std::shared_ptr<GuestCalls> calls = node.harness.cell(node.actor)->guest_calls();
  ASSERT_TRUE(calls->exports(on_request()));
  for (Reach reach : {Reach::kNode, Reach::kOutside}) {
    Bytes params = request_params(node.harness.next_id().to_string(), as_bytes("ping"));
    ASSERT_TRUE(
        calls->call(on_request(), std::move(params), reach,
                    [&](const RequestAnswer& answer) { node.answers.push_back(text_of(answer)); }));
  }
  node.scheduler.run();
  EXPECT_EQ(node.answers, Answers{"pong"}) << "the other one leaves the node";
  node.log.commit();
  EXPECT_EQ(node.answers, (Answers{"pong", "pong"}));
}

TEST(GuestCalls, SayThatTheActorHasEnded) {
  Node node(Durability::kMemory);
  std::shared_ptr<GuestCalls> calls = node.harness.cell(node.actor)->guest_calls();
  node.harness.stop(node.actor);
  node.scheduler.run();
  Bytes params = request_params(node.harness.next_id().to_string(), as_bytes("ping"));
  auto called = calls->call(on_request(), std::move(params), Reach::kNode,
                            [&](const RequestAnswer&) { node.answers.push_back("called"); });
  EXPECT_FALSE(called);
  EXPECT_EQ(node.answers, Answers{}) << "a refused call drops its callback";
}

}  // namespace theater::testing::outside_test
