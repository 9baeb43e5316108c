#include "theater/actor/supervision/lifecycle.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace theater::lifecycle_test {

using Down = Lifecycle::Down;
using End = Lifecycle::End;
using Step = Lifecycle::InstanceStop::Step;
using Work = Lifecycle::Work;

// Up and idle, under a supervisor with that rule.
Lifecycle idle(std::optional<RestartKind> restart) {
  Lifecycle life(restart);
  life.is_up();
  life.apply(LifeEvent::kStarted);
  return life;
}

Lifecycle processing(std::optional<RestartKind> restart) {
  Lifecycle life = idle(restart);
  life.apply(LifeEvent::kCallBegan);
  return life;
}

TEST(Lifecycle, RefusesAnEventThatCannotHappen) {
  Lifecycle life = idle(std::nullopt);
  EXPECT_EQ(life.apply(LifeEvent::kCallEnded), std::nullopt);
  EXPECT_EQ(life.phase(), Phase::kIdle);
}

TEST(Lifecycle, OnlyTheRuleOfTheSupervisorLetsAnActorComeBack) {
  EXPECT_FALSE(idle(std::nullopt).may_come_back(Down::kFailed));
  EXPECT_FALSE(idle(RestartKind::kTemporary).may_come_back(Down::kFailed));
  EXPECT_TRUE(idle(RestartKind::kTransient).may_come_back(Down::kFailed));
  EXPECT_FALSE(idle(RestartKind::kTransient).may_come_back(Down::kCompleted));
  EXPECT_TRUE(idle(RestartKind::kPermanent).may_come_back(Down::kCompleted));
}

TEST(Lifecycle, AnActorThatWasNeverUpDoesNotComeBack) {
  Lifecycle life(RestartKind::kPermanent);
  EXPECT_FALSE(life.may_come_back(Down::kFailed));
  life.recover(true, false);
  EXPECT_TRUE(life.may_come_back(Down::kFailed));
}

TEST(Lifecycle, AStopOrAKillFromOutsideIsForGood) {
  Lifecycle stopped = processing(RestartKind::kPermanent);
  EXPECT_TRUE(stopped.want_stop());
  EXPECT_FALSE(stopped.may_come_back(Down::kFailed));
  Lifecycle killed = processing(RestartKind::kPermanent);
  EXPECT_TRUE(killed.want_kill());
  EXPECT_FALSE(killed.want_kill());
  EXPECT_FALSE(killed.may_come_back(Down::kFailed));
}

TEST(Lifecycle, ALaterEndReplacesAnEarlierOne) {
  Lifecycle life = processing(std::nullopt);
  EXPECT_TRUE(life.want_stop());
  EXPECT_FALSE(life.want_stop());
  EXPECT_TRUE(life.want_completion());
  EXPECT_FALSE(life.want_completion());
  EXPECT_EQ(life.end(), End::kCompleted);
  life.want_failure();
  EXPECT_FALSE(life.want_completion());
  EXPECT_TRUE(life.want_kill());
  EXPECT_EQ(life.end(), End::kKilled);
  EXPECT_TRUE(life.ends_by_force());
}

TEST(Lifecycle, AStopJoinsTheEndThatTheGuestHasAskedFor) {
  Lifecycle life = processing(RestartKind::kPermanent);
  EXPECT_TRUE(life.want_completion());
  EXPECT_EQ(life.down_when_free(), Down::kCompleted);
  EXPECT_FALSE(life.want_stop());
  EXPECT_EQ(life.end(), End::kCompleted);
  EXPECT_EQ(life.down_when_free(), std::nullopt);
}

TEST(Lifecycle, ABusyActorGoesDownForAFreshInstanceWhenItIsFree) {
  Lifecycle life = processing(RestartKind::kTemporary);
  EXPECT_EQ(life.down_when_free(), std::nullopt);
  Lifecycle::InstanceStop first = life.want_fresh_instance(false);
  EXPECT_EQ(first.step, Step::kLater);
  EXPECT_TRUE(first.is_first);
  EXPECT_FALSE(life.is_undisturbed());
  EXPECT_EQ(life.down_when_free(), Down::kAsked);
  Lifecycle::InstanceStop forced = life.want_fresh_instance(true);
  EXPECT_EQ(forced.step, Step::kGoDown);
  EXPECT_FALSE(forced.is_first);
}

TEST(Lifecycle, ForceKillsAnActorThatWasNeverUp) {
  Lifecycle life(RestartKind::kPermanent);
  EXPECT_EQ(life.want_fresh_instance(false).step, Step::kLater);
  EXPECT_EQ(life.want_fresh_instance(true).step, Step::kKill);
}

TEST(Lifecycle, AnActorThatGoesDownForgetsTheWishesOfItsInstance) {
  Lifecycle life = idle(RestartKind::kPermanent);
  EXPECT_EQ(life.want_fresh_instance(true).step, Step::kGoDown);
  life.apply(LifeEvent::kDown);
  EXPECT_EQ(life.work(), Work::kAwaitVerdict);
  EXPECT_TRUE(life.is_undisturbed());
  EXPECT_TRUE(life.ends_by_force());
  EXPECT_FALSE(life.awaits_verdict());
  EXPECT_TRUE(life.must_notify_supervisor());
  EXPECT_FALSE(life.must_notify_supervisor());
  EXPECT_TRUE(life.awaits_verdict());
  life.apply(LifeEvent::kRevived);
  EXPECT_EQ(life.work(), Work::kRun);
  EXPECT_FALSE(life.ends_by_force());
  EXPECT_FALSE(life.awaits_verdict());
}

TEST(Lifecycle, AWaitingActorRemembersForceForItsChildren) {
  Lifecycle life = idle(RestartKind::kPermanent);
  life.apply(LifeEvent::kDown);
  EXPECT_FALSE(life.ends_by_force());
  EXPECT_EQ(life.want_fresh_instance(true).step, Step::kNone);
  EXPECT_TRUE(life.ends_by_force());
}

TEST(Lifecycle, AReleasedActorEndsInTheWayItWentDown) {
  for (auto [how, end] :
       {std::pair(Down::kFailed, End::kFailed), std::pair(Down::kCompleted, End::kCompleted),
        std::pair(Down::kAsked, End::kStopped)}) {
    Lifecycle life = idle(RestartKind::kPermanent);
    life.apply(LifeEvent::kDown);
    life.want_release(how);
    life.apply(LifeEvent::kReleased);
    EXPECT_EQ(life.end(), end);
    EXPECT_EQ(life.work(), Work::kEnd);
    EXPECT_EQ(life.want_fresh_instance(true).step, Step::kNone);
    life.record_end();
    EXPECT_EQ(life.work(), Work::kNone);
    EXPECT_FALSE(life.want_kill());
  }
}

TEST(Lifecycle, ARecoveredActorIsPausedWhenItIsUp) {
  Lifecycle life(std::nullopt);
  life.recover(true, true);
  EXPECT_FALSE(life.is_leaving());
  life.apply(LifeEvent::kStarted);
  EXPECT_EQ(life.phase(), Phase::kPaused);
}

TEST(Lifecycle, AnActorThatStartsLeavesOnceItsEndIsDue) {
  Lifecycle life(RestartKind::kPermanent);
  EXPECT_FALSE(life.is_leaving());
  life.want_stop();
  life.apply(LifeEvent::kShutdown);
  EXPECT_TRUE(life.is_leaving());
  EXPECT_EQ(life.work(), Work::kRun);
}

}  // namespace theater::lifecycle_test
