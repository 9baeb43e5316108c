// A guest that does otherwise in the replay: what is said of it.
#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/replay/testing/recording.h"

#include <gtest/gtest.h>

namespace theater::replay::testing::divergence_test {

using theater::testing::Answered;
using theater::testing::Done;
using theater::testing::kDesk;
using theater::testing::keep;
using theater::testing::on_message;
using theater::testing::on_request;
using theater::testing::Play;
using theater::testing::Script;

using Reply = std::optional<Bytes>;

struct DivergenceTest : ::testing::Test {
  ScriptedComponent component(const Script& script) {
    auto component = harness.component();
    component.exports(on_message(), script);
    component.exports(on_request(), script);
    return component;
  }

  // Records a message that is played by one script, and replays it by another.
  Report report(const Script& recorded, const Script& replayed, bool is_request = false) {
    ActorId id = harness.add(component(recorded));
    scheduler.run();
    is_request ? harness.request(id, "hello") : (void)harness.send(id, "hello");
    scheduler.run();
    story = harness.story(id);
    components.add(component(recorded));
    EXPECT_EQ(replay_story(story, components).outcome, Outcome::kIdentical);
    components.add(component(replayed));
    return replay_story(story, components);
  }

  Divergence divergence(const Script& recorded, const Script& replayed, bool is_request = false) {
    Report report = this->report(recorded, replayed, is_request);
    EXPECT_EQ(report.outcome, Outcome::kDiverged);
    if (!report.divergence) return {};
    // Genesis, instance, init's call and return, and the call.
    Divergence found = *report.divergence;
    EXPECT_EQ(found.call_seq, 4u);
    EXPECT_EQ(found.call, is_request ? "theater:simple/visitors/on-request"
                                     : "theater:simple/visitors/on-message");
    EXPECT_EQ(report.events, found.seq);
    EXPECT_EQ(report.head, story[found.seq].parent);
    EXPECT_EQ(found.event, log::body_name(story[found.seq].body));
    EXPECT_EQ(found.hash, log::event_hash(log::encode_event(story[found.seq])));
    EXPECT_FALSE(report.complete);
    return found;
  }

