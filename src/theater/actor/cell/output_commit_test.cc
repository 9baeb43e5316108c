// What an actor lets out before its events are on disk: under any order of turns and commits,
// nothing that a crash could take back.
#include "theater/actor/cell/output_commit.h"

#include "theater/actor/scheduling/commit_after_turn.h"
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/actor/testing/channel_guest.h"
#include "theater/actor/testing/manual_log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace theater::testing::output_commit_test {

constexpr uint64_t kSeeds = 40;
using MaybeBytes = std::optional<Bytes>;

ActorHarness::Options durable_as(Durability durability) {
  ActorHarness::Options options;
  options.manifest.log.durability = durability;
  return options;
}

// A harness with a log, for actors that play a script when they get a message.
struct Recorded {
  explicit Recorded(uint64_t seed) : scheduler(seed), harness(scheduler, log) {}
  // No callback may be left that waits for the log.
  ~Recorded() {
    log.fail();
    scheduler.run();
  }

  ActorId add(Durability durability, Script on_message_script, Script on_request_script = {}) {
    ScriptedComponent component = harness.component();
    component.exports(on_message(), std::move(on_message_script));
    if (on_request_script) component.exports(on_request(), std::move(on_request_script));
    ActorId id = harness.add(component, durable_as(durability));
    settle();
    return id;
  }
  // Until nothing moves; everything recorded so far is on disk.
  void settle() {
    do {
      scheduler.run();
      log.commit();
    } while (scheduler.queued() > 0 || log.anybody_waits());
  }
  // How many messages the actor has begun to work on, `init` not among them.
  size_t calls(const ActorId& id) const {
    size_t count = 0;
    for (const log::Event& event : harness.story(id))
      count += std::holds_alternative<log::Call>(event.body);
    return count - 1;
  }

  ManualLog log;
  SeededScheduler scheduler;
  ActorHarness harness;
};

Script stamps() {
  return [](Play& play) {
    play.call_waiting<Answered>(
        kDesk, "stamp",
        [](Play& then, const Answered& told) {
          then.finish(to_bytes(told ? "stamped" : told.error()));
        },
        std::string("x"));
  };
}

Script fetches() {
  return [](Play& play) {
    play.call_waiting<Answered>(
        kDesk, "fetch", [](Play& then, const Answered&) { then.finish(then.state()); },
        std::string("x"));
  };
}

Script sends_to(const ActorId& to, std::vector<std::string> texts) {
  return [to, texts](Play& play) {
    for (const std::string& text : texts)
      EXPECT_TRUE(play.call<Done>(kDesk, "send", to.to_string(), to_bytes(text)));
    play.finish(play.state());
  };
}

template <class Test>
void for_each_seed(const Test& test) {
  for (uint64_t seed = 1; seed <= kSeeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Recorded run(seed);
    test(run);
  }
}

TEST(OutputCommit, AnEffectOfASyncActorBeginsWhenItsIntentIsOnDisk) {
  for_each_seed([](Recorded& run) {
    ActorId stamper = run.add(Durability::kSync, stamps());
    ActorId fetcher = run.add(Durability::kSync, fetches());
    run.harness.send(stamper, "x");
    run.harness.send(fetcher, "x");
    run.scheduler.run();
    EXPECT_EQ(run.log.pending(), 4u) << "two calls and two intents";
    run.log.commit(1);
    run.scheduler.run();
    EXPECT_EQ(run.harness.desk().stamps() + run.harness.desk().fetches(), 0u);
    run.settle();
    EXPECT_EQ(run.harness.desk().stamps(), 1u);
    EXPECT_EQ(run.harness.desk().fetches(), 1u);
    EXPECT_EQ(run.harness.state(stamper), to_bytes("stamped"));
    for (auto& fetch : run.harness.desk().take_fetches())
      std::move(fetch).answer(Bytes());
    run.settle();
    for (const ActorId& id : {stamper, fetcher})
      EXPECT_EQ(run.harness.outline(id),
                "genesis instance call returned call intent outcome returned");
    EXPECT_EQ(run.harness.check_chains(), std::nullopt);
  });
}

