// Deadlines of requests and of channels to open, and requests that wait for long.
#include "theater/actor/messaging/channels.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/actor_harness.h"
#include "theater/actor/testing/actor_turns.h"
#include "theater/actor/testing/for_seeds.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace theater::testing::deadlines_test {

constexpr uint64_t kSeeds = 60;
constexpr uint64_t kTimeoutMs = 250;

using Opened = tl::expected<std::string, std::string>;

// Answers a request, or accepts a channel, once a fetch of the desk is answered.
void answer_later(Play& play) {
  auto state = play.state();
  play.call_waiting<Answered>(
      kDesk, "fetch",
      [state](Play& then, Answered answer) {
        then.finish(state, std::optional<Bytes>(answer.value_or(Bytes())));
      },
      std::string("page"));
}

void accept_later(Play& play) {
  auto state = play.state();
  play.call_waiting<Answered>(
      kDesk, "fetch",
      [state](Play& then, Answered) {
        then.finish(state, ChannelAccept{true, to_bytes("welcome")});
      },
      std::string("page"));
}

// Keeps what it was told as its state.
template <class R>
Script tell(const char* function, ActorId to) {
  return [function, to](Play& play) {
    play.call_waiting<R>(
        kDesk, function,
        [](Play& then, R told) {
          std::string text = told ? "ok" : told.error();
          then.finish(to_bytes(text));
        },
        to.to_string(), Bytes());
  };
}

struct Pair {
  template <class AnyScheduler>
  explicit Pair(AnyScheduler& scheduler, uint64_t timeout_ms = kTimeoutMs) : harness(scheduler) {
    harness.desk().set_timeout_ms(timeout_ms);
    auto slow = harness.component();
    slow.exports(on_request(), answer_later);
    slow.exports(on_open(), accept_later);
    slow.exports(on_channel(), [](Play& play) { play.finish(play.state()); });
    slow.exports(on_close(), [](Play& play) { play.finish(to_bytes("closed")); });
    callee = harness.add(slow);
    auto asking = harness.component();
    asking.exports(on_message(), tell<Answered>("request", callee));
    asker = harness.add(asking);
    auto opening = harness.component();
    opening.exports(on_message(), tell<Opened>("open", callee));
    opening.exports(on_channel(), [](Play& play) { play.finish(to_bytes("welcomed")); });
    opener = harness.add(opening);
  }

  std::string told(const ActorId& id) const {
    return std::string(as_text(harness.state(id).value_or(Bytes())));
  }
  void answer_fetches() {
    for (auto& reply : harness.desk().take_fetches())
      std::move(reply).answer(to_bytes("page"));
  }

  ActorHarness harness;
  ActorId callee;
  ActorId asker;
  ActorId opener;
};

template <class Test>
void for_seeds(const Test& test) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededScheduler scheduler(seed);
    Pair pair(scheduler);
    scheduler.run();
    test(pair, scheduler);
    scheduler.run();
    EXPECT_EQ(scheduler.timers(), 0u);
    EXPECT_EQ(pair.harness.check_chains(), std::nullopt);
    EXPECT_EQ(pair.harness.check_channels(), std::nullopt);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Deadline, EndsARequestThatIsNotAnswered) {
  for_seeds([](Pair& pair, SeededScheduler& scheduler) {
    pair.harness.send(pair.asker, "");
    scheduler.run();
    EXPECT_EQ(pair.told(pair.asker), "operation-timeout: no answer within 250 ms");
    EXPECT_EQ(pair.harness.outline(pair.asker),
              "genesis instance call returned call sent answered returned");
    const log::Event event = pair.harness.story(pair.asker).at(6);
    EXPECT_EQ(std::get<log::Answered>(event.body).by, std::nullopt);
    // The callee may send a request back, because the asker no longer waits for it.
    pair.answer_fetches();
    scheduler.run();
    EXPECT_EQ(pair.harness.cell(pair.callee)->status().calls, 2u);
  });
}

TEST(Deadline, IsForgottenWhenTheAnswerComes) {
  for_seeds([](Pair& pair, SeededScheduler& scheduler) {
    pair.harness.send(pair.asker, "");
    pair.harness.send(pair.opener, "");
    for (int i = 0; i < 50; ++i) {
      scheduler.run_now();
      pair.answer_fetches();
    }
    EXPECT_EQ(pair.told(pair.asker), "ok");
    EXPECT_EQ(pair.told(pair.opener), "welcomed");
    EXPECT_EQ(scheduler.timers(), 0u);
  });
}

TEST(Deadline, ClosesAChannelThatIsAcceptedTooLate) {
  for_seeds([](Pair& pair, SeededScheduler& scheduler) {
    pair.harness.send(pair.opener, "");
    scheduler.run();
    EXPECT_EQ(pair.told(pair.opener),
              "Error opening channel: operation-timeout: no answer within 250 ms");
    pair.answer_fetches();
    scheduler.run();
    EXPECT_EQ(pair.told(pair.callee), "closed");
    EXPECT_EQ(pair.harness.cell(pair.opener)->status().calls, 2u);
  });
}

TEST(Deadline, DiscardsAnAnswerThatIsSentTooLate) {
  for_seeds([](Pair& pair, SeededScheduler& scheduler) {
    auto component = pair.harness.component();
    component.exports(on_request(),
                      [](Play& play) { play.finish(play.state(), std::optional<Bytes>()); });
    component.exports(on_message(), [](Play& play) {
      for (const auto& id : play.call<std::vector<std::string>>(kDesk, "outstanding"))
        play.call<Done>(kDesk, "respond", id, to_bytes("late"));
      play.finish(play.state());
    });
    ActorId later = pair.harness.add(component);
    auto asking = pair.harness.component();
    asking.exports(on_message(), tell<Answered>("request", later));
    ActorId asker = pair.harness.add(asking);
    pair.harness.send(asker, "");
    scheduler.run();
    EXPECT_EQ(pair.told(asker), "operation-timeout: no answer within 250 ms");
    pair.harness.send(later, "");
    scheduler.run();
    EXPECT_TRUE(pair.harness.outline(asker).ends_with("answered returned discarded"))
        << pair.harness.outline(asker);
  });
}

