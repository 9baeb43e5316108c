// Records of lives that are longer than one instance, put together from what actors did.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/replay/testing/random_guest.h"
#include "theater/replay/testing/recording.h"

#include <gtest/gtest.h>

namespace theater::replay::testing::lives_test {

struct LivesTest : ::testing::Test {
  LivesTest() { components.add(busy); }

  // What an actor records that is started with `state` and told these messages.
  Story told(const std::vector<std::string>& messages, std::optional<Bytes> state = {}) {
    if (state) components.keep(*state);
    ActorId id = harness.add(busy, {.state = std::move(state)});
    for (const std::string& message : messages) {
      harness.send(id, message);
      scheduler.run();
    }
    last_state = harness.state(id);
    return harness.story(id);
  }

  static void add(Story& story, log::Body body) {
    log::Event event;
    event.time = story.back().time;
    event.body = std::move(body);
    story.push_back(std::move(event));
  }

  // Continues with what another story has from its `instance` on, which says `why`.
  static void go_on(Story& story, const Story& other, log::InstanceReason why,
                    uint64_t incarnation) {
    uint64_t moved = story.size() - 1;
    for (size_t i = 1; i < other.size(); ++i) {
      log::Body body = other[i].body;
      if (auto* instance = std::get_if<log::Instance>(&body)) {
        instance->why = why;
        instance->incarnation = incarnation;
      } else if (auto* outcome = std::get_if<log::Outcome>(&body)) {
        outcome->intent += moved;
      } else if (auto* answered = std::get_if<log::Answered>(&body)) {
        answered->sent += moved;
      }
      add(story, std::move(body));
    }
  }

  void expect_identical(const Story& story) {
    StorySource source(story);
    Result<Report> report = replay(source, components);
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->outcome, Outcome::kIdentical)
        << (report->divergence ? report->divergence->field : report->missing.front());
    EXPECT_EQ(report->head, source.head());
    EXPECT_EQ(report->events, story.size());
    EXPECT_EQ(report->state, last_state);
  }

  SeededScheduler scheduler{1};
  ActorHarness harness{scheduler};
  ActorId peer = harness.add(random_component(harness));
  ScriptedComponent busy = random_component(harness, {.peers = {peer}});
  ScriptedComponents components;
  std::optional<Bytes> last_state;
};

TEST_F(LivesTest, FollowsARestartFromTheInitialState) {
  Story story = told({"n", "T"}, to_bytes("seed"));
  ASSERT_EQ(log::body_name(story.back().body), "terminated");
  story.pop_back();
  go_on(story, told({"nn", "t"}, to_bytes("seed")), log::InstanceReason::kRestart, 1);
  expect_identical(story);
}

TEST_F(LivesTest, FollowsARestartBetweenTwoCalls) {
  Story story = told({"n"}, to_bytes("seed"));
  ASSERT_EQ(log::body_name(story.back().body), "returned");
  add(story, log::Control{log::Restart{}, log::ByActor{peer}});
  go_on(story, told({"nn", "t"}, to_bytes("seed")), log::InstanceReason::kRestart, 1);
  expect_identical(story);
}

TEST_F(LivesTest, FollowsARestartFromTheCommittedStateWithoutInit) {
  Story story = told({"n", "T"}, to_bytes("seed"));
  Bytes committed = *last_state;
  story.pop_back();
  // What an actor of that state does, without the two events of its `init`.
  Story rest = told({"n"}, committed);
  ASSERT_EQ(log::body_name(rest[2].body), "call");
  rest.erase(rest.begin() + 2, rest.begin() + 4);
  std::get<log::Instance>(rest[1].body).init_runs = false;
  go_on(story, rest, log::InstanceReason::kRestart, 1);
  expect_identical(story);
}

TEST_F(LivesTest, FollowsARecoveryAfterACrash) {
  Story story = told({"nf"}, to_bytes("seed"));
  ASSERT_EQ(log::body_name(story.back().body), "intent");
  add(story, log::Control{log::Pause{}, log::ByRuntime{}});
  add(story, log::Outcome{story.size() - 2, log::OutcomeUnknown{}});
  add(story, log::Failed{log::FailedCrash{}});
  go_on(story, told({"n"}, to_bytes("seed")), log::InstanceReason::kRecover, 1);
  expect_identical(story);
}