TEST(OutputCommit, EffectsOfOthersBeginAtOnce) {
  for_each_seed([](Recorded& run) {
    for (Durability durability : {Durability::kAsync, Durability::kMemory}) {
      size_t before = run.harness.desk().stamps();
      ActorId id = run.add(durability, stamps());
      run.harness.send(id, "x");
      run.scheduler.run();
      EXPECT_EQ(run.harness.desk().stamps(), before + 1);
      EXPECT_EQ(run.harness.state(id), to_bytes("stamped"));
    }
    EXPECT_EQ(run.harness.check_chains(), std::nullopt);
    run.settle();
  });
}

TEST(OutputCommit, AnEffectThatHasNotBegunIsCancelledWithItsActor) {
  for_each_seed([](Recorded& run) {
    ActorId id = run.add(Durability::kSync, stamps());
    run.harness.send(id, "x");
    run.scheduler.run();
    run.harness.kill(id);
    run.scheduler.run();
    run.settle();
    EXPECT_EQ(run.harness.desk().stamps(), 0u);
    EXPECT_EQ(run.harness.outline(id),
              "genesis instance call returned call intent control outcome failed terminated");
    auto outcome = std::get<log::Outcome>(run.harness.story(id).at(7).body);
    EXPECT_TRUE(std::holds_alternative<log::OutcomeCancelled>(outcome.result));
  });
}

TEST(OutputCommit, AnEffectNeverBeginsIfTheLogFails) {
  for_each_seed([](Recorded& run) {
    ActorId id = run.add(Durability::kSync, stamps());
    run.harness.send(id, "x");
    run.scheduler.run();
    run.log.fail();
    run.scheduler.run();
    EXPECT_EQ(run.harness.desk().stamps(), 0u);
    EXPECT_EQ(run.harness.outline(id), "genesis instance call returned call intent outcome")
        << "and the guest does not continue";
    auto outcome = std::get<log::Outcome>(run.harness.story(id).at(6).body);
    EXPECT_TRUE(std::holds_alternative<log::OutcomeCancelled>(outcome.result));
    run.harness.kill(id);
    run.scheduler.run();
    EXPECT_TRUE(run.harness.cell(id)->status().ended);
  });
}

Script says(std::vector<std::string> texts) {
  return [texts](Play& play) {
    for (const std::string& text : texts)
      play.call<void>(kDesk, "say", text);
    play.finish(play.state());
  };
}

TEST(OutputCommit, ALineIsShownWhenItsCallIsOnDisk) {
  for_each_seed([](Recorded& run) {
    for (Durability durability : {Durability::kSync, Durability::kAsync}) {
      size_t before = run.harness.lines().size();
      ActorId id = run.add(durability, says({"one", "two"}));
      run.harness.send(id, "x");
      run.scheduler.run();
      EXPECT_EQ(run.log.pending(), 4u) << "a call, two notes, and its end";
      run.log.commit(1);
      EXPECT_EQ(run.harness.lines().size(), before) << "its call is on disk, and not its note";
      run.log.commit(1);
      EXPECT_EQ(run.harness.lines().size(), before + 1);
      run.settle();
      ASSERT_EQ(run.harness.lines().size(), before + 2);
      EXPECT_TRUE(run.harness.lines()[before].ends_with(": one"));
      EXPECT_TRUE(run.harness.lines()[before + 1].ends_with(": two"));
    }
  });
}

TEST(OutputCommit, ALineOfAMemoryActorIsShownAtOnce) {
  for_each_seed([](Recorded& run) {
    ActorId id = run.add(Durability::kMemory, says({"one"}));
    run.harness.send(id, "x");
    run.scheduler.run();
    EXPECT_EQ(run.harness.lines().size(), 1u);
  });
}

TEST(OutputCommit, NoLineIsShownAfterAFailure) {
  for_each_seed([](Recorded& run) {
    ActorId recorded = run.add(Durability::kAsync, says({"of a record"}));
    ActorId other = run.add(Durability::kMemory, says({"of no record"}));
    run.harness.send(recorded, "x");
    run.scheduler.run();
    run.log.fail();
    run.harness.send(other, "x");
    run.scheduler.run();
    EXPECT_EQ(run.harness.lines().size(), 0u);
  });
}

