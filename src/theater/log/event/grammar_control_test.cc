// The rules of the operations that have a place or a form of their own, and of whose they are.
#include "theater/log/event/grammar.h"
#include "theater/log/testing/sample_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::log::grammar_control_test {

using ::testing::HasSubstr;

Genesis genesis() {
  Genesis body;
  body.manifest = sample_hash(1);
  return body;
}

Instance instance(InstanceReason why = InstanceReason::kStart, uint64_t incarnation = 0) {
  Instance body;
  body.why = why;
  body.incarnation = incarnation;
  body.functions = {"a", "b"};
  return body;
}

Body control(Operation operation) {
  return Control{std::move(operation), ByRuntime{}};
}

Body started(std::string restart = "permanent", std::vector<std::string> grants = {}) {
  return control(Started{"name", std::move(restart), std::move(grants), {}});
}

Body updated(std::vector<std::string> grants = {}) {
  return control(Updated{sample_hash(2), std::move(grants)});
}

Body held(const std::vector<std::string>& names = {}) {
  Held body;
  for (const std::string& name : names)
    body.value.emplace_back(name, Payload{});
  return control(body);
}

Body noted(std::string what, std::optional<uint64_t> about = {}) {
  return control(Noted{std::move(what), about, {}});
}

const Body kCall = Call{0, FromRuntime{}, {}};
const Body kReturned = Returned{};
const Body kFailed = Failed{FailedKilled{}};
const Body kIntent = Intent{1, {}};
const Body kTrap = Refused{1, {}, RefusedLimit{"x"}, RefusedTrap{}};
const Body kPause = control(Pause{});
const Body kUpdate = instance(InstanceReason::kUpdate, 1);
const Body kAgain = instance(InstanceReason::kSnapshot, 0);

// The message of the first violation and the position it is at; empty if there is none.
std::string violation_from(const Genesis& first, const std::vector<Body>& bodies) {
  ChainGrammar life;
  for (uint64_t seq = 0; seq <= bodies.size(); ++seq) {
    Result<void> accepted = life.accept(seq, seq == 0 ? Body(first) : bodies[seq - 1]);
    if (!accepted) return fmt::format("{}: {}", seq, accepted.error().message());
  }
  return {};
}

std::string violation(const std::vector<Body>& bodies) {
  return violation_from(genesis(), bodies);
}

TEST(ControlGrammar, StartedStandsDirectlyAfterGenesis) {
  EXPECT_EQ(violation({started(), instance()}), "");
  std::string wanted = "`started` does not stand directly after `genesis`";
  EXPECT_EQ(violation({kPause, started()}), "2: " + wanted);
  EXPECT_EQ(violation({started(), started()}), "2: " + wanted);
  EXPECT_EQ(violation({instance(), started()}), "2: " + wanted);
}

TEST(ControlGrammar, OnlyARootIsStarted) {
  Genesis child = genesis();
  child.parent = Ancestor{};
  EXPECT_THAT(violation_from(child, {started()}), HasSubstr("of an actor that has a parent"));
  EXPECT_THAT(violation_from(Genesis{}, {started()}), HasSubstr("in the chain of a node"));
}

TEST(ControlGrammar, StartedSaysOneOfThreeRestarts) {
  for (std::string_view word : kRestartWords)
    EXPECT_EQ(violation({started(std::string(word))}), "");
  EXPECT_THAT(violation({started("")}), HasSubstr("says restart ``, not `permanent`"));
  EXPECT_THAT(violation({started("Permanent")}), HasSubstr("says restart `Permanent`"));
}

TEST(ControlGrammar, GrantsAreSortedAndUnique) {
  EXPECT_EQ(violation({started("transient", {"a", "a:b", "b"})}), "");
  EXPECT_THAT(violation({started("transient", {"b", "a"})}),
              HasSubstr("`started`: the grant `a` does not come after `b` in byte order"));
  EXPECT_THAT(violation({started("transient", {"a", "a"})}), HasSubstr("`a` does not come after"));
  EXPECT_EQ(violation({instance(), updated({"a", "b"})}), "");
  EXPECT_THAT(violation({instance(), updated({"b", "a"})}), HasSubstr("`updated`: the grant `a`"));
  EXPECT_THAT(violation({instance(), updated({"a", "a"})}), HasSubstr("`updated`: the grant `a`"));
}

TEST(ControlGrammar, UpdatesAndWhatIsHeldComeBetweenCalls) {
  for (const auto& [name, body] : {std::pair("updated", updated()), {"held", held()}}) {
    EXPECT_EQ(violation({instance(), body, kCall}), "");
    EXPECT_EQ(violation({instance(), kCall, kReturned, kPause, body, kCall}), "");
    EXPECT_EQ(violation({instance(), kFailed, body, Terminated{}}), "");
    std::string wanted = fmt::format("`{}` cannot stand", name);
    EXPECT_THAT(violation({body}), HasSubstr("1: " + wanted));
    EXPECT_THAT(violation({instance(), kCall, body}), HasSubstr("3: " + wanted));
    EXPECT_THAT(violation({instance(), held(), Snapshot{}, body}), HasSubstr("4: " + wanted));
    EXPECT_THAT(violation({instance(), kIntent, body}), HasSubstr("has no `outcome`"));
    EXPECT_THAT(violation({instance(), kTrap, body}), HasSubstr("which wants `failed`"));
  }
}

