#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/log/event/chain_functions.h"
#include "theater/replay/testing/random_guest.h"
#include "theater/replay/testing/recording.h"

#include <gtest/gtest.h>

namespace theater::replay::testing::replay_test {

using theater::testing::kDesk;
using theater::testing::on_message;
using theater::testing::Play;
using theater::testing::spin;

struct ReplayTest : ::testing::Test {
  ActorId add(const ScriptedComponent& component, ActorHarness::Options options = {}) {
    components.add(component);
    if (options.state) components.keep(*options.state);
    ActorId id = harness.add(component, std::move(options));
    scheduler.run(kTurns);
    return id;
  }
  ActorId add_busy(const BusyOptions& options = {}) {
    return add(random_component(harness, options));
  }

  void tell(const ActorId& id, std::string_view letters) {
    EXPECT_EQ(harness.send(id, letters), "");
    scheduler.run(kTurns);
  }
  void kill(const ActorId& id) {
    harness.kill(id);
    scheduler.run(kTurns);
  }

  Report replayed(const ActorId& id, const Options& options = {}) {
    return replay_story(harness.story(id), components, options);
  }
  void expect_identical(const ActorId& id) {
    EXPECT_EQ(harness.check_chains(), std::nullopt);
    Report report = replayed(id);
    EXPECT_EQ(report.outcome, Outcome::kIdentical);
    EXPECT_EQ(report.head, harness.cell(id)->chain().head());
    EXPECT_EQ(report.state, harness.state(id));
    EXPECT_TRUE(report.complete);
  }

