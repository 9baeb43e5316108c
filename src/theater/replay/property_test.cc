// Whatever actors do, their records replay to the same hashes: all of them, and up to any event.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/testing/channel_guest.h"
#include "theater/base/random.h"
#include "theater/replay/testing/random_guest.h"
#include "theater/replay/testing/recording.h"

#include <gtest/gtest.h>

namespace theater::replay::testing::property_test {

constexpr uint64_t kSeeds = 200;

// Mostly messages that the actor survives, seldom one that ends it.
std::string random_message(SeededRandom& random) {
  std::string letters;
  size_t length = random.below(6);
  for (size_t i = 0; i < length; ++i) {
    size_t choices = random.below(40) == 0 ? kLetters.size() : kLetters.find('l');
    letters += kLetters[random.below(choices)];
  }
  if (random.below(6) == 0) letters += 'E';
  if (random.below(6) == 0) letters += 'N';
  return letters;
}

// Answers some of the fetches that wait, and drops others.
void answer_fetches(ActorHarness& harness, SeededRandom& random) {
  for (auto& reply : harness.desk().take_fetches()) {
    if (random.below(4) > 0) std::move(reply).answer(to_bytes("fetched"));
  }
}

std::vector<ActorId> play_out(ActorHarness& harness, SeededScheduler& scheduler,
                              SeededRandom& random, ScriptedComponents& components) {
  std::vector<ActorId> ids;
  for (size_t i = 0; i < 3; ++i)
    ids.push_back(harness.next_id());
  auto component = random_component(harness, {.peers = ids});
  if (random.below(4) == 0) {
    component.starts_with([](theater::testing::Play& play) {
      play.call<void>(theater::testing::kDesk, "say", std::string("here"));
      play.finish(std::nullopt);
    });
  }
  components.add(component);
  components.keep(to_bytes("seed"));
  for (const ActorId& id : ids) {
    std::optional<Bytes> state;
    if (random.below(2) == 0) state = to_bytes("seed");
    harness.add(component, {.id = id, .state = state});
  }
  size_t rounds = 4 + random.below(12);
  for (size_t i = 0; i < rounds; ++i) {
    const ActorId& to = ids[random.below(ids.size())];
    if (random.below(2) == 0) {
      harness.send(to, random_message(random));
    } else {
      harness.request(to, random_message(random));
    }
    scheduler.run(random.below(12));
    answer_fetches(harness, random);
    if (random.below(30) == 0) harness.kill(ids[random.below(ids.size())]);
    if (random.below(30) == 0) harness.stop(ids[random.below(ids.size())]);
  }
  scheduler.run();
  if (random.below(2) == 0) {
    // What still waits is killed where it stands, or answered to the end.
    for (const ActorId& id : ids)
      harness.kill(id);
  } else {
    for (int i = 0; i < 100; ++i) {
      answer_fetches(harness, random);
      scheduler.run();
    }
  }
  scheduler.run();
  return ids;
}

// What play_out() makes of a seed.
struct Played {
  explicit Played(uint64_t seed)
      : scheduler(seed),
        random(seed),
        harness(scheduler),
        ids(play_out(harness, scheduler, random, components)) {}

  SeededScheduler scheduler;
  SeededRandom random;
  ActorHarness harness;
  ScriptedComponents components;
  std::vector<ActorId> ids;
};

TEST(ReplayProperty, EveryRecordReplaysToTheSameHashes) {
  uint64_t events = 0;
  uint64_t calls = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Played played(seed);
    ActorHarness& harness = played.harness;
    ASSERT_EQ(harness.check_chains(), std::nullopt);
    for (const ActorId& id : played.ids) {
      Report report = replay_story(harness.story(id), played.components);
      ASSERT_EQ(report.outcome, Outcome::kIdentical)
          << (report.divergence ? report.divergence->field : "") << " at "
          << (report.divergence ? report.divergence->seq : 0) << "\n"
          << harness.outline(id);
      EXPECT_EQ(report.head, harness.cell(id)->chain().head());
      EXPECT_EQ(report.events, harness.cell(id)->chain().size());
      // An actor that was killed before it had an instance has a state that no event tells of.
      bool begun = harness.outline(id).find("instance") != std::string::npos;
      EXPECT_EQ(report.state, begun ? harness.state(id) : std::nullopt);
      EXPECT_TRUE(report.complete);
      EXPECT_EQ(report.ended, harness.cell(id)->status().ended);
      events += report.events;
      calls += report.calls;
    }
  }
  // The property is about something.
  EXPECT_GT(events, kSeeds * 50);
  EXPECT_GT(calls, kSeeds * 10);
}