TEST(ControlGrammar, AnUpdateNeedsItsUpdated) {
  std::string wanted = "`instance` says `update`, but no `updated` came after the last `instance`";
  Body later = instance(InstanceReason::kUpdate, 2);
  EXPECT_EQ(violation({instance(), updated(), kUpdate}), "");
  EXPECT_EQ(violation({instance(), updated(), kPause, kCall, kReturned, kUpdate}), "");
  EXPECT_EQ(violation({instance(), updated(), instance(InstanceReason::kRecover, 1)}), "");
  EXPECT_EQ(violation({instance(), updated(), instance(InstanceReason::kRestart, 1)}), "");
  EXPECT_EQ(violation({instance(), kUpdate}), "2: " + wanted);
  EXPECT_EQ(violation({instance(), updated(), kUpdate, later}), "4: " + wanted);
  EXPECT_EQ(violation({instance(), updated(), held(), Snapshot{}, kAgain, kUpdate}),
            "6: " + wanted);
}

TEST(ControlGrammar, WhatIsHeldIsNamedInOrder) {
  EXPECT_EQ(violation({instance(), held({"budget", "timing"})}), "");
  EXPECT_THAT(violation({instance(), held({""})}), HasSubstr("2: `held` has a part without"));
  EXPECT_THAT(violation({instance(), held({"b", "a"})}),
              HasSubstr("2: `held`: the part `a` does not come after `b` in byte order"));
  EXPECT_THAT(violation({instance(), held({"a", "a"})}), HasSubstr("`a` does not come after `a`"));
}

TEST(ControlGrammar, HeldDoesNotFollowHeld) {
  EXPECT_EQ(violation({instance(), held(), kPause, held()}), "");
  EXPECT_THAT(violation({instance(), held(), held()}), HasSubstr("3: `held` stands directly"));
}

TEST(ControlGrammar, ASnapshotFollowsWhatIsHeld) {
  std::string wanted = "`snapshot` does not stand directly after a `held`";
  EXPECT_EQ(violation({instance(), held(), Snapshot{}, kAgain}), "");
  EXPECT_EQ(violation({instance(), Snapshot{}}), "2: " + wanted);
  EXPECT_EQ(violation({instance(), held(), kPause, Snapshot{}}), "4: " + wanted);
  EXPECT_EQ(violation({instance(), held(), kCall, kReturned, Snapshot{}}), "5: " + wanted);
}

TEST(ControlGrammar, NotesStandAnywhere) {
  Body note = noted("redirect");
  EXPECT_EQ(violation({note, instance(), note, kTrap, note, kFailed, note, Terminated{}}), "");
  EXPECT_EQ(violation({instance(), held(), Snapshot{}, note, kAgain, kCall, note}), "");
  EXPECT_EQ(violation_from(Genesis{}, {note}), "");
  EXPECT_THAT(violation({Terminated{}, note}), HasSubstr("2: `control` cannot stand"));
}

TEST(ControlGrammar, TheKindOfANoteIsAWord) {
  EXPECT_EQ(violation({noted("a-z.09"), noted(std::string(64, 'a'))}), "");
  for (const std::string& what :
       {std::string(), std::string(65, 'a'), std::string("A"), std::string("a_b"),
        std::string("a b"), std::string("\xc3\xa9"), std::string("a\n"), std::string(1, '\0')}) {
    EXPECT_THAT(violation({noted(what)}), HasSubstr("1: `noted` says what")) << what;
  }
}

TEST(ControlGrammar, ANoteIsAboutAnEarlierEvent) {
  EXPECT_EQ(violation({noted("a", 0), noted("a", 1)}), "");
  EXPECT_THAT(violation({noted("a", 1)}), HasSubstr("1: `noted` is about event 1, which is not"));
  EXPECT_THAT(violation_from(Genesis{}, {noted("a", UINT64_MAX)}),
              HasSubstr("1: `noted` is about"));
}

const std::vector<Operation> kOfNodes = {NodeStarted{"x"}, NodeStopped{}, TailRemoved{},
                                         DamageAccepted{}, NodeKey{Bytes(32)}};
const std::vector<Operation> kOfActors = {Pause{},     Resume{},  Shutdown{},
                                          Terminate{}, Restart{}, Started{{}, "permanent", {}, {}},
                                          Updated{},   Held{}};

TEST(ControlGrammar, AnActorIsNoNode) {
  for (const Operation& operation : kOfNodes) {
    EXPECT_THAT(violation({control(operation)}),
                HasSubstr("cannot stand in the chain of an actor"));
    EXPECT_EQ(violation_from(Genesis{}, {control(operation)}), "");
  }
}

TEST(ControlGrammar, ANodeIsNoActor) {
  for (const Operation& operation : kOfActors) {
    EXPECT_THAT(violation_from(Genesis{}, {control(operation)}),
                HasSubstr("cannot stand in the chain of a node"));
  }
  for (const Body& body : {Body(instance()), Body(Child{}), Body(Terminated{}), Body(Answered{})}) {
    EXPECT_EQ(violation_from(Genesis{}, {body}),
              fmt::format("1: `{}` cannot stand in the chain of a node", body_name(body)));
  }
}

TEST(ControlGrammar, ANodeHasNoParent) {
  Genesis node;
  node.parent = Ancestor{};
  EXPECT_EQ(violation_from(node, {}), "0: `genesis` has a parent, but no manifest");
}

TEST(ControlGrammar, EveryOperationIsOfOneOrOfBoth) {
  EXPECT_EQ(kOfNodes.size() + kOfActors.size() + 1, std::variant_size_v<Operation>);
}

}  // namespace theater::log::grammar_control_test
