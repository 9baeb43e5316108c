#include "theater/actor/supervision/supervision.h"

#include "theater/base/random.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace theater::supervision_test {

using namespace std::chrono_literals;
using Down = Supervision::Down;
using What = Supervision::Step::What;
using Time = Supervision::Time;

// A supervisor whose children have names of one letter. Steps are told as "stop a, wait b 100".
class SupervisionHarness {
 public:
  explicit SupervisionHarness(SupervisionRules rules) : supervision(rules) {}

  void has(const std::string& names, RestartKind kind) {
    for (char name : names) {
      ids_[name] = ActorId::generate(random_);
      supervision.add(ids_[name], kind);
      EXPECT_EQ(up(name), "");
    }
  }
  std::string up(char name) { return text(supervision.up(ids_[name], now)); }
  std::string fails(char name) { return text(supervision.down(ids_[name], Down::kFailed, now)); }
  std::string completes(char name) {
    return text(supervision.down(ids_[name], Down::kCompleted, now));
  }
  std::string stopped(char name) { return text(supervision.down(ids_[name], Down::kAsked, now)); }
  std::string due(char name) { return text(supervision.due(ids_[name], now)); }
  std::string gone(char name) { return text(supervision.gone(ids_[name], now)); }
  std::string restart(char name) { return text(supervision.restart(ids_[name], now)); }

  Supervision supervision;
  Time now{0};

 private:
  std::string text(const Supervision::Steps& steps) {
    static const std::map<What, std::string> kNames = {
        {What::kStop, "stop"},   {What::kRemove, "remove"},   {What::kWait, "wait"},
        {What::kStart, "start"}, {What::kRelease, "release"}, {What::kEscalate, "give up"}};
    std::string all;
    for (const auto& step : steps) {
      if (!all.empty()) all += ", ";
      all += kNames.at(step.what) + " ";
      for (const auto& [name, id] : ids_) {
        if (id == step.child) all += name;
      }
      if (step.delay > Time(0)) all += " " + std::to_string(step.delay / 1ms);
    }
    return all;
  }

  SeededRandom random_{1};
  std::map<char, ActorId> ids_;
};

SupervisionRules rules(Strategy strategy) {
  SupervisionRules rules;
  rules.strategy = strategy;
  return rules;
}

TEST(Supervision, RestartsByKind) {
  struct Case {
    RestartKind kind;
    std::string failed;
    std::string completed;
  };
  for (const Case& c : {Case{RestartKind::kPermanent, "start a", "start a"},
                        Case{RestartKind::kTransient, "start a", "release a"},
                        Case{RestartKind::kTemporary, "release a", "release a"}}) {
    SCOPED_TRACE(restart_kind_name(c.kind));
    for (Strategy strategy : {Strategy::kOneForOne, Strategy::kOneForAll, Strategy::kRestForOne}) {
      SupervisionHarness failing(rules(strategy));
      failing.has("a", c.kind);
      EXPECT_EQ(failing.fails('a'), c.failed);
      SupervisionHarness completing(rules(strategy));
      completing.has("a", c.kind);
      EXPECT_EQ(completing.completes('a'), c.completed);
    }
  }
}

TEST(Supervision, OneForOneLeavesTheOthersAlone) {
  SupervisionHarness k(rules(Strategy::kOneForOne));
  k.has("abc", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('b'), "start b");
  EXPECT_EQ(k.fails('a'), "start a") << "while the other is still being started";
  EXPECT_EQ(k.up('b'), "");
  EXPECT_EQ(k.up('a'), "");
}

TEST(Supervision, OneForAllStopsInReverseAndStartsInOrder) {
  SupervisionHarness k(rules(Strategy::kOneForAll));
  k.has("abc", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('b'), "stop c");
  EXPECT_EQ(k.stopped('c'), "stop a");
  EXPECT_EQ(k.stopped('a'), "start a");
  EXPECT_EQ(k.up('a'), "start b");
  EXPECT_EQ(k.up('b'), "start c");
  EXPECT_EQ(k.up('c'), "");
}

