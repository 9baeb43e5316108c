#include "theater/cli/commands/actor_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace theater::cli::actor_text_test {

using views::Json;

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kSince = 1'795'428'000 * kSecond;  // 2026-11-23T10:00:00Z

Json sample() {
  return {{"id", "0123456789abcdef0123456789abcdef"},
          {"name", "counter"},
          {"parent", nullptr},
          {"state", "Processing"},
          {"started", "2026-11-23T08:00:00.000Z"},
          {"since", "2026-11-23T10:00:00.000Z"},
          {"step", nullptr},
          {"function", "theater:simple/message-server-client/handle-send"},
          {"mailbox", 3},
          {"memory_bytes", 1114112},
          {"cpu_ms", 0.4}};
}

TEST(ActorText, ReadsTimes) {
  EXPECT_EQ(read_utc("2026-11-23T10:00:00.000Z"), kSince);
  EXPECT_EQ(read_utc("2026-11-23T10:00:00.25Z"), kSince + 250'000);
  EXPECT_EQ(read_utc("2026-11-23T10:00:00Z"), kSince);
  for (const char* odd : {"", "-", "2026-11-23", "2026-11-23T10:00:00", "2026-11-23T10:00:00+01:00",
                          "2026-11-23T10:00:00Zx"})
    EXPECT_EQ(read_utc(odd), std::nullopt) << odd;
}

TEST(ActorText, TellsAgesInTheirLargestUnit) {
  EXPECT_EQ(age_text(5, 4), "0s");
  EXPECT_EQ(age_text(0, 59 * kSecond), "59s");
  EXPECT_EQ(age_text(0, 3599 * kSecond), "59m");
  EXPECT_EQ(age_text(0, 86'399 * kSecond), "23h");
  EXPECT_EQ(age_text(0, 200'000 * kSecond), "2d");
}

TEST(ActorText, ListsAnActorInOneRow) {
  Table table = actor_table();
  table.add(actor_row(sample(), kSince + 90 * kSecond));
  EXPECT_EQ(table.text({}),
            "ID            NAME     STATE       FOR  AGE  MAILBOX     CPU  FUNCTION\n"
            "0123456789ab  counter  Processing   1m   2h        3  400 us  handle-send\n");
  EXPECT_LE(text_width(table.text({})), 2 * 80u) << "it fits a narrow terminal";
}

TEST(ActorText, ListsTheNewestFunctionOfAnIdleActor) {
  auto function = [](Json actor) { return actor_row(actor, kSince).back().text; };
  Json actor = sample();
  actor["last_function"] = "theater:simple/message-server-client/handle-request";
  EXPECT_EQ(function(actor), "handle-send");
  actor["function"] = nullptr;
  EXPECT_EQ(function(actor), "handle-request");
  actor["step"] = "compile";
  EXPECT_EQ(function(actor), "compile");
  actor["step"] = nullptr;
  actor["last_function"] = nullptr;
  EXPECT_EQ(function(actor), "");
}

TEST(ActorText, ShowsWhatIsMissingAsADash) {
  for (const Json& odd : {Json::object(), Json{{"cpu_ms", "x"}, {"since", 7}, {"name", nullptr}},
                          Json{{"cpu_ms", -1}}}) {
    Table table = actor_table();
    table.add(actor_row(odd, kSince));
    std::string text = table.text({});
    EXPECT_EQ(text.substr(text.find('\n') + 1), "-   -     -        -    -        -    -\n");
  }
}

TEST(ActorText, ShowsTheFactsOfAnActor) {
  EXPECT_EQ(actor_facts(sample(), kSince + 90 * kSecond),
            "id        0123456789abcdef0123456789abcdef\n"
            "name      counter\n"
            "state     Processing\n"
            "started   2026-11-23T08:00:00.000Z (2h)\n"
            "since     2026-11-23T10:00:00.000Z (1m)\n"
            "function  theater:simple/message-server-client/handle-send\n"
            "mailbox   3\n"
            "memory    1.06 MiB\n"
            "cpu       400 us\n");
}

TEST(ActorText, WarnsAfterHalfAMinuteInOneCallOrInSetUp) {
  Json actor = sample();
  EXPECT_EQ(slow_warning(actor, kSince + 29 * kSecond), std::nullopt);
  EXPECT_EQ(slow_warning(actor, kSince + 31 * kSecond),
            "`counter` has been in handle-send for 31s");
  actor["state"] = "Starting";
  actor["function"] = nullptr;
  actor["step"] = "compile";
  EXPECT_EQ(slow_warning(actor, kSince + 61 * kSecond), "`counter` has been in compile for 1m");
  actor["state"] = "Idle";
  EXPECT_EQ(slow_warning(actor, kSince + 61 * kSecond), std::nullopt);
}

}  // namespace theater::cli::actor_text_test
