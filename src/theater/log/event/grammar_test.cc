#include "theater/log/event/grammar.h"

#include "theater/log/testing/sample_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace theater::log::grammar_test {

using ::testing::HasSubstr;
using Phase = ChainGrammar::Phase;

Instance instance(InstanceReason why = InstanceReason::kStart, uint64_t incarnation = 0) {
  Instance body;
  body.why = why;
  body.incarnation = incarnation;
  body.functions = {"theater:simple/actor/init", "theater:simple/runtime/log"};
  return body;
}

Genesis genesis() {
  Genesis body;
  body.manifest = sample_hash(1);
  return body;
}

const Call kCall{0, FromRuntime{}, {}};
const Call kOtherCall{1, FromRuntime{}, {}};
const Returned kReturned{};
const Note kNote{1, {}};
const Intent kIntent{1, {}};
const Failed kFailed{FailedKilled{}};
const Terminated kTerminated{};
const Control kControl{Pause{}, ByRuntime{}};
const Control kHeld{Held{}, ByRuntime{}};

Sent request() {
  return {1, {}, SentKind::kRequest, Peer{}, std::nullopt, SentAccepted{}};
}

// The message of the first violation and the position it is at; empty if there is none.
std::string violation(const std::vector<Body>& bodies) {
  ChainGrammar life;
  for (size_t seq = 0; seq < bodies.size(); ++seq) {
    Result<void> accepted = life.accept(seq, bodies[seq]);
    if (!accepted) return fmt::format("{}: {}", seq, accepted.error().message());
  }
  return {};
}

TEST(ChainGrammar, AcceptsTheSampleChains) {
  for (const Chain& chain : {sample_actor_chain(), sample_root_chain(), sample_node_chain(),
                             sample_parent_chain(), sample_server_chain()}) {
    ChainGrammar life;
    chain.for_each([&](uint64_t seq, ByteView bytes, const Hash&) {
      Result<void> accepted = life.accept(seq, decode_event(bytes)->body);
      EXPECT_TRUE(accepted) << seq << ": " << accepted.error().message();
    });
  }
}

TEST(ChainGrammar, BeginsWithGenesisAndOnlyThere) {
  EXPECT_THAT(violation({instance()}), HasSubstr("0: a chain begins with `genesis`"));
  EXPECT_THAT(violation({genesis(), genesis()}), HasSubstr("1: `genesis` cannot stand before"));
  EXPECT_EQ(violation({genesis(), kTerminated}), "");
}

TEST(ChainGrammar, RefusesAnotherLogVersion) {
  Genesis body = genesis();
  body.log_version = 3;
  EXPECT_EQ(violation({body}),
            "0: `genesis` is of log version 3, and this program knows version 2");
  body.log_version = 1;
  EXPECT_THAT(violation({body}),
              HasSubstr("of log version 1, and this program knows version 2. Logs of "
                        "version 1 were never released: keep this one"));
}

TEST(ChainGrammar, NothingFollowsTerminated) {
  EXPECT_THAT(violation({genesis(), kTerminated, kControl}),
              HasSubstr("2: `control` cannot stand"));
}

TEST(ChainGrammar, CallsAndReturnsAlternate) {
  EXPECT_EQ(violation({genesis(), instance(), kCall, kReturned, kCall, kReturned}), "");
  EXPECT_THAT(violation({genesis(), kCall}), HasSubstr("1: `call` cannot stand"));
  EXPECT_THAT(violation({genesis(), instance(), kReturned}), HasSubstr("2: `returned` cannot"));
  EXPECT_THAT(violation({genesis(), instance(), kCall, kCall}),
              HasSubstr("3: `call` cannot stand"));
  EXPECT_THAT(violation({genesis(), instance(), kCall, kTerminated}),
              HasSubstr("3: `terminated` cannot stand during a call"));
}