TEST(OutputCommit, AMemoryActorGetsMessagesWhenTheyAreOnDiskAndInOrder) {
  for_each_seed([](Recorded& run) {
    for (Durability durability : {Durability::kAsync, Durability::kSync}) {
      auto heard = std::make_shared<std::string>();
      ActorId listener = run.add(Durability::kMemory, [heard](Play& play) {
        *heard += as_text(std::get<0>(play.params<Bytes>()));
        play.finish(play.state());
      });
      ActorId sender = run.add(durability, sends_to(listener, {"1", "2", "3"}));
      run.harness.send(sender, "x");
      run.scheduler.run();
      // It has not waited.
      EXPECT_TRUE(run.harness.outline(sender).ends_with("sent sent sent returned"));
      EXPECT_EQ(*heard, "");
      EXPECT_EQ(run.harness.cell(listener)->status().mailbox_waiting, 3u);
      // The `call`, one `sent`, a second; the third.
      for (const char* expected : {"", "1", "12", "123"}) {
        run.log.commit(1);
        run.scheduler.run();
        EXPECT_EQ(*heard, expected);
      }
    }
    EXPECT_EQ(run.harness.check_chains(), std::nullopt);
    run.settle();
  });
}

TEST(OutputCommit, BetweenDurableActorsNothingWaits) {
  for_each_seed([](Recorded& run) {
    ActorId listener = run.add(Durability::kSync, keep);
    ActorId sender = run.add(Durability::kAsync, sends_to(listener, {"1"}));
    ActorId talker = run.add(Durability::kMemory, sends_to(listener, {"2"}));
    run.harness.send(sender, "x");
    run.harness.send(talker, "x");
    run.scheduler.run();
    EXPECT_EQ(run.calls(listener), 2u);
    run.settle();
  });
}

Script requests_of(const ActorId& to) {
  return [to](Play& play) {
    play.call_waiting<Answered>(
        kDesk, "request",
        [](Play& then, const Answered& told) {
          then.finish(told ? *told : to_bytes(told.error()));
        },
        to.to_string(), to_bytes("?"));
  };
}

TEST(OutputCommit, AMemoryActorGetsAnswersWhenTheyAreOnDisk) {
  for_each_seed([](Recorded& run) {
    // One answers by returning, one by its id, one by ending; one is told of it in between.
    std::vector<Script> ways = {
        [](Play& play) { play.finish(play.state(), MaybeBytes(to_bytes("returned"))); },
        [](Play& play) {
          auto [id, bytes] = play.params<std::string, Bytes>();
          EXPECT_TRUE(play.call<Done>(kDesk, "respond", id, to_bytes("sent")));
          play.finish(play.state(), MaybeBytes());
        },
        [](Play& play) { play.trap(engine::TrapCode::kUnreachable); }};
    for (const Script& way : ways) {
      ActorId answerer = run.add(Durability::kSync, keep, way);
      ActorId asker = run.add(Durability::kMemory, requests_of(answerer));
      run.harness.send(asker, "x");
      run.scheduler.run();
      EXPECT_GT(run.calls(answerer), 0u);
      EXPECT_TRUE(run.harness.outline(asker).ends_with("call sent"));
      run.settle();
      EXPECT_TRUE(run.harness.outline(asker).ends_with("sent answered returned"));
    }
    EXPECT_EQ(run.harness.check_chains(), std::nullopt);
  });
}

