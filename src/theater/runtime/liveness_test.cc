// What one actor may do to the others: nothing. Scenarios that have stopped systems of this kind,
// with the real engine, more guests than workers, and clients on threads of their own.
#include "theater/base/file.h"
#include "theater/base/testing/source_tree.h"
#include "theater/runtime/testing/engine_node.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

namespace theater::liveness_test {

constexpr size_t kWorkers = 2;

struct LivenessTest : ::testing::Test, testing::EngineNode {
  LivenessTest() : EngineNode(kWorkers) {}
  ~LivenessTest() override {
    for (const ActorId& id : runtime.actors())
      expect_whole(id);
  }

  static SpawnRequest guest(const std::string& name, const std::string& more = "") {
    SpawnRequest request;
    request.manifest = *parse_manifest(fmt::format("name = \"{0}\"\ncomponent = \"{0}.wat\"\n{1}"
                                                   "[[handler]]\ntype = \"message-server\"\n",
                                                   name, more),
                                       name + ".toml", source_path("tests/guests"));
    return request;
  }

  ActorId spawn(SpawnRequest request) {
    auto spawned = runtime.spawn(std::move(request));
    EXPECT_TRUE(spawned) << spawned.error().to_string();
    return spawned ? spawned->id : ActorId();
  }

  std::string ask(const ActorId& id, std::string_view text) {
    auto answer = runtime.request(id, as_bytes(text));
    return answer ? std::string(as_text(*answer)) : "error: " + answer.error().message();
  }

