#include "theater/log/event/message_links.h"

#include <gtest/gtest.h>

namespace theater::log::message_links_test {

Hash hash_of(uint8_t byte) {
  Hash hash;
  hash.bytes.fill(byte);
  return hash;
}
ActorId id_of(uint8_t byte) {
  ActorId id;
  id.bytes.fill(byte);
  return id;
}
GivenMessage message(uint8_t byte) {
  return {.sent = hash_of(byte), .from = id_of(1), .to = id_of(2)};
}

TEST(AcceptedReceiver, IsThereOnlyIfAnActorGotTheMessage) {
  Sent sent;
  sent.to = Peer{id_of(2)};
  sent.result = SentAccepted{};
  ASSERT_NE(accepted_receiver(sent), nullptr);
  EXPECT_EQ(accepted_receiver(sent)->actor, id_of(2));
  sent.result = SentFailed{};
  EXPECT_EQ(accepted_receiver(sent), nullptr);
  sent.result = SentAccepted{};
  sent.to = ToClient{};
  EXPECT_EQ(accepted_receiver(sent), nullptr);
}

TEST(TakenMessage, IsTheCitedEvent) {
  Call call;
  EXPECT_EQ(taken_message(call), nullptr);
  call.from = Sender{.actor = id_of(1), .sent = hash_of(7)};
  EXPECT_EQ(*taken_message(call), hash_of(7));
  Answered answered;
  EXPECT_EQ(taken_message(answered), nullptr);
  answered.by = hash_of(8);
  EXPECT_EQ(*taken_message(answered), hash_of(8));
  EXPECT_EQ(*taken_message(Discarded{.sent = hash_of(9)}), hash_of(9));
}

TEST(MessageLinks, KeepsAMessageUntilItIsTaken) {
  MessageLinks links;
  links.give(message(1));
  links.give(message(2));
  Hash first = hash_of(1);
  links.take(&first);
  links.take(nullptr);
  ASSERT_EQ(links.open().size(), 1u);
  EXPECT_EQ(links.open().begin()->second.sent, hash_of(2));
}

TEST(MessageLinks, ExpectsWhatASnapshotNamesUntilItIsGivenOrTaken) {
  MessageLinks links;
  for (uint8_t byte = 1; byte <= 4; ++byte)
    links.expect(hash_of(byte), id_of(2));
  Hash taken = hash_of(1);
  links.take(&taken);
  links.give(message(2));
  links.settle();
  EXPECT_EQ(links.expected(hash_of(1)), nullptr);
  EXPECT_EQ(links.expected(hash_of(2)), nullptr);
  ASSERT_NE(links.expected(hash_of(3)), nullptr);
  EXPECT_EQ(*links.expected(hash_of(3)), id_of(2));
  links.give_expected(message(3));
  EXPECT_EQ(links.expected_messages().size(), 1u);
  EXPECT_EQ(links.open().size(), 2u);
}

}  // namespace theater::log::message_links_test