// The asker waits for the disk, not for who has answered.
TEST(OutputCommit, WhoHasAnsweredAMemoryActorMayAskIt) {
  for_each_seed([](Recorded& run) {
    ActorId a = run.harness.next_id();
    ActorId b = run.harness.next_id();
    ScriptedComponent asker = run.harness.component();
    asker.exports(on_message(), requests_of(b));
    asker.exports(on_request(),
                  [](Play& play) { play.finish(play.state(), MaybeBytes(to_bytes("and you"))); });
    ScriptedComponent answerer = run.harness.component();
    answerer.exports(on_request(), [a](Play& play) {
      auto [id, bytes] = play.params<std::string, Bytes>();
      EXPECT_TRUE(play.call<Done>(kDesk, "respond", id, to_bytes("well")));
      play.call_waiting<Answered>(
          kDesk, "request",
          [](Play& then, const Answered& told) {
            then.finish(told ? *told : to_bytes(told.error()), MaybeBytes());
          },
          a.to_string(), to_bytes("?"));
    });
    ActorHarness::Options options = durable_as(Durability::kMemory);
    options.id = a;
    run.harness.add(asker, std::move(options));
    options = durable_as(Durability::kSync);
    options.id = b;
    run.harness.add(answerer, std::move(options));
    run.settle();
    run.harness.send(a, "x");
    run.settle();
    EXPECT_EQ(run.harness.state(a), to_bytes("well"));
    EXPECT_EQ(run.harness.state(b), to_bytes("and you"));
    EXPECT_EQ(run.harness.check_chains(), std::nullopt);
  });
}

TEST(OutputCommit, NothingIsHandedOverAfterAFailureAndNobodyHangs) {
  for_each_seed([](Recorded& run) {
    ActorId listener = run.add(Durability::kMemory, keep,
                               [](Play& play) { play.finish(play.state(), MaybeBytes()); });
    ActorId sender = run.add(Durability::kSync, sends_to(listener, {"1", "2"}));
    ActorId requester = run.add(Durability::kAsync, requests_of(listener));
    ActorId answerer = run.add(Durability::kSync, keep, [](Play& play) {
      auto [id, bytes] = play.params<std::string, Bytes>();
      EXPECT_TRUE(play.call<Done>(kDesk, "respond", id, to_bytes("secret")));
      play.finish(play.state(), MaybeBytes());
    });
    ActorId asker = run.add(Durability::kMemory, requests_of(answerer));
    for (const ActorId& id : {sender, requester, asker})
      run.harness.send(id, "x");
    run.scheduler.run();
    EXPECT_EQ(run.harness.cell(listener)->status().mailbox_waiting, 3u);
    run.log.fail();
    run.scheduler.run();
    EXPECT_EQ(run.calls(listener), 0u);
    EXPECT_EQ(run.harness.cell(listener)->status().mailbox_waiting, 0u);
    EXPECT_EQ(run.harness.state(asker),
              to_bytes("the answer is lost: the node cannot write its log: the disk is gone"));
    for (const ActorId& id : {listener, sender, requester, answerer, asker})
      run.harness.kill(id);
    run.scheduler.run();
    for (const ActorId& id : {listener, sender, requester, answerer, asker})
      EXPECT_TRUE(run.harness.cell(id)->status().ended);
  });
}

TEST(OutputCommit, AChannelThatIsOpenedInVainLeavesNoPlaceTaken) {
  for_each_seed([](Recorded& run) {
    std::vector<ActorId> ids{run.harness.next_id(), run.harness.next_id()};
    for (size_t i = 0; i < 2; ++i) {
      ActorHarness::Options options = durable_as(i == 0 ? Durability::kSync : Durability::kMemory);
      options.id = ids[i];
      run.harness.add(channel_guest(run.harness, ids), std::move(options));
    }
    run.settle();
    run.harness.send(ids[0], "by");
    run.scheduler.run();
    EXPECT_EQ(run.harness.cell(ids[1])->channels().places(), 1u);
    run.log.fail();
    run.scheduler.run();
    EXPECT_EQ(run.harness.cell(ids[1])->channels().places(), 0u);
    EXPECT_EQ(run.harness.cell(ids[0])->channels().places(), 0u);
  });
}

// The event by which an actor of durability `memory` has learnt of another.
std::optional<Hash> heard_of(const log::Event& event) {
  if (const auto* call = std::get_if<log::Call>(&event.body)) {
    const auto* sender = std::get_if<log::Sender>(&call->from);
    if (sender != nullptr) return sender->sent;
  }
  if (const auto* answered = std::get_if<log::Answered>(&event.body)) return answered->by;
  return std::nullopt;
}