TEST(ChainGrammar, GuestsCallOnlyWhileTheyRun) {
  EXPECT_EQ(violation({genesis(), instance(), kNote, kCall, kNote, kReturned}), "");
  EXPECT_THAT(violation({genesis(), instance(), kCall, kReturned, kNote}),
              HasSubstr("4: the guest calls a function between calls"));
  EXPECT_THAT(violation({genesis(), instance(), Note{2, {}}}),
              HasSubstr("2: function 2 of a table of 2"));
}

TEST(ChainGrammar, AfterFailedComesAnInstanceOrTheEnd) {
  std::vector<Body> failed = {genesis(), instance(), kCall, kFailed};
  auto with = [&](std::vector<Body> more) {
    std::vector<Body> all = failed;
    all.insert(all.end(), more.begin(), more.end());
    return violation(all);
  };
  EXPECT_EQ(with({kControl, instance(InstanceReason::kRestart, 1)}), "");
  EXPECT_EQ(with({kTerminated}), "");
  EXPECT_THAT(with({kCall}), HasSubstr("4: `call` cannot stand after `failed`"));
  EXPECT_THAT(with({kHeld, Snapshot{}}), HasSubstr("5: `snapshot` cannot stand"));
  EXPECT_THAT(with({kFailed}), HasSubstr("4: `failed` cannot stand"));
}

TEST(ChainGrammar, IncarnationsCountUpExceptAtASnapshot) {
  EXPECT_THAT(violation({genesis(), instance(InstanceReason::kRestart, 0)}),
              HasSubstr("is the first, but does not say `start`"));
  EXPECT_THAT(violation({genesis(), instance(), instance()}), HasSubstr("is not the first"));
  EXPECT_THAT(violation({genesis(), instance(InstanceReason::kStart, 1)}),
              HasSubstr("incarnation 1, expected 0"));
  EXPECT_THAT(violation({genesis(), instance(), instance(InstanceReason::kRecover, 0)}),
              HasSubstr("incarnation 0, expected 1"));
  EXPECT_EQ(
      violation({genesis(), instance(), kHeld, Snapshot{}, instance(InstanceReason::kSnapshot, 0)}),
      "");
  EXPECT_THAT(violation({genesis(), instance(), instance(InstanceReason::kSnapshot, 0)}),
              HasSubstr("no `snapshot` is before it"));
  EXPECT_THAT(violation({genesis(), instance(), kHeld, Snapshot{}, kCall}),
              HasSubstr("after `snapshot`"));
}

TEST(ChainGrammar, EachIntentHasOneOutcomeWithinItsCall) {
  std::vector<Body> open = {genesis(), instance(), kCall, kIntent};
  auto with = [&](std::vector<Body> more) {
    std::vector<Body> all = open;
    all.insert(all.end(), more.begin(), more.end());
    return violation(all);
  };
  EXPECT_EQ(with({}), "");
  EXPECT_EQ(with({Outcome{3, OutcomeDone{}}, kReturned}), "");
  EXPECT_THAT(with({kReturned}), HasSubstr("the `intent` of event 3 has no `outcome`"));
  EXPECT_THAT(with({kFailed}), HasSubstr("the `intent` of event 3 has no `outcome`"));
  EXPECT_THAT(with({Outcome{2, OutcomeDone{}}}), HasSubstr("which is not an open `intent`"));
  EXPECT_THAT(with({Outcome{3, OutcomeDone{}}, Outcome{3, OutcomeDone{}}}),
              HasSubstr("5: `outcome` of event 3"));
}

