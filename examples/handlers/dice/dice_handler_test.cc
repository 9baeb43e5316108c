// What the functions answer: one session, called as the binder calls it.
#include "dice_handler.h"

#include "theater/base/file.h"
#include "theater/handlers/testing/handler_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "dice.h"
#include "score_sheet.h"

namespace theater::dice_handler_test {

using testing::HandlerFixture;
using Rolled = tl::expected<uint32_t, std::string>;
using Written = tl::expected<void, std::string>;

// A home that is removed in the end.
struct TestHome {
  TestHome() {
    std::string path = (std::filesystem::temp_directory_path() / "dice-test-XXXXXX").string();
    folder = mkdtemp(path.data());
  }
  ~TestHome() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  std::string scores() const {
    auto text = read_text_file(folder / "handlers/dice/scores.txt");
    return text ? *text : "";
  }
  std::filesystem::path folder;
};

// Keeps the answer of a function that waits.
struct KeptAnswer final : ReplySink {
  void answered(CallAnswer given) override { answer = std::move(given); }
  std::optional<CallAnswer> answer;
};

struct DiceTest : TestHome, HandlerFixture, ::testing::Test {
  DiceTest() : HandlerFixture(make_dice_handler({.home = folder})) { grant("dice"); }

  void grant(std::string right) {
    permissions.custom = CustomPermissions{NameList({{std::move(right)}})};
  }

  // Begins a call of a function that waits.
  template <class R, class... Args>
  void begin(const std::string& name, const Args&... args) {
    Bytes encoded;
    wit::encode_params(encoded, args...);
    const HostFunction& function = find<R, Args...>(name);
    refused = function.refusal(session(), encoded);
    ASSERT_FALSE(refused) << *refused;
    sink = std::make_shared<KeptAnswer>();
    std::get<HostFunction::Waiting>(function.body)(session(), encoded, RawResponder(sink, 1));
  }
  template <class R>
  R answer() {
    return *wit::decode<R>(*sink->answer->result);
  }

  void settings(std::map<std::string, std::string, std::less<>> given) {
    HandlerEntry entry;
    entry.type = Capability::kCustom;
    entry.custom_name = "dice";
    entry.custom_settings = std::move(given);
    manifest.handlers.push_back(std::move(entry));
  }

  std::string session_error() {
    auto made = make_dice_handler({.home = folder})
                    ->make_session({actor, manifest, permissions, clock, scheduler, jobs});
    return made ? "" : made.error().message();
  }

