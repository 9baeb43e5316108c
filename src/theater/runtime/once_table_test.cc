#include "theater/runtime/once_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace theater::once_table_test {

using ::testing::HasSubstr;

constexpr uint64_t kNow = 1'767'225'600'000'000;
constexpr uint64_t kDay = 86'400'000'000;
const ActorId kActor = *ActorId::parse("00000000000000000000000000000001");

log::Once once_of(std::string_view key, std::string_view request = "asked") {
  return {sha256(as_bytes(key)), sha256(as_bytes(request))};
}

std::shared_ptr<const OnceAnswer> answer_of(size_t bytes) {
  return std::make_shared<const OnceAnswer>(Result<ClientReply>(ClientReply{Bytes(bytes), {}}));
}

// "first", "done", or the reason why there is neither.
std::string said(const OnceTable::Claim& claim) {
  if (std::holds_alternative<OnceTable::First>(claim)) return "first";
  if (const auto* done = std::get_if<OnceDone>(&claim)) return done->answer ? "answered" : "done";
  const auto& failure = std::get<OnceFailure>(claim);
  switch (failure.why) {
    case OnceRefusal::kOtherRequest:
      return "other request";
    case OnceRefusal::kRunning:
      return "running";
    case OnceRefusal::kNotReady:
      return "not ready";
    default:
      return failure.error.to_string();
  }
}

struct OnceTableTest : ::testing::Test {
  OnceTableTest() { table.load({}, kNow); }

  std::string claim(const log::Once& once, uint64_t now_us = kNow) {
    return said(table.claim(once, now_us));
  }
  void finish(const log::Once& once, size_t bytes = 1, bool log_has_it = false) {
    table.called(once.key, kActor, {.seq = 7, .hash = {}, .keeps_answer = log_has_it});
    table.finish(once.key, answer_of(bytes));
  }

  OnceTable table{3, 1'000};
};

TEST_F(OnceTableTest, AKeyIsTakenOnce) {
  EXPECT_EQ(claim(once_of("a")), "first");
  EXPECT_EQ(claim(once_of("a")), "running");
  EXPECT_EQ(claim(once_of("a", "other")), "other request");
  finish(once_of("a"));
  EXPECT_EQ(claim(once_of("a")), "answered");
  EXPECT_EQ(claim(once_of("a", "other")), "other request");
  EXPECT_EQ(claim(once_of("b")), "first");
}

TEST_F(OnceTableTest, ARequestThatDidNothingFreesItsKey) {
  EXPECT_EQ(claim(once_of("a")), "first");
  table.finish(once_of("a").key, answer_of(1));
  EXPECT_EQ(claim(once_of("a", "other")), "first");
}

TEST_F(OnceTableTest, AnswersOfTheLogAreNotKept) {
  EXPECT_EQ(claim(once_of("a")), "first");
  finish(once_of("a"), 1, true);
  OnceTable::Claim claimed = table.claim(once_of("a"), kNow);
  ASSERT_TRUE(std::holds_alternative<OnceDone>(claimed));
  const OnceDone& done = std::get<OnceDone>(claimed);
  EXPECT_EQ(done.answer, nullptr);
  EXPECT_EQ(done.actor, kActor);
  EXPECT_EQ(done.seq, 7u);
}

TEST_F(OnceTableTest, KeysAreForgottenAfterADay) {
  EXPECT_EQ(claim(once_of("a")), "first");
  EXPECT_EQ(claim(once_of("b")), "first");
  finish(once_of("a"));
  EXPECT_EQ(claim(once_of("a"), kNow + kDay - 1), "answered");
  EXPECT_EQ(claim(once_of("a", "other"), kNow + kDay), "first");
  // One without an outcome stays, however old it is.
  EXPECT_EQ(claim(once_of("b"), kNow + 2 * kDay), "running");
}

TEST_F(OnceTableTest, AFullTableRefusesNewKeysAndForgetsNone) {
  for (const char* key : {"a", "b", "c"}) {
    EXPECT_EQ(claim(once_of(key)), "first");
    finish(once_of(key));
  }
  EXPECT_THAT(claim(once_of("d")), HasSubstr("too many idempotency keys"));
  EXPECT_EQ(claim(once_of("a")), "answered");
  EXPECT_EQ(claim(once_of("d"), kNow + kDay), "first");
}

TEST_F(OnceTableTest, AnswersWithoutRoomAreDroppedAndTheirKeysStay) {
  EXPECT_EQ(claim(once_of("a")), "first");
  finish(once_of("a"), 500);
  EXPECT_EQ(claim(once_of("b")), "first");
  finish(once_of("b"), 500);
  EXPECT_EQ(claim(once_of("a")), "answered");
  EXPECT_EQ(claim(once_of("b")), "done");
  // The room is there again when the first one is forgotten.
  EXPECT_EQ(claim(once_of("c"), kNow + kDay), "first");
  finish(once_of("c"), 500);
  EXPECT_EQ(claim(once_of("c"), kNow + kDay), "answered");
}

TEST_F(OnceTableTest, TakesNoKeyBeforeTheLogWasRead) {
  OnceTable fresh(3, 1'000);
  EXPECT_EQ(said(fresh.claim(once_of("a"), kNow)), "not ready");
  log::OnceRecord old{once_of("a"), kActor, 1, kNow - kDay, {}};
  log::OnceRecord young{once_of("b"), kActor, 2, kNow - kDay + 1, {}};
  fresh.load({old, young}, kNow);
  EXPECT_EQ(fresh.size(), 1u);
  EXPECT_EQ(said(fresh.claim(once_of("b"), kNow)), "done");
  EXPECT_EQ(said(fresh.claim(once_of("b", "other"), kNow)), "other request");
}

TEST_F(OnceTableTest, OfTwoRecordsWithOneKeyTheYoungerCounts) {
  OnceTable fresh;
  log::OnceRecord first{once_of("a", "one"), kActor, 1, kNow - 10, {}};
  log::OnceRecord second{once_of("a", "two"), kActor, 2, kNow - 5, {}};
  fresh.load({second, first}, kNow);
  EXPECT_EQ(said(fresh.claim(once_of("a", "two"), kNow)), "done");
  EXPECT_EQ(said(fresh.claim(once_of("a", "two"), kNow + kDay - 6)), "done");
  EXPECT_EQ(said(fresh.claim(once_of("a", "two"), kNow + kDay - 5)), "first");
}

TEST_F(OnceTableTest, AnUnreadableLogRefusesEveryKey) {
  OnceTable fresh;
  fresh.refuse_all(Error(ErrorCode::kCorrupt, "a bad event"));
  EXPECT_THAT(said(fresh.claim(once_of("a"), kNow)), HasSubstr("a bad event"));
}

}  // namespace theater::once_table_test
