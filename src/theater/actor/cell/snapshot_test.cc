// When an actor gets a snapshot, what it holds, and that no other actor can tell.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/channel_guest.h"
#include "theater/actor/testing/manual_log.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace theater::testing::snapshot_test {

using ::testing::HasSubstr;

constexpr uint64_t kSeeds = 40;

// Actors with explicit state, a log and blobs.
struct Kept {
  explicit Kept(uint64_t seed = 1) : scheduler(seed), harness(scheduler, log, blobs.get()) {}
  // No callback may be left that waits for the log.
  ~Kept() {
    log.fail();
    scheduler.run();
  }

  static ActorHarness::Options explicit_state(uint64_t snapshot_events) {
    ActorHarness::Options options;
    options.manifest.state = StateMode::kExplicit;
    options.manifest.log.snapshot_events = snapshot_events;
    return options;
  }

  ActorId add(const ScriptedComponent& component, const ActorHarness::Options& options) {
    ActorId id = harness.add(component, options);
    settle();
    return id;
  }
  // A component whose state is what the last message said.
  ScriptedComponent component() {
    ScriptedComponent component = harness.component();
    component.exports(on_message(), [](Play& play) {
      auto [text] = play.params<Bytes>();
      play.finish(text);
    });
    return component;
  }

  void say(const ActorId& id, std::string_view text) {
    EXPECT_EQ(harness.send(id, text), "");
    settle();
  }
  // Until nothing moves; everything recorded so far is on disk.
  void settle() {
    do {
      scheduler.run();
      log.commit();
    } while (scheduler.queued() > 0 || log.anybody_waits());
  }

  std::vector<log::Snapshot> snapshots(const ActorId& id) const {
    std::vector<log::Snapshot> found;
    for (const log::Event& event : harness.story(id)) {
      if (const auto* body = std::get_if<log::Snapshot>(&event.body)) found.push_back(*body);
    }
    return found;
  }

  TemporaryFolder folder;
  std::unique_ptr<BlobStore> blobs = *BlobStore::open(folder.path() / "blobs");
  ManualLog log;
  SeededScheduler scheduler;
  ActorHarness harness;
};

TEST(Snapshots, AreTakenBetweenCallsWhenEnoughWasRecorded) {
  Kept kept;
  ActorId id = kept.add(kept.component(), Kept::explicit_state(5));
  kept.say(id, "one");
  // An instance, `init`, and a call: genesis is not counted.
  EXPECT_EQ(kept.harness.outline(id), "genesis instance call returned call returned");
  kept.say(id, "two");
  kept.say(id, "three");
  EXPECT_EQ(kept.harness.outline(id),
            "genesis instance call returned call returned call returned control snapshot instance "
            "call returned");
  Story story = kept.harness.story(id);
  auto first = std::get<log::Instance>(story[1].body);
  auto again = std::get<log::Instance>(story[10].body);
  EXPECT_EQ(again.why, log::InstanceReason::kSnapshot);
  EXPECT_EQ(again.incarnation, first.incarnation);
  EXPECT_FALSE(again.init_runs);
  auto snapshot = std::get<log::Snapshot>(story[9].body);
  EXPECT_EQ(snapshot.state, again.state);
  auto state = std::get<log::SomeState>(snapshot.state).value;
  EXPECT_EQ(as_text(*kept.blobs->get(state.digest)), "two");
  EXPECT_EQ(kept.harness.cell(id)->status().restarts, 0u);
  EXPECT_EQ(kept.harness.check_chains(), std::nullopt);
}

TEST(Snapshots, StandAfterWhatIsHeld) {
  Kept kept;
  ActorId id = kept.add(kept.component(), Kept::explicit_state(1));
  for (int i = 0; i < 20; ++i)
    kept.say(id, std::to_string(i));
  Story story = kept.harness.story(id);
  ActorHoldings folded(*kept.harness.cell(id)->common()->binding);
  size_t snapshots = 0;
  for (const log::Event& event : story) {
    if (std::holds_alternative<log::Snapshot>(event.body)) {
      ++snapshots;
      const auto& before = std::get<log::Control>(story[event.seq - 1].body);
      EXPECT_EQ(before.by, log::Originator(log::ByRuntime{}));
      EXPECT_EQ(std::get<log::Held>(before.operation), folded.held());
    }
    ASSERT_TRUE(folded.accept(event.seq, event.body));
  }
  EXPECT_GT(snapshots, 3u);
  EXPECT_EQ(folded.held(), kept.harness.cell(id)->holdings().held());
}