  SeededScheduler scheduler{1};
  ActorHarness harness{scheduler};
  ScriptedComponents components;
  Story story;
};

Script say(const std::string& text) {
  return [text](Play& play) {
    play.call<void>(kDesk, "say", text);
    play.finish(play.state());
  };
}
Script finish_with(const std::string& state) {
  return [state](Play& play) { play.finish(to_bytes(state)); };
}
Script fail_with(const std::string& text) {
  return [text](Play& play) { play.fail(text); };
}
Script trap_with(engine::TrapCode code) {
  return [code](Play& play) { play.trap(code); };
}

TEST_F(DivergenceTest, AnotherFunction) {
  Divergence found = divergence(say("a"), [](Play& play) {
    play.call<Done>(kDesk, "mutter", std::string("b"));
    play.finish(play.state());
  });
  EXPECT_EQ(found.field, "function");
  EXPECT_EQ(found.seq, 5u);
  EXPECT_EQ(found.recorded.what, "called theater:simple/desk/say");
  EXPECT_EQ(found.recorded.function, "theater:simple/desk/say");
  EXPECT_EQ(found.recorded.arguments, R"(["a"])");
  EXPECT_EQ(found.recorded.result, "");
  EXPECT_EQ(found.replayed.function, "theater:simple/desk/mutter");
  EXPECT_EQ(found.replayed.arguments, R"(["b"])");
}

TEST_F(DivergenceTest, OtherArguments) {
  Divergence found = divergence(say("a"), say("b"));
  EXPECT_EQ(found.field, "arguments");
  EXPECT_EQ(found.recorded.arguments, R"(["a"])");
  EXPECT_EQ(found.replayed.arguments, R"(["b"])");
}

TEST_F(DivergenceTest, OtherArgumentsOfACallThatHadAResult) {
  auto fill = [](uint32_t size) {
    return [size](Play& play) {
      play.call<Bytes>(kDesk, "fill", size);
      play.finish(play.state());
    };
  };
  Divergence found = divergence(fill(2), fill(3));
  EXPECT_EQ(found.field, "arguments");
  EXPECT_EQ(found.recorded.arguments, "[2]");
  EXPECT_EQ(found.recorded.result, R"({"text":"xx"})");
  EXPECT_EQ(found.replayed.arguments, "[3]");
  EXPECT_EQ(found.replayed.result, "");
}

TEST_F(DivergenceTest, ACallThatIsNotRecorded) {
  Divergence found = divergence(keep, say("more"));
  EXPECT_EQ(found.field, "event");
  EXPECT_EQ(found.event, "returned");
  EXPECT_EQ(found.recorded.what, "returned");
  EXPECT_EQ(found.replayed.what, "called theater:simple/desk/say");
  EXPECT_EQ(found.replayed.arguments, R"(["more"])");
}

TEST_F(DivergenceTest, ACallThatIsNotMade) {
  Divergence found = divergence(say("less"), keep);
  EXPECT_EQ(found.field, "event");
  EXPECT_EQ(found.event, "note");
  EXPECT_EQ(found.recorded.what, "called theater:simple/desk/say");
  EXPECT_EQ(found.replayed.what, "returned");
}

TEST_F(DivergenceTest, AnEffectThatIsNotRecordedDoesNotHappen) {
  auto stamp = [](Play& play) {
    auto again = [](Play& then, const Answered&) {
      then.call_waiting<Answered>(
          kDesk, "stamp", [](Play& last, const Answered&) { last.finish(last.state()); },
          std::string("seal"));
    };
    play.call_waiting<Answered>(kDesk, "stamp", again, std::string("seal"));
  };
  Divergence found = divergence(keep, stamp);
  EXPECT_EQ(found.replayed.what, "called theater:simple/desk/stamp");
  EXPECT_EQ(harness.desk().stamps(), 0u);
}

TEST_F(DivergenceTest, AnotherResult) {
  auto answer = [](const std::string& text) {
    return [text](Play& play) { play.finish(play.state(), Reply(to_bytes(text))); };
  };
  Divergence found = divergence(answer("yes"), answer("no"), true);
  EXPECT_EQ(found.field, "result");
  EXPECT_EQ(found.recorded.what, "returned");
  EXPECT_EQ(found.recorded.function, "theater:simple/visitors/on-request");
  EXPECT_EQ(found.recorded.result, R"([{"text":"yes"}])");
  EXPECT_EQ(found.replayed.result, R"([{"text":"no"}])");
}

TEST_F(DivergenceTest, AnErrorInPlaceOfAResult) {
  Divergence found = divergence(keep, fail_with("no"));
  EXPECT_EQ(found.field, "result");
  EXPECT_EQ(found.recorded.what, "returned");
  EXPECT_EQ(found.replayed.what, "returned an error");
  EXPECT_EQ(found.replayed.result, R"("no")");
}

TEST_F(DivergenceTest, AnErrorWithTheBytesOfAResult) {
  auto later = [](Play& play) { play.finish(play.state(), Reply()); };
  Divergence found = divergence(later, fail_with(""), true);
  EXPECT_EQ(found.field, "result");
  EXPECT_EQ(found.recorded.result, "[null]");
  EXPECT_EQ(found.replayed.result, R"("")");
}

TEST_F(DivergenceTest, AnotherError) {
  Divergence found = divergence(fail_with("one"), fail_with("two"));
  EXPECT_EQ(found.field, "result");
  EXPECT_EQ(found.recorded.result, R"("one")");
  EXPECT_EQ(found.replayed.result, R"("two")");
}

TEST_F(DivergenceTest, AnotherState) {
  Report report = this->report(finish_with("one"), finish_with("two"));
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->field, "state");
  EXPECT_EQ(report.divergence->recorded.result, sha256(as_bytes("one")).to_string() + ", 3 bytes");
  EXPECT_EQ(report.divergence->replayed.result,
            sha256(as_bytes("two")).to_string() + R"(, 3 bytes: {"text":"two"})");
  // The state is that of the last event that agrees.
  EXPECT_EQ(report.state, std::nullopt);
}

TEST_F(DivergenceTest, AStateThatStays) {
  Divergence found = divergence(finish_with("one"), keep);
  EXPECT_EQ(found.field, "state");
  EXPECT_EQ(found.replayed.result, "unchanged");
}

TEST_F(DivergenceTest, ATrap) {
  Divergence found = divergence(keep, trap_with(engine::TrapCode::kUnreachable));
  EXPECT_EQ(found.field, "event");
  EXPECT_EQ(found.recorded.what, "returned");
  EXPECT_EQ(found.replayed.what, "trapped: unreachable: as the script wants");
}

TEST_F(DivergenceTest, NoTrap) {
  Divergence found = divergence(trap_with(engine::TrapCode::kUnreachable), keep);
  EXPECT_EQ(found.field, "event");
  EXPECT_EQ(found.event, "failed");
  EXPECT_EQ(found.recorded.what, "trapped: unreachable");
  EXPECT_EQ(found.replayed.what, "returned");
}

TEST_F(DivergenceTest, AnotherTrap) {
  Divergence found = divergence(trap_with(engine::TrapCode::kUnreachable),
                                trap_with(engine::TrapCode::kStackOverflow));
  EXPECT_EQ(found.field, "trap");
  EXPECT_EQ(found.recorded.what, "trapped: unreachable");
  EXPECT_EQ(found.replayed.what, "trapped: stack-overflow: as the script wants");
}