// Actors of every durability chat, while the committer or workers commit at any time. The order on
// every channel stays (ActorHarness::check_chains), no actor hangs, and no `memory` actor knows of
// an event that is not on disk.
TEST(OutputCommitProperty, HoldsForAnyChatter) {
  size_t heard = 0;
  size_t held = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    ManualLog log;
    CommitAfterTurn turns(log);
    SeededScheduler scheduler(seed);
    if (seed % 4 == 0) scheduler.set_turn_observer(turns);
    ActorHarness harness(scheduler, log);
    std::vector<ActorId> ids;
    for (int i = 0; i < 4; ++i)
      ids.push_back(harness.next_id());
    for (size_t i = 0; i < ids.size(); ++i) {
      ActorHarness::Options options = durable_as(std::array{
          Durability::kMemory, Durability::kSync, Durability::kAsync, Durability::kMemory}[i]);
      options.id = ids[i];
      options.mailbox.messages = 6;
      harness.add(channel_guest(harness, ids), std::move(options));
    }
    std::vector<size_t> looked(ids.size());
    auto look = [&](size_t i) {
      const log::Chain& chain = harness.cell(ids[i])->chain();
      for (; looked[i] < chain.size(); ++looked[i]) {
        auto hash = heard_of(*log::decode_event(chain.event(looked[i])));
        if (!hash) continue;
        ++heard;
        ASSERT_FALSE(log.is_pending(*hash)) << "event " << looked[i] << " of actor " << i;
      }
    };
    for (int i = 0; i < 400; ++i) {
      if (random.below(6) == 0) harness.send(ids[random.below(4)], random_chat(random));
      if (random.below(5) == 0) log.commit(random.below(8));
      if (random.below(300) == 0) harness.kill(ids[random.below(4)]);
      if (random.below(300) == 0) harness.stop(ids[random.below(4)]);
      held += log.anybody_waits();
      scheduler.run(random.below(4));
      look(0);
      look(3);
      if (HasFatalFailure()) return;
    }
    do {
      scheduler.run();
      log.commit();
    } while (scheduler.queued() > 0 || log.anybody_waits());
    ASSERT_EQ(harness.check_chains(), std::nullopt);
    ASSERT_EQ(harness.check_channels(), std::nullopt);
    for (const ActorId& id : ids) {
      ActorStatus status = harness.cell(id)->status();
      ASSERT_TRUE(status.ended || status.phase == Phase::kIdle);
    }
  }
  // The property is about something.
  EXPECT_GT(heard, 2'000u);
  EXPECT_GT(held, 2'000u);
}

// The same on threads, with one that commits, and workers that do when they are idle.
TEST(OutputCommitProperty, HoldsOnThreads) {
  ManualLog log;
  CommitAfterTurn turns(log);
  WorkerPool pool(3);
  pool.set_turn_observer(turns);
  ActorHarness harness(pool, log);
  std::vector<ActorId> ids;
  for (int i = 0; i < 6; ++i)
    ids.push_back(harness.next_id());
  for (size_t i = 0; i < ids.size(); ++i) {
    std::vector<ActorId> peers{ids[(i + 1) % 6], ids[(i + 2) % 6], ids[(i + 3) % 6], ids[i / 2]};
    ActorHarness::Options options =
        durable_as(std::array{Durability::kMemory, Durability::kSync, Durability::kAsync}[i % 3]);
    options.id = ids[i];
    harness.add(channel_guest(harness, peers), std::move(options));
  }
  std::atomic<bool> over{false};
  std::thread committer([&] {
    while (!over.load()) {
      log.commit();
      std::this_thread::yield();
    }
  });
  chat_on_threads(harness, ids, 2);
  over.store(true);
  committer.join();
  log.commit();
  pool.stop();
  EXPECT_EQ(harness.check_chains(), std::nullopt);
  EXPECT_EQ(harness.check_channels(), std::nullopt);
}

}  // namespace theater::testing::output_commit_test