TEST(Supervision, RestForOneLeavesThoseBeforeAlone) {
  SupervisionHarness k(rules(Strategy::kRestForOne));
  k.has("abc", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('b'), "stop c");
  EXPECT_EQ(k.stopped('c'), "start b");
  EXPECT_EQ(k.up('b'), "start c");
  EXPECT_EQ(k.up('c'), "");
}

TEST(Supervision, TemporaryOnesDoNotComeBackWithTheirGroup) {
  SupervisionHarness k(rules(Strategy::kOneForAll));
  k.has("a", RestartKind::kPermanent);
  k.has("b", RestartKind::kTemporary);
  EXPECT_EQ(k.fails('a'), "remove b");
  EXPECT_EQ(k.gone('b'), "start a");
  EXPECT_EQ(k.up('a'), "");
  EXPECT_EQ(k.gone('b'), "") << "it is not known any more";
}

TEST(Supervision, StopsAChildThatFailsDuringStop) {
  SupervisionHarness k(rules(Strategy::kOneForAll));
  k.has("abc", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('c'), "stop b");
  EXPECT_EQ(k.fails('a'), "");
  EXPECT_EQ(k.fails('b'), "start a") << "one failure, of c";
  EXPECT_EQ(k.up('a'), "start b");
}

TEST(Supervision, WhatFailsDuringARoundOfOthersWaitsForItsEnd) {
  SupervisionHarness k(rules(Strategy::kRestForOne));
  k.has("abc", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('c'), "start c");
  EXPECT_EQ(k.fails('a'), "");
  EXPECT_EQ(k.up('c'), "stop c");
  EXPECT_EQ(k.stopped('c'), "stop b");
  EXPECT_EQ(k.stopped('b'), "start a");
}

TEST(Supervision, AStartThatFailsIsAFailureToo) {
  SupervisionHarness k(rules(Strategy::kOneForAll));
  k.has("abc", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('a'), "stop c");
  EXPECT_EQ(k.stopped('c'), "stop b");
  EXPECT_EQ(k.stopped('b'), "start a");
  EXPECT_EQ(k.up('a'), "start b");
  EXPECT_EQ(k.fails('b'), "stop a");
  EXPECT_EQ(k.stopped('a'), "start a") << "the first failure of b";
  EXPECT_EQ(k.up('a'), "start b");
  EXPECT_EQ(k.fails('b'), "stop a");
  EXPECT_EQ(k.stopped('a'), "wait b 100");
  EXPECT_EQ(k.due('a'), "") << "no round waits for it";
  EXPECT_EQ(k.due('b'), "start a");
}

