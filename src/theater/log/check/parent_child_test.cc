#include "theater/log/check/parent_child.h"

#include "theater/base/testing/temporary_folder.h"
#include "theater/log/check/log_check.h"
#include "theater/log/testing/segment_builder.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace theater::log::parent_child_test {

constexpr ActorNumber kParent{1};
constexpr ActorNumber kChild{2};

ActorId id_of(uint8_t byte) {
  ActorId id;
  id.bytes.fill(byte);
  return id;
}

// The log of a parent and its child; what is set makes the chains say something else.
struct Story {
  std::function<void(Genesis&)> genesis = [](Genesis&) {};
  std::function<void(Child&)> child = [](Child&) {};
  std::function<void(ChildEnded&)> child_ended = [](ChildEnded&) {};
  size_t events_between = 0;  // The cited event and the `child`.
  bool children_first = true;

  // What is INVALID about it, each on a line.
  std::string faults() const {
    TemporaryFolder temporary;
    SegmentBuilder log(temporary.path(), {.log_id = id_of(9)});
    log.record(kNodeActor, Genesis{.actor = id_of(9), .name = "node"});
    Hash cited = log.record(
        kParent, Genesis{.actor = id_of(1), .name = "parent", .parent = {}, .manifest = Hash{}});
    for (size_t i = 0; i < events_between; ++i)
      log.record(kParent, Discarded{.sent = {}, .why = DiscardReason::kEnded});
    Genesis born{.actor = id_of(2),
                 .name = "child",
                 .parent = Ancestor{id_of(1), cited},
                 .manifest = Hash{}};
    genesis(born);
    Child said{id_of(2), log.record(kChild, born)};
    child(said);
    log.record(kParent, said);
    log.commit();
    Instance instance;
    log.record(kChild, instance);
    if (!children_first) log.record(kParent, Terminated{EndedStopped{}});
    Ending how = EndedCompleted{inline_payload(Bytes(3, 7))};
    ChildEnded ended{id_of(2), log.record(kChild, Terminated{how}), how};
    child_ended(ended);
    log.record(kParent, ended);
    if (children_first) log.record(kParent, Terminated{EndedStopped{}});
    log.commit();
    std::string all;
    LogReport report = check_log(temporary.path()).value();
    for (const Finding& finding : report.findings)
      if (finding.verdict == Verdict::kInvalid) all += finding.to_string() + "\n";
    return all;
  }
};

void expect_fault(const Story& story, std::string_view what, std::string_view where) {
  std::string faults = story.faults();
  EXPECT_NE(faults.find(what), std::string::npos) << faults;
  EXPECT_NE(faults.find(where), std::string::npos) << faults;
}

const std::string kAtParent = "actor " + id_of(1).to_string() + ", seq ";
const std::string kAtChild = "actor " + id_of(2).to_string() + ", seq ";

TEST(ParentChildCheck, FindsNothingWrongWithChainsThatAgree) {
  EXPECT_EQ(Story{}.faults(), "");
}

TEST(ParentChildCheck, LooksForACitedEventThatIsFarBack) {
  EXPECT_EQ(Story{.events_between = 50}.faults(), "");
}

TEST(ParentChildCheck, WantsTheCitedEventInTheParentsChain) {
  expect_fault({.genesis = [](Genesis& genesis) { genesis.parent->event = Hash{}; }},
               "cites an event that its parent", kAtChild + "0");
}

TEST(ParentChildCheck, WantsTheSameParentFromBoth) {
  expect_fault({.genesis = [](Genesis& genesis) { genesis.parent.reset(); }}, "it has no parent",
               kAtParent + "1");
  expect_fault({.genesis = [](Genesis& genesis) { genesis.parent->actor = id_of(5); }},
               "its parent is " + id_of(5).to_string(), kAtParent + "1");
  expect_fault({.child = [](Child& child) { child.actor = id_of(5); }}, "has no `child` of it",
               kAtChild + "0");
}

TEST(ParentChildCheck, WantsTheGenesisThatChildCites) {
  expect_fault({.child = [](Child& child) { child.genesis = Hash{}; }},
               "`child` says that the genesis of actor", kAtParent + "1");
}

TEST(ParentChildCheck, WantsTheEndThatChildEndedCites) {
  expect_fault({.child_ended = [](ChildEnded& ended) { ended.head = Hash{}; }},
               "`child-ended` says that the head of actor", kAtParent + "2");
  expect_fault({.child_ended = [](ChildEnded& ended) { ended.how = EndedCompleted{}; }},
               "says otherwise how actor", kAtParent + "2");
  auto other = inline_payload(Bytes(3, 8));
  expect_fault({.child_ended = [&](ChildEnded& ended) { ended.how = EndedCompleted{other}; }},
               "says otherwise how actor", kAtParent + "2");
}

TEST(ParentChildCheck, WantsEveryChildToEndBeforeItsParent) {
  expect_fault({.children_first = false}, "1 of its children have no `child-ended`",
               kAtParent + "2");
}

TEST(ParentChildCheck, WantsChildEndedOfAChildAlone) {
  expect_fault({.child_ended = [](ChildEnded& ended) { ended.actor = id_of(5); }},
               "is no child of this one at that time", kAtParent + "2");
}

}  // namespace theater::log::parent_child_test
