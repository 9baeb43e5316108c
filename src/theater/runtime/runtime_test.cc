#include "theater/runtime/runtime.h"

#include "theater/actor/messaging/channels.h"
#include "theater/actor/messaging/export_function.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/thread_timers.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/handlers/registry.h"
#include "theater/log/event/verify.h"
#include "theater/runtime/known_actors.h"
#include "theater/runtime/testing/scripted_loader.h"

#include <gtest/gtest.h>

#include <future>

namespace theater::runtime_test {

using testing::Play;
using testing::ScriptedComponent;
using testing::ScriptedLoader;

struct RuntimeTest : ::testing::Test {
  RuntimeTest() {
    ScriptedComponent echo;
    echo.exports(init_function(), testing::keep)
        .exports(handle_send_function(),
                 [](Play& play) { play.finish(std::get<0>(play.params<Bytes>())); })
        .exports(handle_request_function(), [](Play& play) {
          play.finish(play.state(),
                      std::optional<Bytes>(std::get<1>(play.params<std::string, Bytes>())));
        });
    loader.add("echo", echo);
    ScriptedComponent broken;
    broken.exports(init_function(), [](Play& play) { play.fail("broken"); });
    loader.add("broken", broken);
    runtime.emplace(Runtime::Parts{scheduler, scheduler, routing, clock, random, handlers, loader});
  }

  static SpawnRequest request_for(const std::string& component) {
    SpawnRequest request;
    request.manifest = *parse_manifest("name = \"test\"\ncomponent = \"" + component +
                                           ".wasm\"\n[[handler]]\ntype = "
                                           "\"message-server\"\n",
                                       "test.toml", "/");
    request.component = to_bytes(component);
    return request;
  }

  void expect_whole(const ActorId& id) {
    auto chain = runtime->chain(id);
    ASSERT_TRUE(chain);
    std::vector<ByteView> events;
    chain->for_each([&](uint64_t, ByteView bytes, const Hash&) { events.push_back(bytes); });
    auto verified = log::verify_chain(events, chain->head());
    EXPECT_TRUE(verified) << verified.error().to_string();
  }

