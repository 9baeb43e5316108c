#include "theater/actor/mailbox.h"

#include <gtest/gtest.h>

namespace theater {
namespace {

Message message(size_t size) {
  Message made;
  made.params = Bytes(size, 'x');
  return made;
}

TEST(Mailbox, RefusesPastItsBoundInMessages) {
  Mailbox mailbox({.messages = 2, .bytes = 1'000});
  EXPECT_EQ(mailbox.reserve(1), Placement::kReserved);
  EXPECT_EQ(mailbox.reserve(1), Placement::kReserved);
  EXPECT_EQ(mailbox.reserve(1), Placement::kFull);
  mailbox.release(1);
  EXPECT_EQ(mailbox.reserve(1), Placement::kReserved);
}

TEST(Mailbox, RefusesPastItsBoundInOctets) {
  Mailbox mailbox({.messages = 10, .bytes = 100});
  EXPECT_EQ(mailbox.reserve(101), Placement::kFull);
  EXPECT_EQ(mailbox.reserve(60), Placement::kReserved);
  EXPECT_EQ(mailbox.reserve(41), Placement::kFull);
  EXPECT_EQ(mailbox.reserve(40), Placement::kReserved);
  EXPECT_EQ(mailbox.reserve(SIZE_MAX), Placement::kFull);
}

TEST(Mailbox, GivesMessagesInOrderAndInBatches) {
  Mailbox mailbox({});
  for (size_t size = 1; size <= 3; ++size) {
    ASSERT_EQ(mailbox.reserve(size), Placement::kReserved);
    mailbox.push(message(size));
  }
  std::deque<Message> taken;
  mailbox.take_messages(taken, 2);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(mailbox.waiting(), 3u) << "what is taken counts until it is released";
  mailbox.take_messages(taken, 2);
  ASSERT_EQ(taken.size(), 3u);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(taken[i].size(), i + 1);
}

TEST(Mailbox, ClosingWaitsForPlacesThatAreTaken) {
  Mailbox mailbox({});
  ASSERT_EQ(mailbox.reserve(1), Placement::kReserved);
  ASSERT_TRUE(mailbox.reserve_answer());
  EXPECT_FALSE(mailbox.close());
  EXPECT_EQ(mailbox.reserve(1), Placement::kClosed);
  EXPECT_FALSE(mailbox.reserve_answer());
  mailbox.push(message(1));
  EXPECT_FALSE(mailbox.close());
  mailbox.push(Completed(AnsweredRequest{}), true);
  EXPECT_TRUE(mailbox.close());
}

TEST(Mailbox, TakesControlAndCompletionsOnce) {
  Mailbox mailbox({});
  std::vector<ControlItem> control;
  std::vector<Completed> completed;
  mailbox.take_urgent(control, completed);
  EXPECT_TRUE(control.empty() && completed.empty());
  mailbox.push(ControlItem(StopRequest{}));
  mailbox.push(Completed(CallAnswer{.call = 7, .result = {}}));
  mailbox.take_urgent(control, completed);
  EXPECT_EQ(control.size(), 1u);
  ASSERT_EQ(completed.size(), 1u);
  EXPECT_EQ(std::get<CallAnswer>(completed[0]).call, 7u);
  mailbox.take_urgent(control, completed);
  EXPECT_EQ(control.size() + completed.size(), 2u);
}

}  // namespace
}  // namespace theater