TEST(ChainGrammar, EachAcceptedRequestHasOneAnswer) {
  std::vector<Body> open = {genesis(), instance(), kCall, request()};
  auto with = [&](std::vector<Body> more) {
    std::vector<Body> all = open;
    all.insert(all.end(), more.begin(), more.end());
    return violation(all);
  };
  const Answered answered{3, std::nullopt, {}};
  EXPECT_EQ(with({answered, kReturned}), "");
  EXPECT_EQ(with({kFailed, answered, kTerminated}), "");
  EXPECT_THAT(with({answered, answered}), HasSubstr("5: `answered` for event 3"));
  EXPECT_THAT(with({kFailed, kTerminated}), HasSubstr("the request of event 3 has no answer"));
  EXPECT_THAT(with({kFailed, instance(InstanceReason::kRestart, 1), kCall}),
              HasSubstr("made by an earlier instance"));
  EXPECT_EQ(with({kFailed, instance(InstanceReason::kRestart, 1), answered, kCall}), "");
}

TEST(ChainGrammar, WhatNobodyGetsNeedsNoAnswerAndCannotBeAccepted) {
  Sent sent = request();
  sent.to = ToNobody{};
  EXPECT_THAT(violation({genesis(), instance(), kCall, sent}),
              HasSubstr("`sent` to nobody was accepted"));
  sent.result = SentFailed{};
  EXPECT_EQ(violation({genesis(), instance(), kCall, sent, kReturned, kTerminated}), "");
}

TEST(ChainGrammar, ARefusalWithoutAnswerEndsTheInstance) {
  Refused refused{1, {}, RefusedLimit{"x"}, RefusedTrap{}};
  EXPECT_EQ(violation({genesis(), instance(), kCall, refused, kControl, kFailed}), "");
  EXPECT_THAT(violation({genesis(), instance(), kCall, refused, kReturned}),
              HasSubstr("4: `returned` after a `refused` that could not be answered"));
}

TEST(ChainGrammar, AnErrorLeavesTheState) {
  EXPECT_THAT(violation({genesis(), instance(), kCall, Returned{CallError{}, StateCleared{}}}),
              HasSubstr("is an error and changes the state"));
}

TEST(ChainGrammar, InitComesFirstWhereItRuns) {
  Instance body = instance();
  body.init_runs = true;
  EXPECT_EQ(violation({genesis(), body, kCall, kReturned, kOtherCall}), "");
  EXPECT_THAT(violation({genesis(), body, kOtherCall}), HasSubstr("not of `theater:simple/actor/"));
}

TEST(ChainGrammar, RefusesAFunctionTableOutOfOrder) {
  Instance body = instance();
  std::swap(body.functions[0], body.functions[1]);
  EXPECT_THAT(violation({genesis(), body}), HasSubstr("`instance`: function 1 of the table"));
}

TEST(ChainGrammar, BeginsBeforeASnapshot) {
  ChainGrammar life = ChainGrammar::between_calls(instance(InstanceReason::kSnapshot, 7));
  ASSERT_TRUE(life.accept(50, Snapshot{}));
  ASSERT_TRUE(life.accept(51, instance(InstanceReason::kSnapshot, 7)));
  EXPECT_FALSE(life.accept(52, Snapshot{}));
}

TEST(ChainGrammar, BeginsBeforeASnapshotThatTheNodeWasLostAfter) {
  Instance recovered = instance(InstanceReason::kRecover, 7);
  ChainGrammar life = ChainGrammar::between_calls(recovered);
  ASSERT_TRUE(life.accept(50, Snapshot{}));
  auto accepted = life.accept(51, recovered);
  ASSERT_TRUE(accepted) << accepted.error().to_string();
  EXPECT_EQ(life.incarnation(), 7u);
}

TEST(ChainGrammar, ShowsWhereItIsAndWhatIsOpen) {
  ChainGrammar life;
  EXPECT_EQ(life.phase(), Phase::kEmpty);
  ASSERT_TRUE(life.accept(0, genesis()));
  ASSERT_TRUE(life.accept(1, instance()));
  ASSERT_TRUE(life.accept(2, kCall));
  ASSERT_TRUE(life.accept(3, kIntent));
  EXPECT_EQ(life.phase(), Phase::kInCall);
  EXPECT_EQ(life.open_intents(), std::set<uint64_t>{3});
}

}  // namespace theater::log::grammar_test
