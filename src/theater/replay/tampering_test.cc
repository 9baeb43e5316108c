// Records that were changed: what a chain that is linked again can hide from a replay, and what a
// chain that is not says of itself.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/replay/testing/random_guest.h"
#include "theater/replay/testing/recording.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace theater::replay::testing::tampering_test {

// What the host told the guest in an event; null if it told it nothing.
log::Payload* told(log::Body& body) {
  if (auto* host = std::get_if<log::Host>(&body)) return &host->result;
  if (auto* answered = std::get_if<log::Answered>(&body)) return &answered->result;
  if (auto* outcome = std::get_if<log::Outcome>(&body)) {
    return &std::get<log::OutcomeDone>(outcome->result).value;
  }
  if (auto* refused = std::get_if<log::Refused>(&body)) {
    return &std::get<log::RefusedValue>(refused->result).value;
  }
  auto* sent = std::get_if<log::Sent>(&body);
  auto* failed = sent == nullptr ? nullptr : std::get_if<log::SentFailed>(&sent->result);
  return failed == nullptr ? nullptr : &failed->value;
}

// Another value of the same type, for the types of the functions used here.
void change(log::Payload& payload) {
  Bytes bytes = to_bytes(log::inline_bytes(payload)->view());
  if (bytes.size() == 1 || bytes == Bytes{0, 0}) {
    // ok without a payload, none, or ok of nothing: an error, or some, with a text of one letter.
    bytes = {1, 1, 'x'};
  } else {
    bytes.back() ^= 1;
  }
  payload = log::inline_payload(std::move(bytes));
}

struct TamperingTest : ::testing::Test {
  // Tells an actor things of every kind.
  Story record(bool forgetful) {
    ActorId peer = harness.add(random_component(harness));
    auto component = random_component(harness, {.peers = {peer}, .forgetful = forgetful});
    components.add(component);
    ActorId id = harness.add(component);
    for (const char* letters : {"nt", "exy", "dr", "f", "p"}) {
      harness.send(id, letters);
      scheduler.run();
      for (auto& reply : harness.desk().take_fetches())
        std::move(reply).answer(to_bytes("fetched"));
      scheduler.run();
    }
    EXPECT_EQ(harness.check_chains(), std::nullopt);
    Story story = harness.story(id);
    EXPECT_EQ(replay_story(story, components).outcome, Outcome::kIdentical);
    return story;
  }

  // Positions of the events that told the guest something.
  static std::vector<size_t> telling(Story& story) {
    std::vector<size_t> found;
    for (size_t i = 0; i < story.size(); ++i) {
      if (told(story[i].body) != nullptr) found.push_back(i);
    }
    return found;
  }

  Result<Report> replayed(StorySource& source) { return replay(source, components); }

  SeededScheduler scheduler{1};
  ActorHarness harness{scheduler};
  ScriptedComponents components;
};

TEST_F(TamperingTest, EveryChangedResultShowsInWhatTheGuestDoesWithIt) {
  Story story = record(false);
  std::vector<size_t> all = telling(story);
  // name, stamp, mutter, secret, secret-maybe, request, fetch, outstanding, respond.
  ASSERT_EQ(all.size(), 9u);
  for (size_t at : all) {
    SCOPED_TRACE(::testing::Message() << "event " << at << ", " << log::body_name(story[at].body));
    Story changed = story;
    change(*told(changed[at].body));
    Report report = replay_story(changed, components);
    ASSERT_EQ(report.outcome, Outcome::kDiverged);
    // The guest takes what outstanding says for the id to respond to; all else is in its state.
    bool is_outstanding = at == all[7];
    EXPECT_EQ(report.divergence->field, is_outstanding ? "arguments" : "state");
    EXPECT_GT(report.divergence->seq, at);
  }
}

TEST_F(TamperingTest, AResultThatTheGuestDoesNotUseShowsNowhere) {
  Story story = record(true);
  for (size_t at : telling(story)) {
    SCOPED_TRACE(::testing::Message() << "event " << at << ", " << log::body_name(story[at].body));
    Story changed = story;
    change(*told(changed[at].body));
    StorySource source(changed);
    Result<Report> report = replayed(source);
    ASSERT_TRUE(report) << report.error().to_string();
    bool is_outstanding = at == telling(story)[7];
    EXPECT_EQ(report->outcome, is_outstanding ? Outcome::kDiverged : Outcome::kIdentical);
    EXPECT_EQ(report->head == source.head(), !is_outstanding);
  }
}

TEST_F(TamperingTest, ChangedArgumentsOfACallShow) {
  Story story = record(false);
  size_t at = positions(story, "call").at(1);
  auto& call = std::get<log::Call>(story[at].body);
  call.arguments = log::inline_payload(wit::encode(to_bytes("tn")));
  Report report = replay_story(story, components);
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->field, "function");
  EXPECT_EQ(report.divergence->seq, at + 1);
  EXPECT_EQ(report.divergence->recorded.what, "called theater:simple/desk/name");
  EXPECT_EQ(report.divergence->replayed.what, "called theater:simple/desk/stamp");
}

TEST_F(TamperingTest, AnyChangedByteBreaksAChainThatIsNotLinkedAgain) {
  Story story = record(false);
  for (size_t at = 0; at + 1 < story.size(); ++at) {
    StorySource source(story);
    source.events[at].bytes.back() ^= 1;
    Result<Report> report = replayed(source);
    ASSERT_FALSE(report) << "event " << at << ": " << log::body_name(story[at].body);
    EXPECT_EQ(report.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(report.error().message().find("event "), std::string::npos)
        << report.error().to_string();
  }
}

TEST_F(TamperingTest, AMissingEventBreaksTheChain) {
  Story story = record(false);
  for (size_t at = 0; at + 1 < story.size(); ++at) {
    StorySource source(story);
    source.events.erase(source.events.begin() + static_cast<std::ptrdiff_t>(at));
    Result<Report> report = replayed(source);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kCorrupt);
  }
}

