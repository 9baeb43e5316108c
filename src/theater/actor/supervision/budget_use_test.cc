#include "theater/actor/supervision/budget_use.h"

#include "theater/actor/supervision/budget.h"
#include "theater/base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tl/expected.hpp>

#include <map>

namespace theater::budget_use_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Calls = std::vector<std::tuple<std::string, uint64_t>>;

const std::vector<std::string> kFunctions = {
    "theater:simple/message-server-host/send", "theater:simple/runtime/log",
    "theater:simple/runtime/shutdown", "wasi:http/types@0.2.3/[method]fields.get"};

class BudgetUseTest : public ::testing::Test {
 protected:
  BudgetUseTest() {
    use.leave_log_out();
    log::Instance instance;
    instance.functions = kFunctions;
    take(instance);
  }
  void take(const log::Body& body) {
    Result<void> taken = use.accept(seq++, body);
    ASSERT_TRUE(taken) << taken.error().to_string();
  }
  void send(log::SentKind kind, log::SentResult result = log::SentAccepted{}) {
    log::Sent sent;
    sent.kind = kind;
    sent.result = std::move(result);
    take(sent);
  }
  void refuse(log::Refusal why) {
    log::Refused refused;
    refused.function = 1;
    refused.why = std::move(why);
    take(refused);
  }

  BudgetUse use;
  uint64_t seq = 1;
};

TEST_F(BudgetUseTest, CountsMessagesThatFailedAndNoAnswers) {
  for (log::SentKind kind :
       {log::SentKind::kSend, log::SentKind::kRequest, log::SentKind::kOpenChannel,
        log::SentKind::kChannelMessage, log::SentKind::kAnswer, log::SentKind::kCancel,
        log::SentKind::kCloseChannel})
    send(kind);
  send(log::SentKind::kSend, log::SentFailed{});
  EXPECT_EQ(use.used().messages, 5u);
}

TEST_F(BudgetUseTest, CountsCallsByInterface) {
  take(log::Host{2, {}, {}});
  take(log::Note{1, {}});
  take(log::Intent{3, {}});
  send(log::SentKind::kAnswer);
  EXPECT_EQ(use.used().host_calls, (Calls{{"theater:simple/message-server-host", 1},
                                          {"theater:simple/runtime", 2},
                                          {"wasi:http/types@0.2.3", 1}}));
}

TEST_F(BudgetUseTest, CountsRefusedCallsThatWereCarriedOut) {
  refuse(log::RefusedPermission{"http-client"});
  refuse(log::RefusedLimit{"budget.messages"});
  refuse(log::RefusedLimit{"children"});
  EXPECT_EQ(use.used(), log::HeldBudget());
  refuse(log::RefusedArgument{"nothing to say"});
  refuse(log::RefusedLimit{"payload"});
  EXPECT_EQ(use.used().host_calls, (Calls{{"theater:simple/runtime", 2}}));
}

TEST_F(BudgetUseTest, KnowsTheFunctionsOfEachInstance) {
  take(log::Host{1, {}, {}});
  log::Instance other;
  other.functions = {"theater:simple/random/get-bytes", "theater:simple/store/get"};
  take(other);
  take(log::Host{1, {}, {}});
  EXPECT_EQ(use.used().host_calls,
            (Calls{{"theater:simple/runtime", 1}, {"theater:simple/store", 1}}));
  Result<void> taken = use.accept(seq, log::Host{2, {}, {}});
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().to_string(), HasSubstr("function 2"));
}

TEST_F(BudgetUseTest, AddsWhatEndedChildrenUsed) {
  take(log::Child{});
  take(log::ChildEnded{});
  EXPECT_EQ(use.last_child_ended(), seq - 1);
  take(child_used(seq - 1, {2, 3, 4, {{"a:b/c", 5}}}));
  EXPECT_EQ(use.last_child_ended(), std::nullopt);
  EXPECT_EQ(use.used(), (log::HeldBudget{2, 4, 4, {{"a:b/c", 5}}}));
}