TEST_F(DivergenceTest, ACallInPlaceOfATrap) {
  Divergence found = divergence(trap_with(engine::TrapCode::kUnreachable), say("alive"));
  EXPECT_EQ(found.recorded.what, "trapped: unreachable");
  EXPECT_EQ(found.replayed.what, "called theater:simple/desk/say");
}

TEST_F(DivergenceTest, ALimitInPlaceOfAReturn) {
  Divergence found = divergence(keep, trap_with(engine::TrapCode::kCpuLimit));
  EXPECT_EQ(found.replayed.what,
            "trapped: cpu-limit: it was running for 100000 ticks, ten times the recorded limit");
}

TEST_F(DivergenceTest, AShortageOfTheHostIsNoDivergence) {
  (void)report(keep, keep);
  components.add(component(trap_with(engine::TrapCode::kHostShortage)));
  StorySource source(story);
  Result<Report> failed = replay(source, components);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(DivergenceTest, OtherFunctions) {
  (void)report(keep, keep);
  auto other = component(keep);
  other.imports({"theater:simple/extra", "f"}, wit::func_type_of<void()>());
  components.add(other);
  Report report = replay_story(story, components);
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->field, "functions");
  EXPECT_EQ(report.divergence->seq, 1u);
  EXPECT_EQ(report.divergence->call_seq, 0u);
  EXPECT_EQ(report.divergence->replayed.result, "also has theater:simple/extra/f");
  // An export that no handler of the recording node called is no difference.
  auto more = component(keep);
  more.exports({"theater:simple/extra", "g"}, wit::func_type_of<void()>(), keep);
  components.add(more);
  EXPECT_EQ(replay_story(story, components).outcome, Outcome::kIdentical);
}

TEST_F(DivergenceTest, AnExportOfAnotherType) {
  (void)report(keep, keep);
  using NoState = tl::expected<std::tuple<std::string>, std::string>;
  using NoText = tl::expected<std::tuple<std::optional<Bytes>>, uint32_t>;
  using NoResult = tl::expected<void, std::string>;
  for (const wit::FuncType& type :
       {wit::func_type_of<void(Bytes)>(), wit::func_type_of<NoState(Bytes)>(),
        wit::func_type_of<NoText(Bytes)>(), wit::func_type_of<NoResult(Bytes)>()}) {
    auto other = harness.component();
    other.exports(on_request(), keep);
    other.exports(on_message().name, type, keep);
    components.add(other);
    Report report = replay_story(story, components);
    ASSERT_TRUE(report.divergence.has_value());
    EXPECT_EQ(report.divergence->field, "function");
    EXPECT_EQ(report.divergence->event, "call");
    EXPECT_EQ(report.divergence->replayed.what, "exports it with a type that cannot be called");
  }
}

TEST_F(DivergenceTest, ANoteWhoseResultOnlyAHandlerWouldKnow) {
  (void)report(say("a"), keep);
  auto other = ScriptedComponent();
  for (const HostFunction& function : harness.desk().host_functions()) {
    if (function.name.name != "say") other.imports(function);
  }
  other.imports({kDesk, "say"}, wit::func_type_of<uint32_t(std::string)>());
  other.exports(init_function(), keep);
  other.exports(on_request(), keep);
  other.exports(on_message(), [](Play& play) {
    play.call<uint32_t>(kDesk, "say", std::string("a"));
    play.finish(play.state());
  });
  components.add(other);
  Report report = replay_story(story, components);
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->field, "result");
  EXPECT_EQ(report.divergence->replayed.what, "called theater:simple/desk/say");
}

TEST_F(DivergenceTest, WhileTheInstanceIsMade) {
  auto made_by = [&](Script start) {
    auto with = component(keep);
    if (start) with.starts_with(std::move(start));
    return with;
  };
  auto here = [](const std::string& text) {
    return [text](Play& play) {
      play.call<void>(kDesk, "say", text);
      play.finish(std::nullopt);
    };
  };
  ActorId id = harness.add(made_by(here("here")));
  scheduler.run();
  story = harness.story(id);
  auto field = [&](Script start) {
    components.add(made_by(std::move(start)));
    Report report = replay_story(story, components);
    if (!report.divergence) return std::string();
    EXPECT_EQ(report.divergence->call_seq, 0u);
    return report.divergence->field + ": " + report.divergence->replayed.what;
  };
  EXPECT_EQ(field(here("here")), "");
  EXPECT_EQ(field(here("there")), "arguments: called theater:simple/desk/say");
  EXPECT_EQ(field(nullptr), "event: was ready to be called");
  EXPECT_EQ(field(trap_with(engine::TrapCode::kUnreachable)),
            "event: trapped: unreachable: as the script wants");
  EXPECT_EQ(field([](Play& play) {
              play.call<void>(kDesk, "say", std::string("here"));
              play.call<void>(kDesk, "say", std::string("again"));
              play.finish(std::nullopt);
            }),
            "event: called theater:simple/desk/say");
}

}  // namespace theater::replay::testing::divergence_test