TEST_F(TamperingTest, AnOrderThatNoActorHasIsRefused) {
  Story story = record(false);
  std::swap(story[2], story[3]);  // init returns before it is called.
  StorySource source(story);
  Result<Report> report = replayed(source);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(report.error().message().find("event 2 (returned)"), std::string::npos)
      << report.error().to_string();
}

TEST_F(TamperingTest, TimeNeverGoesBack) {
  Story story = record(false);
  StorySource source(story);
  log::Event event = *log::decode_event(source.events[3].bytes);
  event.time = 0;
  source.events[3].bytes = log::encode_event(event);
  Result<Report> report = replayed(source);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message().find("event 3 (returned): its time 0"), std::string::npos)
      << report.error().to_string();
}

TEST_F(TamperingTest, AnEventIsWhereItSaysItIs) {
  Story story = record(false);
  StorySource source(story);
  log::Event event = *log::decode_event(source.events.back().bytes);
  event.seq += 1;
  source.events.back().bytes = log::encode_event(event);
  Result<Report> report = replayed(source);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message().find("it says that it is event " + std::to_string(event.seq)),
            std::string::npos)
      << report.error().to_string();
}

TEST_F(TamperingTest, WhatLiesBehindTheLastEventAskedForDoesNotMatter) {
  Story story = record(false);
  StorySource source(story);
  source.events[6].bytes.back() ^= 1;
  Result<Report> report = replay(source, components, {.until = 5});
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->outcome, Outcome::kIdentical);
}

TEST_F(TamperingTest, ARemovedInputCannotBeVerified) {
  Story story = record(false);
  DetachedStory with = detached(story);
  auto expect_missing = [&](size_t at, size_t body, const std::string& what) {
    auto bodies = with.bodies;
    bodies[at].at(body).reset();
    StorySource source(with.story, bodies);
    Result<Report> report = replayed(source);
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->outcome, Outcome::kUnverifiable);
    EXPECT_EQ(report->events, at);
    ASSERT_EQ(report->missing.size(), 1u);
    EXPECT_EQ(report->missing[0].find(what), 0u) << report->missing[0];
  };
  size_t host = positions(story, "host").front();
  expect_missing(host, 1, "the result of event " + std::to_string(host) + " (host), ");
  size_t outcome = positions(story, "outcome").front();
  expect_missing(outcome, 0, "the result of event " + std::to_string(outcome) + " (outcome), ");
  size_t answered = positions(story, "answered").front();
  expect_missing(answered, 0, "the result of event " + std::to_string(answered) + " (answered), ");
  size_t refused = positions(story, "refused").front();
  expect_missing(refused, 1, "the result of event " + std::to_string(refused) + " (refused), ");
  size_t call = positions(story, "call").back();
  expect_missing(call, 0, "the arguments of event " + std::to_string(call) + " (call), ");
}

TEST_F(TamperingTest, RemovedOutputsAreComparedByTheirLength) {
  Story story = record(false);
  DetachedStory with = detached(story);
  size_t host = positions(story, "host").front();
  size_t returned = positions(story, "returned").front();
  with.bodies[host].at(0).reset();
  with.bodies[returned].at(0).reset();
  StorySource source(with.story, with.bodies);
  Result<Report> report = replayed(source);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->outcome, Outcome::kIdentical);
  EXPECT_EQ(report->head, source.head());
  ASSERT_EQ(report->notes.size(), 1u);
  EXPECT_EQ(report->notes[0].find("the bytes of 2 outputs were removed from the log, first the "
                                  "result of event " +
                                  std::to_string(returned)),
            0u)
      << report->notes[0];

  auto& arguments = std::get<log::Host>(with.story[host].body).arguments;
  std::get<log::Detached>(arguments).length += 1;
  StorySource longer(with.story, with.bodies);
  report = replayed(longer);
  ASSERT_TRUE(report) << report.error().to_string();
  ASSERT_TRUE(report->divergence.has_value());
  EXPECT_EQ(report->divergence->field, "arguments");
  EXPECT_EQ(report->divergence->seq, host);
}

TEST_F(TamperingTest, DetachedOutputsThatDifferAreShown) {
  Story story = record(false);
  size_t note = positions(story, "host").front();
  auto& host = std::get<log::Host>(story[note].body);
  host.arguments = log::inline_payload(Bytes{1});
  DetachedStory with = detached(story);
  StorySource source(with.story, with.bodies);
  Result<Report> report = replayed(source);
  ASSERT_TRUE(report) << report.error().to_string();
  ASSERT_TRUE(report->divergence.has_value());
  EXPECT_EQ(report->divergence->field, "arguments");
}

TEST_F(TamperingTest, BodiesThatAreNotThoseOfTheRecordAreRefused) {
  Story story = record(false);
  DetachedStory with = detached(story);
  size_t host = positions(story, "host").front();
  // An input; and an output, by its salt.
  for (size_t body : {size_t{1}, size_t{0}}) {
    auto bodies = with.bodies;
    if (body == 1) {
      Bytes other = to_bytes(bodies[host][1]->bytes());
      other.back() ^= 1;
      bodies[host][1]->shared = std::make_shared<const Bytes>(std::move(other));
    }
    if (body == 0) bodies[host][0]->salt[0] ^= 1;
    StorySource source(with.story, bodies);
    Result<Report> report = replayed(source);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(report.error().message().find("event " + std::to_string(host)), std::string::npos)
        << report.error().to_string();
  }
}

}  // namespace theater::replay::testing::tampering_test