// The same of actors that open channels to each other, send on them, close them and end.
TEST(ReplayProperty, RecordsOfChannelsReplayToTheSameHashes) {
  static constexpr std::string_view kChat = "aybybYbncece01123h0h1w00Tl";
  uint64_t sent = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededScheduler scheduler(seed);
    SeededRandom random(seed);
    ActorHarness harness(scheduler);
    if (seed % 3 == 0) harness.desk().set_timeout_ms(1);
    std::vector<ActorId> ids{harness.next_id(), harness.next_id(), harness.next_id()};
    auto component = theater::testing::channel_guest(harness, ids);
    ScriptedComponents components;
    components.add(component);
    for (const ActorId& id : ids)
      harness.add(component, {.id = id});
    for (int i = 0; i < 30; ++i) {
      size_t at = 2 * random.below(kChat.size() / 2 - (random.below(8) == 0 ? 0 : 1));
      harness.send(ids[random.below(3)], std::string(kChat.substr(at, 2 + 2 * random.below(2))));
      scheduler.run(random.below(12));
      if (random.below(40) == 0) harness.kill(ids[random.below(3)]);
    }
    scheduler.run();
    ASSERT_EQ(harness.check_chains(), std::nullopt);
    for (const ActorId& id : ids) {
      Report report = replay_story(harness.story(id), components);
      ASSERT_EQ(report.outcome, Outcome::kIdentical) << harness.outline(id);
      EXPECT_EQ(report.head, harness.cell(id)->chain().head());
      EXPECT_TRUE(report.complete);
      for (const log::Event& event : harness.story(id))
        sent += std::holds_alternative<log::Sent>(event.body) ? 1 : 0;
    }
  }
  EXPECT_GT(sent, kSeeds * 10);
}

TEST(ReplayProperty, EveryBeginningOfARecordReplaysAsFarAsItGoes) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Played played(seed);
    ActorHarness& harness = played.harness;
    for (const ActorId& id : played.ids) {
      Story story = harness.story(id);
      for (size_t length = 1; length <= story.size(); ++length) {
        SCOPED_TRACE(::testing::Message() << length << " events");
        Story beginning(story.begin(), story.begin() + static_cast<std::ptrdiff_t>(length));
        Report cut = replay_story(beginning, played.components);
        ASSERT_EQ(cut.outcome, Outcome::kIdentical);
        EXPECT_EQ(cut.events, length);
        EXPECT_EQ(cut.head, harness.cell(id)->chain().hash(length - 1));
        EXPECT_TRUE(cut.complete);
        Report until = replay_story(story, played.components, {.until = length - 1});
        ASSERT_EQ(until.outcome, Outcome::kIdentical);
        EXPECT_EQ(until.head, cut.head);
        EXPECT_EQ(until.state, cut.state);
        EXPECT_EQ(until.complete, length == story.size());
      }
    }
  }
}

TEST(ReplayProperty, BodiesMayLieBesideTheLog) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Played played(seed);
    ActorHarness& harness = played.harness;
    for (const ActorId& id : played.ids) {
      Story story = harness.story(id);
      // What get-chain tells of other payloads is another answer.
      if (harness.outline(id).find("note") != std::string::npos) continue;
      DetachedStory with = detached(story);
      StorySource source(with.story, with.bodies);
      Result<Report> report = replay(source, played.components);
      ASSERT_TRUE(report) << report.error().to_string();
      EXPECT_EQ(report->outcome, Outcome::kIdentical);
      EXPECT_EQ(report->head, source.head());
      EXPECT_TRUE(report->notes.empty() ||
                  report->notes.front().find("removed") == std::string::npos);
    }
  }
}

}  // namespace theater::replay::testing::property_test