TEST(Deadline, IsForgottenWithTheActor) {
  for_seeds([](Pair& pair, SeededScheduler& scheduler) {
    pair.harness.send(pair.asker, "");
    pair.harness.send(pair.opener, "");
    scheduler.run_now();
    EXPECT_EQ(scheduler.timers(), 2u);
    pair.harness.kill(pair.asker);
    pair.harness.kill(pair.opener);
    scheduler.run_now();
    EXPECT_EQ(scheduler.timers(), 0u);
    for (int i = 0; i < 10; ++i) {
      pair.answer_fetches();
      scheduler.run();
    }
  });
}

TEST(Deadline, RacesWithTheAnswer) {
  size_t answered = 0;
  size_t late = 0;
  for_seeds([&](Pair& pair, SeededScheduler& scheduler) {
    pair.harness.send(pair.asker, "");
    pair.harness.send(pair.opener, "");
    for (int i = 0; i < 60; ++i) {
      scheduler.step();
      pair.answer_fetches();
    }
    for (const ActorId& id : {pair.asker, pair.opener}) {
      bool is_late = pair.told(id).find("timeout") != std::string::npos;
      ++(is_late ? late : answered);
    }
  });
  EXPECT_GT(answered, 0u);
  EXPECT_GT(late, 0u);
}

// The same on a pool of workers, where timers follow the real time.
template <class Test>
void for_pools(uint64_t timeout_ms, const Test& test) {
  for (int round = 0; round < kPoolRounds && !::testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(::testing::Message() << "workers, round " << round);
    PooledTurns turns(kPoolWorkers);
    Pair pair(turns, timeout_ms);
    turns.run();
    pair.harness.send(pair.asker, "");
    pair.harness.send(pair.opener, "");
    test(pair, turns);
    // The callee also takes the request and the channel whose other side has given up.
    while (pair.harness.cell(pair.callee)->status().calls < 3) {
      pair.answer_fetches();
      turns.run();
    }
    EXPECT_EQ(pair.harness.check_chains(), std::nullopt);
    EXPECT_EQ(pair.harness.check_channels(), std::nullopt);
  }
}

void run_until_both_are_told(Pair& pair, PooledTurns& turns, bool answers) {
  while (pair.told(pair.asker).empty() || pair.told(pair.opener).empty()) {
    turns.run();
    if (answers) pair.answer_fetches();
    std::this_thread::yield();
  }
}

TEST(DeadlineOnThreads, EndsARequestAndAChannelThatAreNotAnswered) {
  for_pools(5, [](Pair& pair, PooledTurns& turns) {
    run_until_both_are_told(pair, turns, false);
    EXPECT_EQ(pair.told(pair.asker), "operation-timeout: no answer within 5 ms");
    EXPECT_EQ(pair.told(pair.opener),
              "Error opening channel: operation-timeout: no answer within 5 ms");
  });
}

TEST(DeadlineOnThreads, RacesWithTheAnswer) {
  for_pools(1, [](Pair& pair, PooledTurns& turns) {
    run_until_both_are_told(pair, turns, true);
    std::string asked = pair.told(pair.asker);
    EXPECT_TRUE(asked == "ok" || asked == "operation-timeout: no answer within 1 ms") << asked;
  });
}

// An actor can hold very many requests open, list them, and answer them in any order. Its chain is
// longer than what is kept of it in memory, so it is not checked here.
TEST(OpenRequests, TenThousandWaitForOneActor) {
  constexpr size_t kRequests = 10'000;
  SeededScheduler scheduler(1);
  ActorHarness harness(scheduler);
  auto component = harness.component();
  component.exports(on_request(),
                    [](Play& play) { play.finish(play.state(), std::optional<Bytes>()); });
  component.exports(on_message(), [](Play& play) {
    auto open = play.call<std::vector<std::string>>(kDesk, "outstanding");
    size_t half = open.size() / 2;
    for (size_t i = open.size(); i > half; --i)
      play.call<Done>(kDesk, "respond", open[i - 1], to_bytes(std::to_string(i - 1)));
    auto left = play.call<std::vector<std::string>>(kDesk, "outstanding");
    open.resize(half);
    play.finish(to_bytes(left == open ? "in order" : "mixed up"));
  });
  ActorId id = harness.add(component, {.mailbox = {.messages = kRequests + 1}});
  for (size_t i = 0; i < kRequests; ++i)
    harness.request(id, "");
  scheduler.run();
  EXPECT_EQ(harness.answers().size(), 0u);
  harness.send(id, "");
  scheduler.run();
  EXPECT_EQ(harness.state(id), to_bytes("in order"));
  ASSERT_EQ(harness.answers().size(), kRequests / 2);
  EXPECT_EQ(harness.answers().front(), "ok: 9999");
  EXPECT_EQ(harness.answers().back(), "ok: 5000");
  harness.stop(id);
  scheduler.run();
  EXPECT_EQ(harness.answers().size(), kRequests);
  EXPECT_TRUE(harness.answers().back().ends_with("ended before it answered"));
  EXPECT_EQ(harness.cell(id)->status().failure, "");
}

}  // namespace theater::testing::deadlines_test