  std::future<Result<Bytes>> ask_later(const ActorId& id, std::string_view text) {
    auto promise = std::make_shared<std::promise<Result<Bytes>>>();
    runtime.request(id, as_bytes(text),
                    [promise](Result<Bytes> answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }

  // A guest that runs without end, in a call.
  ActorId spinner(const std::string& more = "") {
    ActorId id = spawn(guest("misbehave", more));
    spinning.push_back(ask_later(id, "l"));
    while (runtime.status(id)->phase != Phase::kProcessing)
      std::this_thread::yield();
    return id;
  }

  // The name of the event that was recorded last.
  std::string_view newest(const ActorId& id) {
    log::Chain chain = *runtime.chain(id);
    return log::body_name(log::decode_event(chain.event(chain.end_seq() - 1))->body);
  }

  std::vector<std::future<Result<Bytes>>> spinning;
};

TEST_F(LivenessTest, ActorsThatStartAtTheSameTimeAreNotMixedUp) {
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  std::vector<std::vector<ActorId>> ids(kThreads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        SpawnRequest request = guest("counter");
        request.state = to_bytes(std::to_string(1000 * thread + 10 * i));
        ids[static_cast<size_t>(thread)].push_back(spawn(std::move(request)));
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (int thread = 0; thread < kThreads; ++thread) {
    for (int i = 0; i < kEach; ++i) {
      const ActorId& id = ids[static_cast<size_t>(thread)][static_cast<size_t>(i)];
      EXPECT_EQ(ask(id, "next"), std::to_string(1000 * thread + 10 * i + 1));
    }
  }
}

TEST_F(LivenessTest, AnOrdinaryErrorEndsNobody) {
  ActorId id = spawn(guest("misbehave"));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ask(id, "error please"), "error: no");
    EXPECT_EQ(ask(id, "hello"), "hello");
  }
  ASSERT_TRUE(runtime.wait_idle(id));
  EXPECT_EQ(runtime.status(id)->errors, 10u);
  EXPECT_FALSE(runtime.status(id)->ended);
}

TEST_F(LivenessTest, ATrapAnswersEverybodyWhoWaitsAndEndsNobodyElse) {
  ActorId other = spawn(guest("misbehave"));
  ActorId id = spawn(guest("misbehave"));
  ASSERT_TRUE(runtime.pause(id, Runtime::Pausing::kAtOnce));
  std::vector<std::future<Result<Bytes>>> waiting;
  waiting.push_back(ask_later(id, "unreachable"));
  for (int i = 0; i < 18; ++i)
    waiting.push_back(ask_later(id, "hello"));
  ASSERT_TRUE(runtime.resume(id));
  for (auto& answer : waiting)
    EXPECT_FALSE(answer.get());
  EXPECT_TRUE(runtime.wait_ended(id));
  EXPECT_EQ(runtime.status(id)->text(), "Failed");
  EXPECT_EQ(ask(other, "hello"), "hello");
}

TEST_F(LivenessTest, MoreEndlessGuestsThanWorkersStopNobody) {
  ActorId other = spawn(guest("misbehave"));
  std::vector<ActorId> spinners;
  for (size_t i = 0; i <= kWorkers; ++i)
    spinners.push_back(spinner());
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(ask(other, "hello"), "hello");
  EXPECT_EQ(ask(spawn(guest("misbehave")), "hello"), "hello");
  for (const ActorId& id : spinners) {
    EXPECT_EQ(runtime.status(id)->text(),
              "Processing: theater:simple/message-server-client/handle-request");
    // An orderly stop waits for the call, and is no obstacle to one by force.
    ASSERT_TRUE(runtime.stop(id));
    EXPECT_FALSE(runtime.status(id)->ended);
    ASSERT_TRUE(runtime.kill(id));
    EXPECT_TRUE(std::holds_alternative<log::EndedKilled>(runtime.wait_ended(id)->how));
  }
  for (auto& answer : spinning)
    EXPECT_FALSE(answer.get());
}

TEST_F(LivenessTest, ABusyActorCanBeLookedAt) {
  ActorId id = spinner();
  for (size_t i = 0; i < kWorkers; ++i)
    spinner();
  EXPECT_EQ(runtime.status(id)->phase, Phase::kProcessing);
  EXPECT_EQ(*runtime.state(id), std::nullopt);
  EXPECT_EQ(runtime.chain(id)->size(), 5u) << "genesis instance call returned call";
  auto paused = runtime.pause(id, Runtime::Pausing::kAtOnce);
  ASSERT_FALSE(paused);
  EXPECT_EQ(paused.error().message(),
            "Cannot pause during operation: actor " + id.to_string() + " is processing");
}

TEST_F(LivenessTest, ARequestToOneselfFailsAtOnce) {
  SpawnRequest request = guest("rally");
  request.id = runtime.new_id();
  request.state = to_bytes("\"" + request.id->to_string() + "\"");
  ActorId id = spawn(std::move(request));
  std::string answer = ask(id, "x");
  EXPECT_NE(answer.find("waits for itself"), std::string::npos) << answer;
  EXPECT_EQ(ask(id, ""), "end");
}

TEST_F(LivenessTest, AMailboxThatIsFullConcernsItsSendersOnly) {
  ActorId other = spawn(guest("misbehave"));
  ActorId id = spinner("[limits]\nmailbox_messages = 10\n");
  std::vector<std::future<Result<Bytes>>> waiting;
  for (int i = 0; i < 10; ++i)
    waiting.push_back(ask_later(id, "waits"));
  std::string refused = ask(id, "too many");
  EXPECT_TRUE(refused.starts_with("error: mailbox-full")) << refused;
  EXPECT_EQ(ask(other, "hello"), "hello");
}

TEST_F(LivenessTest, AnActorIsEndedInTheMidstOfARequest) {
  ActorId answerer = spinner();
  SpawnRequest request = guest("rally");
  request.state = to_bytes("\"" + answerer.to_string() + "\"");
  ActorId asker = spawn(std::move(request));
  auto answer = ask_later(asker, "x");
  while (newest(asker) != "sent")
    std::this_thread::yield();
  ASSERT_TRUE(runtime.kill(asker));
  EXPECT_TRUE(std::holds_alternative<log::EndedKilled>(runtime.wait_ended(asker)->how));
  EXPECT_FALSE(answer.get());
  EXPECT_EQ(runtime.status(answerer)->phase, Phase::kProcessing);
}

TEST_F(LivenessTest, AnInitThatNeverReturnsIsEndedByForce) {
  SpawnRequest request = guest("loop_in_init");
  ActorId id = runtime.new_id();
  request.id = id;
  std::thread client([&] { EXPECT_FALSE(runtime.spawn(std::move(request))); });
  auto running = [&] {
    auto status = runtime.status(id);
    return status && status->text() == "Starting: running init";
  };
  while (!running())
    std::this_thread::yield();
  EXPECT_TRUE(runtime.stop(id));
  EXPECT_FALSE(runtime.status(id)->ended);
  EXPECT_TRUE(runtime.kill(id));
  client.join();
  EXPECT_TRUE(std::holds_alternative<log::EndedKilled>(runtime.wait_ended(id)->how));
}

TEST_F(LivenessTest, AThousandActorsAreAnsweredBesideSpinners) {
  for (size_t i = 0; i <= kWorkers; ++i)
    spinner();
  std::vector<ActorId> ids;
  for (int i = 0; i < 1'000; ++i)
    ids.push_back(spawn(guest("misbehave")));
  std::vector<std::future<Result<Bytes>>> answers;
  for (const ActorId& id : ids)
    answers.push_back(ask_later(id, "I am " + id.to_string()));
  for (size_t i = 0; i < ids.size(); ++i) {
    Result<Bytes> answer = answers[i].get();
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(as_text(*answer), "I am " + ids[i].to_string());
  }
}

}  // namespace theater::liveness_test