  std::shared_ptr<KeptAnswer> sink;
};

TEST(Dice, ShowEverySideAboutAsOften) {
  Dice dice(7);
  std::array<int, 6> seen{};
  for (int i = 0; i < 60'000; ++i)
    ++seen[*dice.roll(6) - 1];
  // Six standard deviations of a binomial distribution of 60,000 and 1/6.
  for (int count : seen)
    EXPECT_NEAR(count, 10'000, 550);
}

TEST(Dice, OfOneSeedAreTheSame) {
  Dice one(7);
  Dice other(7);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(one.roll(1'000'000), other.roll(1'000'000));
}

TEST_F(DiceTest, RefusesDiceThatThereAreNot) {
  EXPECT_EQ(call<Rolled>("roll", uint32_t{0}).error(),
            "a die has 1 to 1000000 sides, as in roll(6), and not 0");
  EXPECT_EQ(call<Rolled>("roll", uint32_t{1'000'001}).error(),
            "a die has 1 to 1000000 sides, as in roll(6), and not 1000001");
  EXPECT_EQ(call<Rolled>("roll", uint32_t{1}), 1u);
}

TEST_F(DiceTest, IsRefusedRightByRight) {
  Bytes none;
  wit::encode_params(none, uint32_t{6});
  const HostFunction& roll = find<Rolled, uint32_t>("roll");
  const HostFunction& shake = find<Rolled, uint32_t, uint32_t>("shake");
  const HostFunction& write = find<Written, std::string>("write-score");
  Bytes two;
  wit::encode_params(two, uint32_t{6}, uint32_t{1});
  Bytes line;
  wit::encode_params(line, std::string("x"));
  EXPECT_FALSE(roll.refusal(session(), none));
  EXPECT_FALSE(shake.refusal(session(), two));
  EXPECT_EQ(write.refusal(session(), line), "custom:rights=dice/scores");
  grant("dice/scores");
  EXPECT_EQ(roll.refusal(session(), none), "custom:rights=dice");
  EXPECT_EQ(shake.refusal(session(), two), "custom:rights=dice");
  EXPECT_FALSE(write.refusal(session(), line));
  permissions.custom.reset();
  EXPECT_EQ(roll.refusal(session(), none), "custom:rights=dice");
  EXPECT_EQ(write.refusal(session(), line), "custom:rights=dice/scores");
}

TEST_F(DiceTest, AShakeAnswersWhenItsTimeHasCome) {
  settings({{"seed", "7"}});
  begin<Rolled>("shake", uint32_t{6}, uint32_t{50});
  EXPECT_FALSE(sink->answer);
  std::chrono::nanoseconds began = clock.monotonic();
  scheduler.run();
  ASSERT_TRUE(sink->answer);
  EXPECT_EQ(answer<Rolled>(), *Dice(7).roll(6));
  EXPECT_GE(clock.monotonic() - began, std::chrono::milliseconds(50));
  begin<Rolled>("shake", uint32_t{6}, uint32_t{60'001});
  EXPECT_EQ(answer<Rolled>().error(), "dice are shaken for at most 60000 ms, and not for 60001");
}

TEST_F(DiceTest, AScoreIsWrittenByAJob) {
  grant("dice/scores");
  begin<Written>("write-score", std::string("ada 12"));
  EXPECT_FALSE(sink->answer) << "it was written on the actor's own turn";
  scheduler.run();
  EXPECT_TRUE(answer<Written>());
  begin<Written>("write-score", std::string("bob 3"));
  scheduler.run();
  EXPECT_EQ(scores(), "ada 12\nbob 3\n");
}

TEST_F(DiceTest, RefusesWhatIsNoScore) {
  grant("dice/scores");
  for (const std::string& line :
       {std::string(), std::string(201, 'x'), std::string("a\nb"), std::string("a\0b", 3)}) {
    begin<Written>("write-score", line);
    ASSERT_TRUE(sink->answer);
    EXPECT_FALSE(answer<Written>()) << line;
  }
  EXPECT_EQ(scores(), "");
}

TEST_F(DiceTest, SaysWhyAScoreCannotBeWritten) {
  grant("dice/scores");
  ASSERT_TRUE(write_file(folder / "handlers", {}));
  begin<Written>("write-score", std::string("ada 12"));
  scheduler.run();
  ASSERT_FALSE(answer<Written>());
  EXPECT_NE(answer<Written>().error().find("handlers"), std::string::npos);
}

TEST_F(DiceTest, RefusesSettingsThatItDoesNotHave) {
  settings({{"seed", "7x"}});
  EXPECT_EQ(session_error(),
            "the handler `dice` takes one setting, a number from 0 to 2^64-1, as in "
            "config = { seed = \"7\" }, and not `seed` = \"7x\"");
  manifest.handlers.clear();
  settings({{"sed", "7"}});
  EXPECT_NE(session_error(), "");
  manifest.handlers.clear();
  settings({{"seed", "18446744073709551615"}});
  EXPECT_EQ(session_error(), "");
}

TEST_F(DiceTest, HasNoSessionsWithoutAHome) {
  auto made =
      make_dice_handler({})->make_session({actor, manifest, permissions, clock, scheduler, jobs});
  EXPECT_FALSE(made);
}

}  // namespace theater::dice_handler_test
