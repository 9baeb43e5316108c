#include "theater/cli/options/event_bound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace theater::cli::event_bound_test {

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kNow = 1'795'428'000 * kSecond;  // 2026-11-23T10:00:00Z

std::optional<EventBound> bound(std::string_view text) {
  auto parsed = parse_event_bound(text, kNow);
  return parsed ? std::optional(*parsed) : std::nullopt;
}
EventBound at(uint64_t time_us) {
  return {.time_us = time_us};
}

TEST(EventBound, RefusesWhatIsNoPlace) {
  for (const char* wrong : {"",
                            "x",
                            "-1",
                            "1.5",
                            "1x",
                            "h",
                            "1h2",
                            "h1",
                            "1 h",
                            "2026-11",
                            "2026-13-01",
                            "2026-02-29",
                            "2026-11-31",
                            "1969-12-31",
                            "2026-11-23T",
                            "2026-11-23T24:00:00Z",
                            "2026-11-23T10:60:00Z",
                            "2026-11-23T10:00:61Z",
                            "2026-11-23T10:00:00",
                            "2026-11-23T10:00Z",
                            "2026-11-23T10:00:00.Z",
                            "2026-11-23T10:00:00+1:00",
                            "2026-11-23T10:00:00Zx",
                            "2026-11-23T10:00:00+01:00x",
                            "1970-01-01T00:00:00+00:01",
                            "999999999d",
                            "18446744073709551615",
                            "99999999999999999999999"})
    EXPECT_EQ(bound(wrong), std::nullopt) << wrong;
  EXPECT_THAT(parse_event_bound("soon", kNow).error().message(),
              ::testing::HasSubstr("`soon` is no place in a chain"));
}

TEST(EventBound, TakesSmallNumbersForPositions) {
  EXPECT_EQ(bound("0"), EventBound{.position = 0});
  EXPECT_EQ(bound("42"), EventBound{.position = 42});
  EXPECT_EQ(bound("999999999"), EventBound{.position = 999'999'999});
  EXPECT_EQ(bound("1000000000"), at(1'000'000'000 * kSecond));
  EXPECT_EQ(bound("1795428000"), at(kNow));
}

TEST(EventBound, TakesTimesOfRfc3339) {
  EXPECT_EQ(bound("2026-11-23T10:00:00Z"), at(kNow));
  EXPECT_EQ(bound("2026-11-23t10:00:00z"), at(kNow));
  EXPECT_EQ(bound("2026-11-23 10:00:00Z"), at(kNow));
  EXPECT_EQ(bound("2026-11-23T10:00:00.25Z"), at(kNow + 250'000));
  EXPECT_EQ(bound("2026-11-23T10:00:00.123456789Z"), at(kNow + 123'456));
  EXPECT_EQ(bound("2026-11-23T11:30:00+01:30"), at(kNow));
  EXPECT_EQ(bound("2026-11-23T04:00:00-06:00"), at(kNow));
  EXPECT_EQ(bound("2026-11-23"), at(kNow - 10 * 3'600 * kSecond));
  EXPECT_EQ(bound("2024-02-29"), at(1'709'164'800 * kSecond));
}

TEST(EventBound, TakesDurationsBeforeNow) {
  EXPECT_EQ(bound("90s"), at(kNow - 90 * kSecond));
  EXPECT_EQ(bound("45m"), at(kNow - 45 * 60 * kSecond));
  EXPECT_EQ(bound("1h"), at(kNow - 3'600 * kSecond));
  EXPECT_EQ(bound("2d"), at(kNow - 2 * 86'400 * kSecond));
  EXPECT_EQ(bound("0s"), at(kNow));
}

}  // namespace theater::cli::event_bound_test