  SeededScheduler scheduler{1};
  ManualClock& clock = scheduler.clock();
  SeededRandom random{1};
  HandlerSet handlers = make_handlers();
  ScriptedLoader loader;
  Routing routing;
  std::optional<Runtime> runtime;
};

TEST_F(RuntimeTest, SpawnsAndTalksToAnActor) {
  auto spawned = runtime->spawn(request_for("echo"));
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  EXPECT_TRUE(runtime->send(spawned->id, as_bytes("state")));
  auto answer = runtime->request(spawned->id, as_bytes("ping"));
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(as_text(*answer), "ping");
  EXPECT_TRUE(runtime->wait_idle(spawned->id));
  EXPECT_EQ(runtime->status(spawned->id)->calls, 3u);
  expect_whole(spawned->id);
}

TEST_F(RuntimeTest, AnswersCallbacksWithoutWaiting) {
  // The component is read on a thread of the runtime.
  std::promise<Result<std::shared_ptr<const ActorTemplate>>> prepared;
  runtime->prepare(request_for("echo"), [&](Result<std::shared_ptr<const ActorTemplate>> common) {
    prepared.set_value(std::move(common));
  });
  auto common = prepared.get_future().get();
  ASSERT_TRUE(common) << common.error().to_string();
  std::optional<ActorId> id;
  runtime->spawn(*common, {}, [&](Result<SpawnReport> report) { id = report.value().id; });
  scheduler.run();
  ASSERT_TRUE(id);

  std::vector<std::string> done;
  auto note = [&](std::string what) {
    return [&done, what = std::move(what)](auto result) {
      done.push_back(what + (result ? "" : ": " + result.error().message()));
    };
  };
  runtime->pause(*id, Runtime::Pausing::kAtOnce, "test", note("pause"));
  scheduler.run();
  runtime->resume(*id, "test", note("resume"));
  runtime->resume(*id, "test", note("again"));
  runtime->state(*id, note("state"));
  runtime->chain(*id, note("chain"));
  runtime->when_idle(*id, note("idle"));
  EXPECT_EQ(done, std::vector<std::string>{"pause"}) << "no turn has run since";
  scheduler.run();
  ASSERT_EQ(done.size(), 6u);
  EXPECT_EQ(done[1], "resume");
  EXPECT_EQ(done[2].rfind("again: ", 0), 0u);
  EXPECT_EQ(done[5], "idle");

  done.clear();
  ActorId unknown = runtime->new_id();
  runtime->pause(unknown, Runtime::Pausing::kWhenFree, "test", note("pause"));
  runtime->resume(unknown, "test", note("resume"));
  runtime->state(unknown, note("state"));
  runtime->chain(unknown, note("chain"));
  runtime->when_idle(unknown, note("idle"));
  ASSERT_EQ(done.size(), 5u) << "an unknown actor is answered in the call";
  for (const std::string& text : done)
    EXPECT_NE(text.find("there is no actor"), std::string::npos) << text;
}

TEST_F(RuntimeTest, GivesMetricsOfActorsAndOfAllTogether) {
  auto spawned = runtime->spawn(request_for("echo"));
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  EXPECT_FALSE(runtime->spawn(request_for("broken")));
  EXPECT_TRUE(runtime->send(spawned->id, as_bytes("state")));
  EXPECT_EQ(runtime->metrics(spawned->id)->waiting, 1u);
  EXPECT_TRUE(runtime->wait_idle(spawned->id));
  auto metrics = runtime->metrics(spawned->id);
  ASSERT_TRUE(metrics);
  EXPECT_EQ(metrics->calls.calls, 2u);
  EXPECT_EQ(metrics->waiting, 0u);
  EXPECT_EQ(metrics->messages_in, 1u);
  NodeMetrics node = runtime->node_metrics();
  EXPECT_EQ(node.actors, 2u);
  EXPECT_EQ(node.ended, 1u);
  EXPECT_EQ(node.all.calls.calls, 3u);
  EXPECT_EQ(node.all.calls.errors, 1u);
  EXPECT_FALSE(runtime->metrics(ActorId{}));
}

TEST_F(RuntimeTest, CountsActorsThatItHasForgotten) {
  for (size_t i = 0; i < KnownActors::kEndedMax + 5; ++i)
    EXPECT_FALSE(runtime->spawn(request_for("broken")));
  EXPECT_EQ(runtime->actors().size(), KnownActors::kEndedMax);
  NodeMetrics node = runtime->node_metrics();
  EXPECT_EQ(node.actors, KnownActors::kEndedMax + 5);
  EXPECT_EQ(node.ended, KnownActors::kEndedMax + 5);
  EXPECT_EQ(node.all.calls.errors, KnownActors::kEndedMax + 5);
}

TEST_F(RuntimeTest, GivesAClientsRequestUpAtItsDeadline) {
  ScriptedComponent silent;
  silent.exports(init_function(), testing::keep)
      .named("silent")
      .exports(handle_request_function(),
               [](Play& play) { play.finish(play.state(), std::optional<Bytes>()); });
  loader.add("silent", silent);
  auto spawned = runtime->spawn(request_for("silent"));
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  auto answer = runtime->request(spawned->id, as_bytes("?"), std::chrono::milliseconds(250));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(answer.error().message(), "operation-timeout: no answer within 250 ms");
  // The end of the actor answers the request once more, but no caller waits.
  EXPECT_TRUE(runtime->stop(spawned->id));
  EXPECT_TRUE(runtime->wait_ended(spawned->id));
  auto echo = runtime->spawn(request_for("echo"));
  auto in_time = runtime->request(echo->id, as_bytes("ping"), std::chrono::hours(1));
  ASSERT_TRUE(in_time) << in_time.error().to_string();
  EXPECT_EQ(as_text(*in_time), "ping");
  EXPECT_EQ(scheduler.timers(), 0u);
  expect_whole(spawned->id);
}

TEST_F(RuntimeTest, AClientWithANameLearnsTheEventsOfItsCalls) {
  ScriptedComponent refusing;
  refusing.exports(init_function(), testing::keep)
      .exports(handle_send_function(),
               [](Play& play) { play.finish(std::get<0>(play.params<Bytes>())); })
      .exports(handle_request_function(), [](Play& play) { play.fail("not today"); });
  loader.add("refusing", refusing);
  ActorId id = runtime->spawn(request_for("refusing"))->id;
  ClientMessage message{id, as_bytes("hello"), log::NamedClient{.name = "token ci"}};
  std::optional<Hash> call;
  ASSERT_TRUE(runtime->send(message, [&](Result<Hash> recorded) { call = *recorded; }));
  std::optional<ClientReply> reply;
  runtime->request(message, [&](Result<ClientReply> replied) { reply = *std::move(replied); });
  ASSERT_TRUE(runtime->wait_idle(id));
  ASSERT_TRUE(call && reply);
  EXPECT_EQ(reply->answer.error(), "not today");
  log::Chain chain = *runtime->chain(id);
  ASSERT_EQ(chain.size(), 8u) << "genesis, instance, init, send and request";
  EXPECT_EQ(call, chain.hash(4));
  EXPECT_EQ(reply->event, chain.hash(7));
  log::Event sent = *log::decode_event(chain.event(4));
  EXPECT_EQ(std::get<log::NamedClient>(std::get<log::Call>(sent.body).from).name, "token ci");
}

TEST_F(RuntimeTest, AClientLearnsThatItsSendWasNotCalled) {
  ActorId id = runtime->spawn(request_for("echo"))->id;
  ASSERT_TRUE(runtime->pause(id, Runtime::Pausing::kAtOnce));
  std::optional<Error> lost;
  ASSERT_TRUE(runtime->send(ClientMessage{id, as_bytes("waits")},
                            [&](Result<Hash> recorded) { lost = recorded.error(); }));
  EXPECT_FALSE(lost);
  ASSERT_TRUE(runtime->kill(id));
  ASSERT_TRUE(runtime->wait_ended(id));
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->code(), ErrorCode::kUnavailable);
  bool was_called = false;
  auto unknown = runtime->send(ClientMessage{id, {}}, [&](Result<Hash>) { was_called = true; });
  EXPECT_EQ(unknown.error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(was_called);
}

TEST_F(RuntimeTest, RecordsGenesisAndInstanceFromTheRequest) {
  SpawnRequest request = request_for("echo");
  request.state = to_bytes("start");
  request.id = runtime->new_id();
  Hash manifest = request.manifest.digest;
  ActorId id = *request.id;
  auto spawned = runtime->spawn(std::move(request));
  ASSERT_TRUE(spawned);
  EXPECT_EQ(spawned->id, id);
  log::Chain chain = *runtime->chain(id);
  auto first = *log::decode_event(chain.event(0));
  auto genesis = std::get<log::Genesis>(first.body);
  EXPECT_EQ(genesis.actor, id);
  EXPECT_EQ(genesis.name, "test");
  EXPECT_EQ(genesis.manifest, manifest);
  auto second = *log::decode_event(chain.event(1));
  auto instance = std::get<log::Instance>(second.body);
  EXPECT_EQ(instance.engine, "scripted");
  EXPECT_EQ(instance.component, spawned->component);
  EXPECT_EQ(std::get<log::SomeState>(instance.state).value.digest, sha256(as_bytes("start")));
  EXPECT_EQ(instance.grants, (std::vector<std::string>{"message-server", "runtime"}));
  EXPECT_EQ(instance.limits.payload_bytes, ManifestLimits().payload_bytes);
  EXPECT_EQ(instance.limits.handles, Channels::kOpenMax);
  EXPECT_EQ(instance.limits.log_bytes, 0u) << "no budget bounds them";
}

TEST_F(RuntimeTest, AnInstanceNamesTheSmallestBudgetOfItsLog) {
  SpawnRequest request = request_for("echo");
  request.manifest.budget.log_bytes = 70'000;
  auto spawned = runtime->spawn(std::move(request));
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  auto second = *log::decode_event(runtime->chain(spawned->id)->event(1));
  EXPECT_EQ(std::get<log::Instance>(second.body).limits.log_bytes, 70'000u);
}

TEST_F(RuntimeTest, AFailedInitFailsTheSpawnAndKeepsTheChain) {
  SpawnRequest request = request_for("broken");
  ActorId id = runtime->new_id();
  request.id = id;
  auto spawned = runtime->spawn(std::move(request));
  ASSERT_FALSE(spawned);
  EXPECT_EQ(spawned.error().to_string(), "spawning actor `test`: init returned an error: broken");
  auto ended = runtime->wait_ended(id);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(std::holds_alternative<log::EndedFailed>(ended->how));
  expect_whole(id);
}

TEST_F(RuntimeTest, CompilesAComponentOnceAndForgetsFailures) {
  ASSERT_TRUE(runtime->spawn(request_for("echo")));
  ASSERT_TRUE(runtime->spawn(request_for("echo")));
  EXPECT_EQ(loader.loads(), 1);
  EXPECT_FALSE(runtime->spawn(request_for("nonsense")));
  EXPECT_FALSE(runtime->spawn(request_for("nonsense")));
  EXPECT_EQ(loader.loads(), 3);
}

TEST_F(RuntimeTest, RefusesAComponentThatIsNotThePinnedOne) {
  SpawnRequest request = request_for("echo");
  request.manifest.component_digest = sha256(as_bytes("another"));
  auto spawned = runtime->spawn(std::move(request));
  ASSERT_FALSE(spawned);
  EXPECT_NE(spawned.error().message().find("pins"), std::string::npos);
  EXPECT_TRUE(runtime->actors().empty());
}

TEST_F(RuntimeTest, RefusesASecondActorOfOneId) {
  SpawnRequest first = request_for("echo");
  first.id = runtime->new_id();
  SpawnRequest second = first;
  ASSERT_TRUE(runtime->spawn(std::move(first)));
  auto spawned = runtime->spawn(std::move(second));
  ASSERT_FALSE(spawned);
  EXPECT_EQ(spawned.error().code(), ErrorCode::kAlreadyExists);
}

TEST_F(RuntimeTest, AnswersErrorsForWhatIsNotThere) {
  ActorId nobody = runtime->new_id();
  EXPECT_EQ(runtime->send(nobody, {}).error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(runtime->request(nobody, {}));
  EXPECT_EQ(runtime->stop(nobody).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(runtime->chain(nobody).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(runtime->wait_ended(nobody).error().code(), ErrorCode::kNotFound);
}

TEST_F(RuntimeTest, RefusesAMessageThatTheActorHasNoExportFor) {
  ScriptedComponent deaf;
  deaf.exports(init_function(), testing::keep);
  loader.add("deaf", deaf);
  auto spawned = runtime->spawn(request_for("deaf"));
  ASSERT_TRUE(spawned);
  EXPECT_EQ(runtime->send(spawned->id, {}).error().code(), ErrorCode::kNotFound);
}

TEST_F(RuntimeTest, StopsAndReportsTheEnd) {
  auto spawned = runtime->spawn(request_for("echo"));
  ASSERT_TRUE(spawned);
  ASSERT_TRUE(runtime->stop(spawned->id));
  auto ended = runtime->wait_ended(spawned->id);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(std::holds_alternative<log::EndedStopped>(ended->how));
  EXPECT_FALSE(runtime->request(spawned->id, as_bytes("late")));
  int reports = 0;
  runtime->on_ended(spawned->id, [&](const Result<EndReport>& end) { reports += end ? 1 : 0; });
  EXPECT_EQ(reports, 1);
  expect_whole(spawned->id);
}

TEST_F(RuntimeTest, SaysOfWhatAnActorHasEnded) {
  ScriptedComponent fragile;
  fragile.exports(init_function(), testing::keep)
      .exports(handle_request_function(),
               [](Play& play) { play.trap(engine::TrapCode::kUnreachable); });
  loader.add("fragile", fragile);
  ActorId id = runtime->spawn(request_for("fragile"))->id;
  EXPECT_FALSE(runtime->request(id, as_bytes("once")));
  ASSERT_TRUE(runtime->wait_ended(id));
  Error late = runtime->request(id, as_bytes("late")).error();
  EXPECT_EQ(late.code(), ErrorCode::kNotFound);
  EXPECT_EQ(late.message().rfind("actor " + id.to_string() + " has ended: ", 0), 0u)
      << late.message();
}

// The routing, which both of them share, decides which actors find which.
TEST_F(RuntimeTest, TwoRuntimesThatShareARoutingReachEachOthersActors) {
  WorkerPool pool(1);
  ThreadTimers timers;
  SystemClock system;
  Runtime other(Runtime::Parts{pool, timers, routing, system, random, handlers, loader});
  auto spawned = other.spawn(request_for("echo"));
  ASSERT_TRUE(spawned) << spawned.error().to_string();
  std::promise<Result<Bytes>> answered;
  runtime->request(spawned->id, as_bytes("over there?"),
                   [&](Result<Bytes> answer) { answered.set_value(std::move(answer)); });
  EXPECT_EQ(as_text(answered.get_future().get().value()), "over there?");
  EXPECT_FALSE(runtime->status(spawned->id)) << "it is not the runtime's own actor";
  ASSERT_TRUE(other.kill(spawned->id));
  ASSERT_TRUE(other.wait_ended(spawned->id));
  EXPECT_EQ(runtime->send(spawned->id, {}).error().code(), ErrorCode::kNotFound);
}

TEST_F(RuntimeTest, ItsEndAnswersWhoeverWaits) {
  ScriptedComponent lazy;
  lazy.exports(init_function(), testing::keep).exports(handle_request_function(), [](Play& play) {
    play.finish(play.state(), std::optional<Bytes>());
  });
  loader.add("lazy", lazy);
  auto spawned = runtime->spawn(request_for("lazy"));
  ASSERT_TRUE(spawned);
  int answers = 0;
  runtime->request(spawned->id, {}, [&](const Result<Bytes>& answer) {
    EXPECT_FALSE(answer);
    ++answers;
  });
  EXPECT_TRUE(runtime->wait_idle(spawned->id));
  EXPECT_EQ(answers, 0);
  runtime.reset();
  EXPECT_EQ(answers, 1);
}

}  // namespace theater::runtime_test