TEST_F(LivesTest, TakesAnAnswerOfAnEarlierInstanceForALateOne) {
  // The first instance is lost while it waits for an answer. The next one asks while it is made,
  // and before its answer comes that of the first, which says something else.
  Story story = told({"r"});
  size_t answered = positions(story, "answered").front();
  story.resize(answered);
  add(story, log::Failed{log::FailedKilled{}});
  busy.starts_with([peer = peer.to_string()](theater::testing::Play& play) {
    play.call_waiting<theater::testing::Answered>(
        theater::testing::kDesk, "request",
        [](theater::testing::Play& then, theater::testing::Answered answer) {
          then.call<void>(theater::testing::kDesk, "say",
                          std::string(answer ? as_text(*answer) : answer.error()));
          then.finish(std::nullopt);
        },
        peer, Bytes());
  });
  Story rest = told({"n"});
  // The first instance did not ask when it was made: it is another component's.
  auto& first = std::get<log::Instance>(story[1].body);
  first.component = sha256(as_bytes("another"));
  components.add_as(first.component, random_component(harness, {.peers = {peer}}));
  components.add(busy);
  add(story, log::Control{log::Updated{}, log::ByClient{"operator"}});
  go_on(story, rest, log::InstanceReason::kUpdate, 1);
  size_t at = positions(story, "answered").front();
  log::Event late = story[at];
  late.body = log::Answered{answered - 1, std::nullopt,
                            log::inline_payload(wit::encode(theater::testing::Answered(
                                tl::unexpected(std::string("too late")))))};
  story.insert(story.begin() + static_cast<std::ptrdiff_t>(at), late);
  expect_identical(story);
}

TEST_F(LivesTest, FollowsARestartWithoutAState) {
  Story story = told({"n", "T"});
  story.pop_back();
  go_on(story, told({"n"}), log::InstanceReason::kRestart, 1);
  expect_identical(story);
}

TEST_F(LivesTest, CopiesWhatMayStandAnywhere) {
  Story story = told({"nrt"});
  Story with = {story.front()};
  // Where each event has come to stand.
  std::vector<uint64_t> place(story.size(), 0);
  for (size_t i = 1; i < story.size(); ++i) {
    add(with, log::Control{log::Resume{}, log::ByClient{"somebody"}});
    add(with,
        log::Control{log::Noted{"redirect", 0, log::inline_payload(Bytes{2})}, log::ByRuntime{}});
    add(with, log::Child{ActorId(), sha256(as_bytes("genesis"))});
    add(with, log::ChildEnded{ActorId(), sha256(as_bytes("head")),
                              log::EndedCompleted{log::inline_payload(Bytes{1})}});
    add(with, log::Discarded{sha256(as_bytes("sent")), log::DiscardReason::kLateAnswer});
    place[i] = with.size();
    log::Body body = story[i].body;
    if (auto* outcome = std::get_if<log::Outcome>(&body)) outcome->intent = place[outcome->intent];
    if (auto* answered = std::get_if<log::Answered>(&body)) answered->sent = place[answered->sent];
    add(with, std::move(body));
  }
  expect_identical(with);
}