TEST(Snapshots, AreTakenOfWhoeverDeclaresItsStateAndIsOnDisk) {
  Kept kept;
  ActorHarness::Options heap = Kept::explicit_state(1);
  heap.manifest.state = StateMode::kHeap;
  ActorHarness::Options forgetful = Kept::explicit_state(1);
  forgetful.manifest.log.durability = Durability::kMemory;
  for (const ActorHarness::Options& options : {heap, forgetful}) {
    ActorId id = kept.add(kept.component(), options);
    for (int i = 0; i < 5; ++i)
      kept.say(id, "more");
    EXPECT_TRUE(kept.snapshots(id).empty());
  }
  ActorId id = kept.add(kept.component(), Kept::explicit_state(1));
  kept.say(id, "more");
  EXPECT_FALSE(kept.snapshots(id).empty());
}

TEST(Snapshots, ComeAsOftenAsTheBytesSayAndNoOftenerThanTheStateIsLarge) {
  Kept kept;
  ActorHarness::Options options = Kept::explicit_state(1'000'000);
  options.manifest.log.snapshot_bytes = 1;
  ActorId id = kept.add(kept.component(), options);
  kept.say(id, "small");
  size_t before = kept.snapshots(id).size();
  EXPECT_GT(before, 0u);
  // What it is told is on record too, so the first snapshot comes at once.
  kept.say(id, std::string(100'000, 'x'));
  EXPECT_EQ(kept.snapshots(id).size(), before + 1);
  ScriptedComponent quiet = kept.component();
  for (int i = 0; i < 20; ++i) {
    kept.harness.request(id, "nobody answers requests here");
    kept.settle();
  }
  EXPECT_EQ(kept.snapshots(id).size(), before + 1);
}

// The instance after it begins with a fresh guest.
TEST(Snapshots, LeaveNothingInTheGuestBehind) {
  Kept kept;
  auto made = std::make_shared<int>(0);
  ScriptedComponent component = kept.component();
  component.starts_with([made](Play& play) {
    ++*made;
    play.finish({});
  });
  ActorId id = kept.add(component, Kept::explicit_state(1));
  for (int i = 0; i < 3; ++i)
    kept.say(id, "again");
  EXPECT_EQ(kept.snapshots(id).size(), 4u);
  EXPECT_EQ(*made, 5);
  EXPECT_EQ(kept.harness.check_chains(), std::nullopt);
}

TEST(Snapshots, WaitUntilTheActorOwesNothing) {
  Kept kept;
  ScriptedComponent component = kept.harness.component();
  component.exports(on_request(), [](Play& play) {
    play.finish(play.state(), std::optional<Bytes>());  // Answered later.
  });
  component.exports(on_message(), [](Play& play) {
    auto [text] = play.params<Bytes>();
    auto open = play.call<std::vector<std::string>>(kDesk, "outstanding");
    if (as_text(text) == "answer") (void)play.call<Done>(kDesk, "respond", open.at(0), text);
    play.finish(play.state());
  });
  ActorId id = kept.add(component, Kept::explicit_state(1));
  size_t before = kept.snapshots(id).size();
  kept.harness.request(id, "later");
  kept.settle();
  kept.say(id, "look");
  kept.say(id, "look");
  EXPECT_EQ(kept.snapshots(id).size(), before);
  kept.say(id, "answer");
  EXPECT_EQ(kept.snapshots(id).size(), before + 1);
  EXPECT_EQ(kept.harness.check_chains(), std::nullopt);
}

TEST(Snapshots, AreNotTakenWhileAChannelIsOpen) {
  Kept kept;
  ActorId one = kept.harness.next_id();
  ActorId two = kept.harness.next_id();
  for (const ActorId& id : {one, two}) {
    ActorHarness::Options options = Kept::explicit_state(1);
    options.id = id;
    kept.add(channel_guest(kept.harness, {one, two}), options);
  }
  size_t before = kept.snapshots(two).size();
  kept.say(one, "by");
  kept.say(one, "0x");
  EXPECT_EQ(kept.snapshots(two).size(), before);
  kept.say(one, "h0");
  EXPECT_GT(kept.snapshots(two).size(), before);
  EXPECT_EQ(kept.harness.check_channels(), std::nullopt);
}

// A place that was taken is of a message that may be on record already.
TEST(Snapshots, WaitForWhatIsOnItsWay) {
  Kept kept;
  ActorId id = kept.add(kept.component(), Kept::explicit_state(1));
  size_t before = kept.snapshots(id).size();
  auto cell = kept.harness.cell(id);
  ASSERT_TRUE(cell->reserve(on_message(), 100));
  kept.say(id, "one");
  EXPECT_EQ(kept.snapshots(id).size(), before);
  Message message;
  message.function = &on_message();
  message.params = Bytes(100);
  cell->abandon(message);
  kept.say(id, "two");
  EXPECT_GT(kept.snapshots(id).size(), before);
}

// Of messages between durable actors, under any order of turns and commits: a snapshot lists those
// that were sent before its position and are in no call before it, and maybe more, but none that is
// in a call already.
TEST(Snapshots, ListWhatTheirPositionLeavesOut) {
  size_t listed = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Kept kept(seed);
    SeededRandom dice(seed);
    ActorId receiver = kept.harness.next_id();
    ActorHarness::Options options = Kept::explicit_state(1 + dice.below(8));
    options.id = receiver;
    kept.add(kept.component(), options);
    std::vector<ActorId> senders;
    for (int i = 0; i < 3; ++i) {
      ScriptedComponent component = kept.harness.component();
      component.exports(on_message(), [receiver](Play& play) {
        for (int times = 0; times < 4; ++times) {
          (void)play.call<Done>(kDesk, "send", receiver.to_string(), Bytes{'m'});
        }
        play.finish(play.state());
      });
      senders.push_back(kept.add(component, {}));
    }
    for (int i = 0; i < 30; ++i) {
      EXPECT_EQ(kept.harness.send(senders[dice.below(3)], "go"), "");
      kept.scheduler.run(dice.below(8));
      kept.log.commit(dice.below(6));
    }
    kept.settle();
    // Every message that was sent, by when it was and when it was taken.
    std::vector<Hash> all;
    for (const ActorId& sender : senders) {
      const log::Chain& chain = kept.harness.cell(sender)->chain();
      for (const log::Event& event : kept.harness.story(sender)) {
        if (std::holds_alternative<log::Sent>(event.body)) all.push_back(chain.hash(event.seq));
      }
    }
    std::map<Hash, uint64_t> taken;
    Story story = kept.harness.story(receiver);
    for (const log::Event& event : story) {
      const auto* call = std::get_if<log::Call>(&event.body);
      const auto* from = call == nullptr ? nullptr : std::get_if<log::Sender>(&call->from);
      if (from != nullptr) taken.emplace(from->sent, event.seq);
    }
    for (const log::Event& event : story) {
      const auto* snapshot = std::get_if<log::Snapshot>(&event.body);
      if (snapshot == nullptr) continue;
      listed += snapshot->undelivered.size();
      for (const Hash& hash : all) {
        bool is_listed =
            std::count(snapshot->undelivered.begin(), snapshot->undelivered.end(), hash) > 0;
        bool was_taken = taken.contains(hash) && taken.at(hash) < event.seq;
        EXPECT_FALSE(is_listed && was_taken);
        bool is_before = kept.log.index_of(hash) < snapshot->position;
        EXPECT_TRUE(is_listed || was_taken || !is_before);
      }
    }
    EXPECT_EQ(kept.harness.check_chains(), std::nullopt);
  }
  // The property is about something.
  EXPECT_GT(listed, kSeeds);
}

TEST(Snapshots, AnInstanceThatCannotBeMadeAgainIsAFailureLikeOthers) {
  Kept kept;
  auto made = std::make_shared<int>(0);
  ScriptedComponent component = kept.component();
  component.starts_with([made](Play& play) {
    if (++*made == 2) return play.trap(engine::TrapCode::kUnreachable);
    play.finish({});
  });
  ActorId id = kept.add(component, Kept::explicit_state(5));
  kept.say(id, "one");
  kept.say(id, "two");
  EXPECT_THAT(kept.harness.outline(id), HasSubstr("snapshot instance failed terminated"));
  EXPECT_EQ(kept.harness.check_chains(), std::nullopt);
}

// A stop, a kill and a pause that come while the fresh instance is made.
TEST(Snapshots, KeepNobodyFromEndingTheActor) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Kept kept(seed);
    SeededRandom dice(seed);
    ScriptedComponent component = kept.component();
    component.starts_with([](Play& play) { play.yield([](Play& then) { then.finish({}); }); });
    ActorId id = kept.add(component, Kept::explicit_state(1));
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(kept.harness.send(id, "more"), "");
    kept.scheduler.run(dice.below(30));
    bool is_kill = dice.below(2) == 0;
    is_kill ? kept.harness.kill(id) : kept.harness.stop(id);
    kept.settle();
    EXPECT_TRUE(kept.harness.cell(id) == nullptr || kept.harness.cell(id)->status().ended);
    EXPECT_THAT(kept.harness.outline(id), HasSubstr(" terminated"));
    EXPECT_EQ(kept.harness.check_chains(), std::nullopt);
  }
}

}  // namespace theater::testing::snapshot_test