  // Guests that spin never finish by themselves.
  static constexpr size_t kTurns = 2000;
  SeededScheduler scheduler{1};
  ActorHarness harness{scheduler};
  ScriptedComponents components;
};

TEST_F(ReplayTest, TellsWhoseRecordItIs) {
  ActorId id = add_busy();
  tell(id, "n");
  Report report = replayed(id);
  EXPECT_EQ(report.actor, id);
  EXPECT_EQ(report.name, harness.cell(id)->name());
  EXPECT_EQ(report.events, harness.cell(id)->chain().size());
  EXPECT_EQ(report.calls, 2u);
  EXPECT_FALSE(report.ended);
  EXPECT_TRUE(report.notes.empty());
  kill(id);
  EXPECT_TRUE(replayed(id).ended);
}

TEST_F(ReplayTest, AnswersEveryKindOfCallFromTheRecord) {
  ActorId peer = add_busy();
  ActorId id = add_busy({.peers = {peer}});
  tell(id, "smentxyodrc");
  tell(id, "fn");
  for (auto& reply : harness.desk().take_fetches())
    std::move(reply).answer(to_bytes("fetched"));
  scheduler.run();
  tell(id, "q");
  tell(id, "E");
  EXPECT_EQ(harness.outline(id),
            "genesis instance call returned "
            "call note note refused host intent outcome refused refused host sent sent answered "
            "note returned "
            "call intent outcome host returned call returned call returned");
  expect_identical(id);
  expect_identical(peer);
}

TEST_F(ReplayTest, ShowsTheGuestItsChainWithinItsLimit) {
  ActorHarness::Options options;
  options.limits.payload_bytes = 2000;
  ActorId id = add(random_component(harness), options);
  for (int i = 0; i < 10; ++i)
    tell(id, "scn");
  expect_identical(id);
}

TEST_F(ReplayTest, ShowsTheGuestNoMoreOfALongChainThanIsKept) {
  // More than the bound of a chain in memory, so that the record is kept from its beginning here.
  auto component = harness.component();
  component.exports(on_message(), [](Play& play) {
    play.call<Bytes>(kDesk, "fill", uint32_t{100'000});
    auto chain = play.call<log::ShortChain>(theater::testing::kRuntime, "get-chain");
    Bytes state = wit::encode(chain);
    play.finish(to_bytes(sha256(state).to_string()));
  });
  ActorId id = add(component);
  Story story = harness.story(id);
  for (int i = 0; i < 30; ++i) {
    tell(id, "");
    for (log::Event& event : harness.story(id)) {
      if (event.seq == story.size()) story.push_back(std::move(event));
    }
  }
  ASSERT_GT(harness.cell(id)->chain().dropped(), 0u);
  ASSERT_EQ(story.size(), harness.cell(id)->chain().size());
  Report report = replay_story(story, components);
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_EQ(report.head, harness.cell(id)->chain().head());
}

TEST_F(ReplayTest, TakesFromTheRecordWhatAnActorSawOfAShorterChain) {
  auto component = harness.component();
  component.exports(on_message(), [](Play& play) {
    auto chain = play.call<log::ShortChain>(theater::testing::kRuntime, "get-chain");
    play.finish(to_bytes(std::to_string(chain.events.size())));
  });
  components.add(component);
  ActorHarness::Options options;
  options.manifest.limits.chain_bytes = 8192;
  // An answer about its chain has room in the chain, next to the answers before.
  options.limits.payload_bytes = 2048;
  ActorId id = harness.add(component, options);
  scheduler.run();
  Story story = harness.story(id);
  for (int i = 0; i < 20; ++i) {
    tell(id, "");
    for (log::Event& event : harness.story(id)) {
      if (event.seq == story.size()) story.push_back(std::move(event));
    }
  }
  const log::Chain& chain = harness.cell(id)->chain();
  ASSERT_GT(chain.dropped(), 0u);
  EXPECT_LE(chain.kept_bytes(), 8192u);
  ASSERT_EQ(story.size(), chain.size());
  EXPECT_EQ(positions(story, "note").size(), 0u);
  EXPECT_EQ(positions(story, "host").size(), 20u);
  Report report = replay_story(story, components);
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_EQ(report.head, chain.head());
}

TEST_F(ReplayTest, NeverReachesAHandler) {
  ActorId id = add_busy();
  tell(id, "tt");
  EXPECT_EQ(harness.desk().stamps(), 2u);
  expect_identical(id);
  EXPECT_EQ(harness.desk().stamps(), 2u);
  EXPECT_TRUE(harness.desk().take_fetches().empty());
}

TEST_F(ReplayTest, FollowsRequestsAndTheirLateAnswers) {
  ActorId id = add_busy();
  harness.request(id, "N");
  harness.request(id, "N");
  scheduler.run();
  tell(id, "op");
  tell(id, "k");
  tell(id, "k");  // There is none any more: a `sent` that failed.
  EXPECT_EQ(harness.answers().size(), 2u);
  expect_identical(id);
}

TEST_F(ReplayTest, FollowsAnInitThatFails) {
  ActorId id = add(harness.component([](Play& play) { play.fail("no luck"); }));
  EXPECT_EQ(harness.outline(id), "genesis instance call returned terminated");
  expect_identical(id);
}

TEST_F(ReplayTest, FollowsInstancesThatCallWhileTheyAreMade) {
  auto component = harness.component();
  component.starts_with([](Play& play) {
    play.call<void>(kDesk, "say", std::string("here"));
    play.finish(std::nullopt);
  });
  ActorId id = add(component);
  EXPECT_EQ(harness.outline(id), "genesis instance note call returned");
  expect_identical(id);
}

TEST_F(ReplayTest, FollowsAnInstanceThatTraps) {
  auto component = harness.component();
  component.starts_with([](Play& play) { play.trap(engine::TrapCode::kBadIndirectCall); });
  ActorId id = add(component);
  EXPECT_EQ(harness.outline(id), "genesis instance failed terminated");
  expect_identical(id);
}

TEST_F(ReplayTest, FollowsTrapsAndRefusalsThatTrap) {
  for (const char* letters : {"sT", "sW"}) {
    ActorId id = add_busy();
    tell(id, letters);
    Report report = replayed(id);
    EXPECT_TRUE(report.ended);
    expect_identical(id);
  }
}

TEST_F(ReplayTest, FollowsAnActorThatEndsItself) {
  ActorId id = add_busy();
  tell(id, "sl");
  EXPECT_NE(harness.outline(id).find("terminated"), std::string::npos);
  expect_identical(id);
}

TEST_F(ReplayTest, DoesNotRunAGuestThatWasKilledWhereItWaited) {
  ActorId id = add_busy();
  tell(id, "sf");
  kill(id);
  EXPECT_EQ(harness.outline(id),
            "genesis instance call returned call note intent control outcome failed terminated");
  expect_identical(id);
  ActorId peer = add_busy();
  tell(peer, "f");
  ActorId asking = add_busy({.peers = {peer}});
  tell(asking, "sr");
  kill(asking);
  EXPECT_EQ(harness.outline(asking),
            "genesis instance call returned call note sent control answered failed terminated");
  kill(peer);
  expect_identical(asking);
}

// Counts how often its on-message is begun.
ScriptedComponent counted(const ActorHarness& harness, std::shared_ptr<int> count,
                          theater::testing::Script then) {
  auto component = harness.component();
  component.exports(on_message(), [count, then](Play& play) {
    ++*count;
    then(play);
  });
  return component;
}

TEST_F(ReplayTest, DoesNotEnterACallThatWasKilledBeforeItDidAnything) {
  auto count = std::make_shared<int>(0);
  ActorId id = add(counted(harness, count, spin));
  tell(id, "");
  kill(id);
  EXPECT_EQ(*count, 1);
  EXPECT_EQ(harness.outline(id), "genesis instance call returned call control failed terminated");
  expect_identical(id);
  EXPECT_EQ(*count, 1);
}

TEST_F(ReplayTest, DoesNotRunAGuestPastItsLastCallBeforeItWasKilled) {
  auto count = std::make_shared<int>(0);
  ActorId id = add(counted(harness, std::make_shared<int>(0), [count](Play& play) {
    play.call<void>(kDesk, "say", std::string("now I spin"));
    play.yield([count](Play& then) {
      ++*count;
      spin(then);
    });
  }));
  tell(id, "");
  kill(id);
  EXPECT_EQ(*count, 1);
  expect_identical(id);
  EXPECT_EQ(*count, 1);
}

TEST_F(ReplayTest, FollowsALimitWithoutReachingIt) {
  ActorHarness::Options options;
  options.limits.payload_bytes = 100;
  auto count = std::make_shared<int>(0);
  auto component = counted(harness, count, [](Play& play) { play.finish(Bytes(51)); });
  ActorId id = add(component, options);
  tell(id, "");
  EXPECT_EQ(harness.outline(id), "genesis instance call returned call failed terminated");
  expect_identical(id);
  EXPECT_EQ(*count, 1);
}

TEST_F(ReplayTest, FollowsACallThatTookTooLong) {
  ActorHarness::Options options;
  options.manifest.limits.call_wall_ms = 100;
  ActorId id = add(random_component(harness), options);
  tell(id, "sf");
  EXPECT_EQ(harness.outline(id),
            "genesis instance call returned call note intent control outcome failed terminated");
  expect_identical(id);
}

TEST_F(ReplayTest, DoesNotNeedWhatTheGuestNeverGot) {
  // The outcome came, and the guest was killed before it was run on: its bytes may be removed.
  ActorId id = add_busy();
  tell(id, "f");
  for (auto& reply : harness.desk().take_fetches())
    std::move(reply).answer(to_bytes("fetched"));
  harness.kill(id);
  scheduler.run();
  Story story = harness.story(id);
  EXPECT_EQ(harness.outline(id),
            "genesis instance call returned call intent control outcome failed terminated");
  DetachedStory with = detached(story);
  size_t outcome = positions(story, "outcome").front();
  for (auto& body : with.bodies[outcome])
    body.reset();
  StorySource source(with.story, with.bodies);
  Result<Report> report = replay(source, components);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->outcome, Outcome::kIdentical);
  EXPECT_EQ(report->head, source.head());
}

TEST_F(ReplayTest, StopsWhereItIsAskedTo) {
  ActorId id = add_busy();
  tell(id, "nn");
  tell(id, "n");
  // The events are genesis, instance, call, returned, call, host, host, returned, call, …
  Report report = replayed(id, {.until = 5});
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_EQ(report.events, 6u);
  EXPECT_EQ(report.head, harness.cell(id)->chain().hash(5));
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.state, std::nullopt);
  ASSERT_EQ(report.notes.size(), 2u);
  EXPECT_EQ(report.notes[0], "it stopped before the end of the record, as asked");
  EXPECT_EQ(report.notes[1],
            "the record stops during the call of event 4, "
            "theater:simple/visitors/on-message: the replay did not run the guest past it");
  EXPECT_TRUE(replayed(id, {.until = 7}).state.has_value());
  EXPECT_TRUE(replayed(id, {.until = 1000}).complete);
}

TEST_F(ReplayTest, SaysHowFarItIs) {
  ActorId id = add_busy();
  for (int i = 0; i < 30; ++i)
    tell(id, std::string(100, 's'));
  std::vector<uint64_t> told;
  Options options;
  options.progress = [&](uint64_t events) { told.push_back(events); };
  Report report = replayed(id, options);
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_GE(told.back(), 3000u);
  EXPECT_LE(told.back(), report.events);
}

TEST_F(ReplayTest, GoesOnWithAnotherEngineAndSaysSo) {
  ActorId id = add_busy();
  components.engine_value = "another";
  Report report = replayed(id);
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_EQ(report.notes[0],
            "event 1 (instance) was computed by another engine: scripted; this is another");
}

TEST_F(ReplayTest, RunsAnotherComponentInPlaceOfTheRecordedOne) {
  ActorId id = add_busy();
  tell(id, "s");
  auto other = random_component(harness).named("other");
  Report lacking = replayed(id, {.component = other.digest()});
  EXPECT_EQ(lacking.outcome, Outcome::kUnverifiable);
  components.add(other);
  Report report = replayed(id, {.component = other.digest()});
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("runs in place of"), std::string::npos);
}

