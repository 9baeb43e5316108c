#include "theater/actor/messaging/mailbox.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

namespace theater::mailbox_test {

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
  mailbox.push(message(1));
  EXPECT_EQ(mailbox.reserve(1), Placement::kFull);
  ASSERT_TRUE(mailbox.take_message());
  EXPECT_EQ(mailbox.reserve(1), Placement::kReserved);
  EXPECT_EQ(mailbox.reserve(1), Placement::kFull);
}

TEST(Mailbox, RefusesPastItsBoundInBytes) {
  Mailbox mailbox({.messages = 10, .bytes = 100});
  EXPECT_EQ(mailbox.reserve(101), Placement::kFull);
  EXPECT_EQ(mailbox.reserve(60), Placement::kReserved);
  EXPECT_EQ(mailbox.reserve(41), Placement::kFull);
  EXPECT_EQ(mailbox.reserve(40), Placement::kReserved);
  EXPECT_EQ(mailbox.reserve(SIZE_MAX), Placement::kFull);
}

TEST(Mailbox, TakesWhatMustNotBeRefusedUntilItIsClosed) {
  Mailbox mailbox({.messages = 1, .bytes = 10});
  EXPECT_EQ(mailbox.reserve(10), Placement::kReserved);
  EXPECT_TRUE(mailbox.reserve_always(100));
  EXPECT_EQ(mailbox.waiting(), 2u);
  mailbox.push(message(10));
  ASSERT_TRUE(mailbox.take_message());
  // It counts like any other.
  EXPECT_EQ(mailbox.reserve(1), Placement::kFull);
  EXPECT_FALSE(mailbox.close());
  EXPECT_FALSE(mailbox.reserve_always(1));
  mailbox.push(message(100));
  EXPECT_TRUE(mailbox.close());
  EXPECT_TRUE(mailbox.take_message());
  EXPECT_EQ(mailbox.waiting(), 0u);
}

TEST(Mailbox, APlaceThatIsGivenUpIsFreeAgain) {
  Mailbox mailbox({.messages = 2, .bytes = 10});
  EXPECT_EQ(mailbox.reserve(4), Placement::kReserved);
  EXPECT_EQ(mailbox.reserve(6), Placement::kReserved);
  EXPECT_EQ(mailbox.reserve(1), Placement::kFull);
  mailbox.release(6);
  EXPECT_EQ(mailbox.waiting(), 1u);
  EXPECT_EQ(mailbox.reserve(6), Placement::kReserved);
  mailbox.push(message(4));
  EXPECT_FALSE(mailbox.close());
  mailbox.release(6);
  EXPECT_TRUE(mailbox.close()) << "nothing is on its way any more";
  EXPECT_TRUE(mailbox.take_message());
  EXPECT_EQ(mailbox.waiting(), 0u);
}

TEST(Mailbox, GivesMessagesInOrder) {
  Mailbox mailbox({});
  for (size_t size = 1; size <= 3; ++size) {
    ASSERT_EQ(mailbox.reserve(size), Placement::kReserved);
    mailbox.push(message(size));
  }
  EXPECT_EQ(mailbox.take_message()->size(), 1u);
  EXPECT_EQ(mailbox.waiting(), 2u) << "what was fetched and not taken still counts";
  ASSERT_EQ(mailbox.reserve(4), Placement::kReserved);
  EXPECT_EQ(mailbox.waiting(), 3u) << "and so does what is on its way";
  EXPECT_EQ(mailbox.take_message()->size(), 2u);
  EXPECT_EQ(mailbox.take_message()->size(), 3u);
  EXPECT_FALSE(mailbox.take_message());
  mailbox.push(message(4));
  EXPECT_EQ(mailbox.take_message()->size(), 4u);
  EXPECT_EQ(mailbox.waiting(), 0u);
}

// Senders on threads, with an owner that takes: no bound is passed, nothing is lost, and the order
// of each sender is kept.
TEST(Mailbox, KeepsItsBoundsAndTheOrderOfEachSender) {
  constexpr size_t kSenders = 3;
  constexpr uint64_t kEach = 5'000;
  constexpr size_t kSize = 8;
  Mailbox mailbox({.messages = 16, .bytes = 10 * kSize});
  std::vector<std::thread> senders;
  for (size_t sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      for (uint64_t number = 0; number < kEach;) {
        if (mailbox.reserve(kSize) != Placement::kReserved) {
          std::this_thread::yield();
          continue;
        }
        Message sent = message(kSize);
        sent.params[0] = static_cast<uint8_t>(sender);
        std::memcpy(&sent.params[1], &number, kSize - 1);
        mailbox.push(std::move(sent));
        ++number;
      }
    });
  }
  std::array<uint64_t, kSenders> next{};
  for (size_t taken = 0; taken < kSenders * kEach;) {
    EXPECT_LE(mailbox.waiting(), 10u);
    std::optional<Message> got = mailbox.take_message();
    if (!got) {
      std::this_thread::yield();
      continue;
    }
    ++taken;
    uint64_t number = 0;
    std::memcpy(&number, &got->params[1], kSize - 1);
    ASSERT_EQ(number, next[got->params[0]]++);
  }
  for (std::thread& sender : senders)
    sender.join();
  EXPECT_EQ(mailbox.waiting(), 0u);
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

}  // namespace theater::mailbox_test