TEST(Supervision, WaitsLongerEachTimeButNotForEver) {
  SupervisionRules many = rules(Strategy::kOneForOne);
  many.restarts = 100;
  many.backoff_max = 1s;
  SupervisionHarness k(many);
  k.has("a", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('a'), "start a");
  for (int wait : {100, 200, 400, 800, 1000, 1000}) {
    EXPECT_EQ(k.up('a'), "");
    EXPECT_EQ(k.fails('a'), "wait a " + std::to_string(wait));
    EXPECT_EQ(k.due('a'), "start a");
  }
  EXPECT_EQ(k.up('a'), "");
  k.now += 5s;
  EXPECT_EQ(k.fails('a'), "start a") << "it was up for a period";
  EXPECT_EQ(Supervision::delay_after(many, 4'000'000'000), 1s);
  many.backoff_max = many.backoff = 0ms;
  EXPECT_EQ(Supervision::delay_after(many, 4'000'000'000), 0s);
}

TEST(Supervision, GivesUpWhenThereAreTooManyRestartsInAPeriod) {
  SupervisionRules two = rules(Strategy::kOneForOne);
  two.restarts = 2;
  two.backoff = 0ms;
  SupervisionHarness k(two);
  k.has("ab", RestartKind::kPermanent);
  auto restart = [&](char name) {
    EXPECT_EQ(k.fails(name), std::string("start ") + name);
    EXPECT_EQ(k.up(name), "");
  };
  restart('a');
  k.now += 3s;
  restart('b');
  k.now += 2001ms;
  restart('a');
  EXPECT_EQ(k.fails('b'), "give up b");
  EXPECT_TRUE(k.supervision.given_up());
  EXPECT_EQ(k.fails('a'), "release a");
  EXPECT_EQ(k.restart('a'), "");
}

TEST(Supervision, NoRestartsAtAllCanBeAskedFor) {
  SupervisionRules none = rules(Strategy::kOneForOne);
  none.restarts = 0;
  SupervisionHarness k(none);
  k.has("a", RestartKind::kTransient);
  EXPECT_EQ(k.fails('a'), "give up a");
}

TEST(Supervision, AChildThatEndsForGoodHoldsNothingUp) {
  SupervisionHarness k(rules(Strategy::kOneForAll));
  k.has("abcd", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('a'), "stop d");
  EXPECT_EQ(k.gone('d'), "stop c");
  EXPECT_EQ(k.stopped('c'), "stop b");
  EXPECT_EQ(k.stopped('b'), "start a");
  EXPECT_EQ(k.gone('a'), "start b");
  EXPECT_EQ(k.fails('b'), "start b") << "it fails to start";
  EXPECT_EQ(k.fails('b'), "wait b 100");
  EXPECT_EQ(k.gone('b'), "start c") << "whose wait it was";
  EXPECT_EQ(k.up('c'), "");
}

TEST(Supervision, RestartsOnRequestWithoutCounting) {
  SupervisionRules one = rules(Strategy::kOneForAll);
  one.restarts = 1;
  SupervisionHarness k(one);
  k.has("ab", RestartKind::kTemporary);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(k.restart('a'), "stop a");
    EXPECT_EQ(k.restart('a'), "");
    EXPECT_EQ(k.stopped('a'), "start a");
    EXPECT_EQ(k.up('a'), "");
  }
  EXPECT_EQ(k.restart('a'), "stop a");
  EXPECT_EQ(k.stopped('a'), "start a");
  EXPECT_EQ(k.fails('a'), "release a") << "which did not come up, and is temporary";
}

TEST(Supervision, ARequestEndsAWait) {
  SupervisionHarness k(rules(Strategy::kOneForOne));
  k.has("a", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('a'), "start a");
  EXPECT_EQ(k.fails('a'), "wait a 100");
  EXPECT_EQ(k.restart('a'), "start a");
  EXPECT_EQ(k.due('a'), "");
}

TEST(Supervision, ARequestWaitsForARoundThatHasRestartedIt) {
  SupervisionHarness k(rules(Strategy::kOneForAll));
  k.has("ab", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('a'), "stop b");
  EXPECT_EQ(k.restart('b'), "") << "which is being restarted";
  EXPECT_EQ(k.stopped('b'), "start a");
  EXPECT_EQ(k.up('a'), "start b");
  EXPECT_EQ(k.restart('a'), "");
  EXPECT_EQ(k.up('b'), "stop a");
  EXPECT_EQ(k.stopped('a'), "start a");
}

TEST(Supervision, ARoundTakesInWhatAnotherHasBegun) {
  SupervisionRules many = rules(Strategy::kRestForOne);
  SupervisionHarness k(many);
  k.has("abc", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('c'), "start c");
  EXPECT_EQ(k.fails('c'), "wait c 100");
  EXPECT_EQ(k.restart('a'), "stop a");
  EXPECT_EQ(k.stopped('a'), "start a");
  EXPECT_EQ(k.fails('a'), "stop b");
  EXPECT_EQ(k.due('c'), "") << "whose round is over";
  EXPECT_EQ(k.stopped('b'), "start a");
  EXPECT_EQ(k.up('a'), "start b");
  EXPECT_EQ(k.up('b'), "start c");
}

TEST(Supervision, AFirstStartIsLetComeToItsEnd) {
  SupervisionHarness k(rules(Strategy::kOneForAll));
  k.has("a", RestartKind::kPermanent);
  k.has("b", RestartKind::kPermanent);
  EXPECT_EQ(k.fails('a'), "stop b");
  EXPECT_EQ(k.up('b'), "") << "which is not what a stop waits for";
  EXPECT_EQ(k.stopped('b'), "start a");
}

}  // namespace theater::supervision_test