// By the sizes that events have of their payloads, whose bytes may be gone.
TEST(BudgetUseOfDisk, CountsBytesOfTheLogOfStoresAndOfFiles) {
  BudgetUse use;
  log::Instance instance;
  instance.functions = {"theater:files/files@0.1.0/append-bytes",
                        "theater:files/files@0.1.0/rename-path",
                        "theater:files/files@0.1.0/write-bytes",
                        "theater:simple/filesystem/create-dir",
                        "theater:simple/runtime/log",
                        "theater:simple/store/get",
                        "theater:simple/store/store-at-label"};
  log::Payload large = log::Detached{Hash(), 10'000};
  log::Payload small = log::inline_payload({1, 2, 3});
  std::vector<log::Body> bodies = {instance,
                                   log::Intent{0, small},
                                   log::Intent{1, large},
                                   log::Intent{2, large},
                                   log::Intent{3, small},
                                   log::Note{4, large},
                                   log::Host{5, small, large},
                                   log::Host{6, large, small},
                                   log::Refused{6, large, log::RefusedLimit{"payload"}, {}},
                                   log::Refused{6, large, log::RefusedLimit{"free-space"}, {}}};
  for (uint64_t seq = 1; const log::Body& body : bodies)
    ASSERT_TRUE(use.accept(seq++, body));
  std::map<std::string, uint64_t> used;
  for (const auto& [name, amount] : use.used().host_calls)
    used[name] = amount;
  EXPECT_EQ(used["files-bytes"], 256u + 10'000 + 4096);
  EXPECT_EQ(used["store-bytes"], 20'000u);
  EXPECT_EQ(used["log-bytes"], bodies.size() * 128 + 7 * 10'000 + 4 * 3);
  EXPECT_EQ(used["theater:simple/store"], 3u);
  // What is held replaces all of it, and `control` is the node's.
  log::HeldBudget held = use.used();
  ASSERT_TRUE(use.accept(
      20, log::Control{log::Held{{{"budget", log::inline_payload(wit::encode(held))}}}}));
  EXPECT_EQ(use.used(), held);
  ASSERT_TRUE(use.accept(21, log::Note{4, small}));
  EXPECT_EQ(use.logged_bytes(), used["log-bytes"] + 131);
}

TEST(BudgetUseOfDisk, GivesBackWhatAStoreHasRemovedAndNoMoreThanWasUsed) {
  using Freed = tl::expected<uint64_t, std::string>;
  BudgetUse use;
  use.leave_log_out();
  log::Instance instance;
  instance.functions = {"theater:simple/store/store", "theater:store/stores/remove-unlabelled"};
  auto remove = [&](Freed freed) {
    log::Host host{1, log::inline_payload({1}), log::inline_payload(wit::encode(freed))};
    EXPECT_TRUE(use.reads_payloads(host));
    ASSERT_TRUE(use.accept(1, host));
  };
  auto stored = [&] {
    for (const auto& [name, amount] : use.used().host_calls) {
      if (name == log::kStoreBytes) return amount;
    }
    return UINT64_MAX;
  };
  ASSERT_TRUE(use.accept(0, instance));
  log::Host put{0, log::Detached{Hash(), 1000}, {}};
  EXPECT_FALSE(use.reads_payloads(put));
  ASSERT_TRUE(use.accept(1, put));
  remove(tl::unexpected(std::string("damaged")));
  EXPECT_EQ(stored(), 1000u);
  remove(300);
  EXPECT_EQ(stored(), 700u);
  EXPECT_EQ(use.take_freed(), 300u);
  EXPECT_EQ(use.take_freed(), 0u);
  remove(5000);
  EXPECT_EQ(stored(), 0u);
  EXPECT_EQ(use.take_freed(), 700u);
  // A replay may lack the bytes.
  ASSERT_TRUE(use.accept(1, put));
  ASSERT_TRUE(use.accept(2, log::Host{1, {}, log::Detached{Hash(), 3}}));
  EXPECT_EQ(stored(), 1000u);
}

TEST_F(BudgetUseTest, BeginsWithWhatIsHeld) {
  send(log::SentKind::kSend);
  log::HeldBudget held{10, 20, 30, {{"theater:simple/runtime", 40}}};
  take(log::Control{log::Held{{{"budget", log::inline_payload(wit::encode(held))}}}});
  take(log::Host{1, {}, {}});
  EXPECT_EQ(use.used(), (log::HeldBudget{10, 20, 30, {{"theater:simple/runtime", 41}}}));
}

TEST_F(BudgetUseTest, RemembersTheTimeThatIsNotOnRecord) {
  use.add_cpu(2500ns);
  EXPECT_EQ(use.used().cpu_us, 2u);
  take(log::Control{log::Held{{{"budget", log::inline_payload(wit::encode(use.used()))}}}});
  EXPECT_EQ(use.unrecorded_cpu(), 500ns);
  use.add_cpu(500ns);
  EXPECT_EQ(use.used().cpu_us, 3u);
}

TEST_F(BudgetUseTest, RefusesBytesThatAreNoUse) {
  log::Control held{log::Held{{{"budget", log::inline_payload({1, 2, 3})}}}};
  EXPECT_EQ(use.accept(seq, held).error().code(), ErrorCode::kCorrupt);
  log::Control noted{log::Noted{"child-used", 1, log::inline_payload({1})}};
  EXPECT_EQ(use.accept(seq, noted).error().code(), ErrorCode::kCorrupt);
  noted.operation = log::Noted{"child-used", 1, log::Detached{}};
  EXPECT_EQ(use.accept(seq, noted).error().code(), ErrorCode::kNotFound);
  noted.operation = log::Noted{"another", 1, log::inline_payload({1})};
  EXPECT_TRUE(use.accept(seq, noted));
}

TEST(BudgetAdd, CountsInEachBudgetAbove) {
  SeededRandom random(uint64_t{1});
  auto above = Budget::of(ActorId::generate(random), {.cpu_ms = 10, .messages = 5}, nullptr);
  auto own = Budget::of(ActorId::generate(random), {.host_calls = {{"a:b/c", 3}}}, above);
  own->add({3, 7, 9'000, {{"a:b/c", 2}, {"a:b/d", 2}}});
  EXPECT_EQ(above->messages_used(), 3u);
  EXPECT_EQ(above->cpu_used(), 9ms);
  EXPECT_EQ(own->host_calls_used("a:b/c"), 2u);
  EXPECT_FALSE(own->take_message());
  own->add({3, 0, 0, {}});
  EXPECT_TRUE(own->take_message()) << "more than the bound was used";
  EXPECT_EQ(own->smallest_cpu(), 10ms);
}

}  // namespace theater::budget_use_test