TEST_F(LivesTest, ComparesTheStateOfASnapshot) {
  Story story = told({"n"});
  Bytes state = *last_state;
  log::Snapshot snapshot;
  snapshot.state = log::SomeState{log::content_of(state)};
  snapshot.position = 77;
  add(story, log::Control{log::Held{}, log::ByRuntime{}});
  add(story, snapshot);
  // The state is at hand: the components have none of it.
  Story rest = told({"s"}, state);
  auto& instance = std::get<log::Instance>(rest[1].body);
  instance.init_runs = false;
  go_on(story, rest, log::InstanceReason::kSnapshot, 0);
  ScriptedComponents forgetful;
  forgetful.add(busy);
  StorySource source(story);
  Result<Report> report = replay(source, forgetful);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->outcome, Outcome::kIdentical);
  EXPECT_EQ(report->state, state);

  // A replay that begins there comes to the same end.
  size_t at = positions(story, "snapshot").front();
  StorySource late(story);
  Beginning beginning;
  beginning.actor = report->actor;
  beginning.name = report->name;
  beginning.state = state;
  for (size_t i = 0; i < at; ++i) {
    ASSERT_TRUE(beginning.life.accept(i, story[i].body));
    log::SourcedEvent event = **late.next();
    beginning.chain.append_encoded(event.bytes, story[i].time);
  }
  Options options;
  options.beginning = std::move(beginning);
  Result<Report> shorter = replay(late, forgetful, options);
  ASSERT_TRUE(shorter) << shorter.error().to_string();
  EXPECT_EQ(shorter->outcome, Outcome::kIdentical);
  EXPECT_EQ(shorter->head, report->head);
  EXPECT_EQ(shorter->state, state);
  EXPECT_EQ(shorter->actor, report->actor);
  EXPECT_EQ(shorter->events, report->events - at);
  EXPECT_EQ(shorter->chain.first_seq(), report->chain.first_seq());
  EXPECT_EQ(shorter->chain.size(), report->chain.size());

  std::get<log::Snapshot>(story[at].body).state = log::SomeState{log::content_of(Bytes{9})};
  Report other = replay_story(story, components);
  ASSERT_TRUE(other.divergence.has_value());
  EXPECT_EQ(other.divergence->field, "state");
  EXPECT_EQ(other.divergence->event, "snapshot");
  EXPECT_EQ(other.divergence->call, "");
  EXPECT_NE(other.divergence->recorded.result.find(", 1 bytes"), std::string::npos);
  EXPECT_NE(other.divergence->replayed.result.find(", 8 bytes"), std::string::npos);
}

TEST_F(LivesTest, AnOutcomeWithoutAValueLetsTheGuestGo) {
  for (log::OutcomeResult how :
       {log::OutcomeResult(log::OutcomeUnknown{}), log::OutcomeResult(log::OutcomeCancelled{})}) {
    Story story = told({"f"});
    uint64_t intent = story.size() - 1;
    add(story, log::Outcome{intent, how});
    add(story, log::Failed{log::FailedKilled{}});
    add(story, log::Terminated{log::EndedKilled{}});
    expect_identical(story);
  }
}

TEST_F(LivesTest, AnOutcomeMayBeThatNobodyKnows) {
  // The guest is told so, and continues: what it does then is no longer what was recorded.
  Story story = told({"tn"});
  size_t at = positions(story, "outcome").front();
  auto& outcome = std::get<log::Outcome>(story[at].body);
  log::Payload value = std::get<log::OutcomeDone>(outcome.result).value;
  outcome.result = log::OutcomeUnknown{value};
  expect_identical(story);
  outcome.result = log::OutcomeCancelled{value};
  expect_identical(story);
  // A guest that got no answer cannot continue.
  outcome.result = log::OutcomeCancelled{};
  Report report = replay_story(story, components);
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->field, "event");
  EXPECT_EQ(report.divergence->seq, at);
  EXPECT_EQ(report.divergence->recorded.what,
            "recorded `outcome` without an answer, and continues");
}

TEST_F(LivesTest, AGuestThatWaitsMakesNoCall) {
  Story story = told({"rn"});
  size_t at = positions(story, "answered").front();
  // As if the answer had come after the next call.
  std::swap(story[at], story[at + 1]);
  ASSERT_EQ(log::body_name(story[at].body), "host");
  Report report = replay_story(story, components);
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->field, "event");
  EXPECT_EQ(report.divergence->recorded.what, "called theater:simple/desk/name");
  EXPECT_EQ(report.divergence->replayed.what,
            "waits for the answer to event " + std::to_string(at - 1));
}

TEST_F(LivesTest, FollowsTheChainOfANode) {
  Story story(1);
  story[0].body = log::Genesis{log::kLogVersion, ActorId(), "node", std::nullopt, std::nullopt};
  add(story, log::Control{log::NodeStarted{"theater 1"}, log::ByRuntime{}});
  add(story, log::Control{log::NodeStopped{}, log::ByRuntime{}});
  last_state.reset();
  expect_identical(story);
}

}  // namespace theater::replay::testing::lives_test