TEST_F(ReplayTest, CannotTellWithoutTheComponentOrTheState) {
  ActorId id = harness.add(random_component(harness), {.state = to_bytes("seed")});
  scheduler.run();
  Report report = replayed(id);
  EXPECT_EQ(report.outcome, Outcome::kUnverifiable);
  EXPECT_EQ(report.events, 1u);
  EXPECT_FALSE(report.complete);
  ASSERT_EQ(report.missing.size(), 1u);
  EXPECT_NE(report.missing[0].find("of event 1 (instance) cannot be run"), std::string::npos);
  components.add(random_component(harness));
  report = replayed(id);
  EXPECT_EQ(report.outcome, Outcome::kUnverifiable);
  ASSERT_EQ(report.missing.size(), 1u);
  EXPECT_NE(report.missing[0].find("of event 1 (instance) is not there"), std::string::npos);
  components.keep(to_bytes("seed"));
  EXPECT_EQ(replayed(id).outcome, Outcome::kIdentical);
}

TEST_F(ReplayTest, AnEmptyRecordShowsNothing) {
  Report report = replay_story({}, components);
  EXPECT_EQ(report.outcome, Outcome::kUnverifiable);
  EXPECT_EQ(report.missing.size(), 1u);
}

}  // namespace theater::replay::testing::replay_test
