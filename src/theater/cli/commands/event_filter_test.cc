#include "theater/cli/commands/event_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace theater::cli::event_filter_test {

using views::Json;

constexpr uint64_t kTen = 1'795'428'000'000'000;  // 2026-11-23T10:00:00Z

Json event(uint64_t seq, const std::string& time, const std::string& type = "t") {
  return {{"seq", seq},
          {"time", time},
          {"type", type},
          {"description", "Call of A with 3 bytes."},
          {"payloads", Json::array({{{"part", "arguments"}, {"value", {"req_7", {{"add", 5}}}}}})},
          {"bytes", std::string(2 * (9 - seq), '0')}};
}

const Json kNine = event(3, "2026-11-23T09:59:59.999999Z");
const Json kAtTen = event(4, "2026-11-23T10:00:00.000000Z");

TEST(EventFilter, HasBothBounds) {
  EventFilter by_time{.from = EventBound{.time_us = kTen}, .to = EventBound{.time_us = kTen}};
  EXPECT_FALSE(by_time.passes(kNine));
  EXPECT_TRUE(by_time.passes(kAtTen));
  EXPECT_FALSE(by_time.is_behind(kAtTen));
  EXPECT_TRUE(by_time.is_behind(event(5, "2026-11-23T10:00:00.000001Z")));
  EXPECT_EQ(by_time.first_position(), 0u);
  EventFilter by_place{.from = EventBound{.position = 4}, .to = EventBound{.position = 4}};
  EXPECT_FALSE(by_place.passes(kNine));
  EXPECT_TRUE(by_place.passes(kAtTen));
  EXPECT_FALSE(by_place.passes(event(5, "x")));
  EXPECT_TRUE(by_place.is_behind(event(5, "x")));
  EXPECT_EQ(by_place.first_position(), 4u);
}

TEST(EventFilter, FindsTextsOfTypesSentencesAndValues) {
  for (const char* text : {"t", "call of a", "3 BYTES", "REQ_7", "add", "5"})
    EXPECT_TRUE(EventFilter{.search = text}.passes(kNine)) << text;
  for (const char* text : {"req_8", "2026", "seq", "part", "arguments"})
    EXPECT_FALSE(EventFilter{.search = text}.passes(kNine)) << text;
  for (const Json& odd : {Json::object(), Json{{"payloads", 7}}, Json{{"payloads", {7, nullptr}}},
                          Json{{"type", 7}, {"description", nullptr}}})
    EXPECT_FALSE(EventFilter{.search = "x"}.passes(odd));
}

TEST(EventFilter, KnowsWhenPositionsDecideAlone) {
  EXPECT_FALSE(EventFilter{}.is_narrow());
  EXPECT_FALSE(EventFilter{.from = EventBound{.position = 4}}.is_narrow());
  EXPECT_TRUE(EventFilter{.from = EventBound{.time_us = 4}}.is_narrow());
  EXPECT_TRUE(EventFilter{.to = EventBound{.position = 4}}.is_narrow());
  EXPECT_TRUE(EventFilter{.search = "x"}.is_narrow());
}

TEST(EventFilter, SortsByEachKey) {
  std::vector<Json> events = {event(2, "2026-11-23T09:00:00Z", "b"),
                              event(1, "2026-11-23T10:00:00Z", "b"),
                              event(3, "2026-11-23T10:00:00Z", "a")};
  auto positions = [&](EventOrder order) {
    std::vector<Json> sorted = events;
    sort_events(sorted, order);
    std::vector<uint64_t> all;
    for (const Json& one : sorted)
      all.push_back(one["seq"]);
    return all;
  };
  EXPECT_THAT(positions(EventOrder::kChain), ::testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(positions(EventOrder::kTime), ::testing::ElementsAre(2, 1, 3));
  EXPECT_THAT(positions(EventOrder::kType), ::testing::ElementsAre(3, 2, 1));
  EXPECT_THAT(positions(EventOrder::kSize), ::testing::ElementsAre(3, 2, 1));
}

TEST(EventFilter, CountsTheBytesNextToAnEvent) {
  Json one = event(2, "t");
  EXPECT_EQ(event_size(one), 7u);
  one["detached"] = Json::array({{{"length", 100U}}, {{"length", "x"}}, 7});
  EXPECT_EQ(event_size(one), 107u);
  EXPECT_EQ(event_size(Json::object()), 0u);
}

}  // namespace theater::cli::event_filter_test
