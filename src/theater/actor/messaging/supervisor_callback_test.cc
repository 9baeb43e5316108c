#include "theater/actor/messaging/supervisor_callback.h"

#include "theater/base/utf8.h"
#include "theater/wit/traits.h"

#include <gtest/gtest.h>

namespace theater::supervisor_callback_test {

const ActorId kChild = *ActorId::parse("0123456789abcdef0123456789abcdef");
// What an actor of the smallest payload limit takes.
constexpr size_t kSmallestPart = 512;

using Failed = std::tuple<std::string, ActorError>;

template <class... P>
std::tuple<P...> params(SupervisorCallback notice) {
  Message message = std::move(notice).message();
  EXPECT_TRUE(std::holds_alternative<log::FromHandler>(message.from));
  EXPECT_FALSE(message.reply.wanted());
  return *wit::decode<std::tuple<P...>>(message.params);
}

TEST(SupervisorCallback, IsTheOneForHowTheChildEnded) {
  auto failed = SupervisorCallback::of_end(kChild, log::EndedFailed{}, "unreachable", false);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->function().name.name, "handle-child-error");
  EXPECT_EQ((params<std::string, ActorError>(*failed)),
            Failed(kChild.to_string(),
                   {ActorErrorType::kInternal, to_bytes(std::string_view("unreachable"))}));
  Bytes data{1, 2};
  auto left =
      SupervisorCallback::of_end(kChild, log::EndedCompleted{log::inline_payload(data)}, "", false);
  ASSERT_TRUE(left);
  EXPECT_EQ(left->function().name.name, "handle-child-exit");
  EXPECT_EQ(std::get<1>(params<std::string, std::optional<Bytes>>(*left)), data);
  auto silent = SupervisorCallback::of_end(kChild, log::EndedCompleted{}, "", false);
  EXPECT_EQ(std::get<1>(params<std::string, std::optional<Bytes>>(*silent)), std::nullopt);
  for (const log::Ending& how :
       {log::Ending(log::EndedStopped{}), log::Ending(log::EndedKilled{})}) {
    auto stopped = SupervisorCallback::of_end(kChild, how, "", false);
    ASSERT_TRUE(stopped);
    EXPECT_EQ(stopped->function().name.name, "handle-child-external-stop");
    EXPECT_EQ(params<std::string>(*stopped), std::tuple(kChild.to_string()));
  }
}

TEST(SupervisorCallback, IsNoneForAnEndThatTheParentAskedFor) {
  EXPECT_FALSE(SupervisorCallback::of_end(kChild, log::EndedStopped{}, "", true));
  EXPECT_FALSE(SupervisorCallback::of_end(kChild, log::EndedKilled{}, "", true));
  // The parent is notified of an end that it did not ask for.
  EXPECT_TRUE(SupervisorCallback::of_end(kChild, log::EndedFailed{}, "unreachable", true));
  EXPECT_TRUE(SupervisorCallback::of_end(kChild, log::EndedCompleted{}, "", true));
}

TEST(SupervisorCallback, SaysWhichLimitACallsTimeReached) {
  auto failed = SupervisorCallback::of_end(kChild, log::EndedFailed{}, "time-limit", false, 0x0102);
  EXPECT_EQ((params<std::string, ActorError>(*failed)),
            Failed(kChild.to_string(),
                   {ActorErrorType::kOperationTimeout, Bytes{2, 1, 0, 0, 0, 0, 0, 0}}));
}

TEST(SupervisorCallback, HasABoundedTextOfWholeCharacters) {
  std::string umlauts;
  while (umlauts.size() < 2 * SupervisorCallback::kTextBytesMax)
    umlauts += "x" + std::string("\xc3\xa4\xc3\xb6");
  auto [id, error] = params<std::string, ActorError>(SupervisorCallback::failed(kChild, umlauts));
  ASSERT_TRUE(error.data);
  EXPECT_LE(error.data->size(), SupervisorCallback::kTextBytesMax);
  EXPECT_GE(error.data->size(), SupervisorCallback::kTextBytesMax - 3);
  EXPECT_TRUE(is_utf8(as_text(*error.data)));
}

TEST(SupervisorCallback, SaysWhyDataDoesNotFitInAFormThatFitsEverybody) {
  SupervisorCallback left = SupervisorCallback::left(kChild, Bytes(100'000));
  EXPECT_GT(left.size(), SupervisorCallback::kAlwaysBytesMax);
  SupervisorCallback instead = left.without_data("mailbox-full: " + std::string(1'000, 'x'));
  EXPECT_LE(instead.size(), kSmallestPart);
  EXPECT_EQ(instead.function().name.name, "handle-child-error");
  auto [id, error] = params<std::string, ActorError>(std::move(instead));
  EXPECT_EQ(id, kChild.to_string());
  EXPECT_TRUE(
      as_text(*error.data)
          .starts_with("it has ended, but what it ended with does not fit: mailbox-full: x"));
  EXPECT_LE(SupervisorCallback::stopped(kChild).size(), kSmallestPart);
  EXPECT_LE(SupervisorCallback::left(kChild, std::nullopt).size(), kSmallestPart);
}

}  // namespace theater::supervisor_callback_test
