#include "theater/actor/messaging/caller.h"

#include "theater/actor/messaging/supervisor_callback.h"
#include "theater/wit/print.h"
#include "theater/wit/traits.h"

#include <gtest/gtest.h>

namespace theater::caller_test {

const ActorId kActor = *ActorId::parse("00112233445566778899aabbccddeeff");

std::optional<Caller> caller_from(log::Origin from) {
  Message message;
  message.function = &handle_send_function();
  message.from = std::move(from);
  return caller_of(message);
}

TEST(Caller, IsTheActorThatSentTheMessage) {
  Caller actor = ActorCaller{"00112233445566778899aabbccddeeff"};
  for (log::Durability durability : {log::Durability::kMemory, log::Durability::kSync})
    EXPECT_EQ(caller_from(log::Sender{kActor, durability, Hash()}), actor);
}

TEST(Caller, IsAClientByTheNameOnRecord) {
  log::NamedClient client{"token ci", log::Once{}, "00-trace"};
  EXPECT_EQ(caller_from(client), Caller(ClientCaller{"token ci"}));
  EXPECT_EQ(caller_from(log::FromClient{}), Caller(ClientCaller{}));
}

TEST(Caller, IsTheRuntimeWithoutAMessage) {
  EXPECT_EQ(caller_from(log::FromRuntime{}), Caller(RuntimeCaller{}));
  EXPECT_EQ(caller_of(Message()), Caller(RuntimeCaller{}));
}

TEST(Caller, IsTheRuntimeForNewsOfChildren) {
  for (SupervisorCallback notice :
       {SupervisorCallback::failed(kActor, "why"), SupervisorCallback::left(kActor, std::nullopt),
        SupervisorCallback::stopped(kActor)}) {
    EXPECT_EQ(caller_of(std::move(notice).message()), Caller(RuntimeCaller{}));
  }
}

TEST(Caller, IsNoneForACallOfAHandler) {
  EXPECT_EQ(caller_from(log::FromHandler{}), std::nullopt);
}

// As wit/messages/callers.wit has it.
TEST(Caller, IsTheVariantOfTheInterface) {
  EXPECT_EQ(wit::to_wit(wit::type_of<std::optional<Caller>>()),
            "option<variant { actor(string), client(option<string>), runtime }>");
  EXPECT_EQ(wit::encode(std::optional<Caller>(ClientCaller{"ci"})), (Bytes{1, 1, 1, 2, 'c', 'i'}));
}

}  // namespace theater::caller_test
