#include "theater/views/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <sstream>
#include <string>

namespace theater::views::exposition_test {

using ::testing::HasSubstr;
using ::testing::Not;

ActorMetrics with_metric(const std::string& name, double value) {
  ActorMetrics actor;
  actor.calls = {3, 1, 1, 1'500'000'000, 700, 5};
  actor.custom.emplace(name, CustomMetric{2, value, value, value, value});
  return actor;
}

TEST(Exposition, NamesWhatItCounts) {
  NodeMetrics metrics;
  metrics.add(with_metric("amount", 2.5), false);
  metrics.add(with_metric("amount", 0.5), true);
  std::string text = exposition({.version = "1", .engine = "w"}, metrics, {.open_descriptors = 7});
  EXPECT_THAT(text, HasSubstr("# TYPE theater_calls_total counter\ntheater_calls_total 6\n"));
  EXPECT_THAT(text, HasSubstr("\ntheater_actors 1\n"));
  EXPECT_THAT(text, HasSubstr("\ntheater_actors_ended_total 1\n"));
  EXPECT_THAT(text, HasSubstr("\ntheater_call_seconds_total 3\n"));
  EXPECT_THAT(text, HasSubstr("theater_build_info{version=\"1\",engine=\"w\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("theater_custom_values_total{metric=\"amount\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("theater_custom_sum{metric=\"amount\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("theater_custom_min{metric=\"amount\"} 0.5\n"));
  EXPECT_THAT(text, HasSubstr("process_open_fds 7\n"));
}

// A name cannot end its label, its line or the page.
TEST(Exposition, HostileNamesStayInTheirLabel) {
  NodeMetrics metrics;
  metrics.add(with_metric("a\"} 1\nforged 2\\", 1), false);
  metrics.add(with_metric(std::string(kMetricNameBytesMax + 1, 'x'), 1), false);
  std::string text = exposition({}, metrics, {});
  EXPECT_THAT(text, HasSubstr("{metric=\"a\\\"} 1\\nforged 2\\\\\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nforged")));
  EXPECT_THAT(text, Not(HasSubstr("xxx")));
  EXPECT_THAT(text, HasSubstr("theater_custom_values_left_out_total 2\n"));
}

TEST(Exposition, WritesNumbersThatAreNone) {
  NodeMetrics metrics;
  metrics.add(with_metric("m", std::numeric_limits<double>::infinity()), false);
  metrics.add(with_metric("m", -std::numeric_limits<double>::infinity()), false);
  std::string text = exposition({}, metrics, {});
  EXPECT_THAT(text, HasSubstr("theater_custom_sum{metric=\"m\"} NaN\n"));
  EXPECT_THAT(text, HasSubstr("theater_custom_min{metric=\"m\"} -Inf\n"));
  EXPECT_THAT(text, HasSubstr("theater_custom_max{metric=\"m\"} +Inf\n"));
}

// However many actors there are and whatever they call their metrics.
TEST(Exposition, HasABoundedNumberOfSeries) {
  NodeMetrics metrics;
  for (int i = 0; i < 2'000; ++i)
    metrics.add(with_metric("metric-" + std::to_string(10'000 + (i * 7) % 2'000), 1), false);
  EXPECT_EQ(metrics.all.custom.size(), NodeMetrics::kNamesMax);
  EXPECT_EQ(metrics.all.custom.begin()->first, "metric-10000");
  EXPECT_EQ(metrics.all.custom.rbegin()->first, "metric-10255");
  EXPECT_EQ(metrics.values_left_out, 2 * (2'000 - NodeMetrics::kNamesMax));
}

// Each metric has its help and its type once, before its values, as the format asks.
TEST(Exposition, EveryValueFollowsItsMetric) {
  NodeMetrics metrics;
  metrics.add(with_metric("m", 1), false);
  std::istringstream lines(exposition({}, metrics, process_facts()));
  std::set<std::string> seen;
  std::string line;
  std::string current;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string first;
    std::string kind;
    std::string name;
    words >> first;
    if (first != "#") {
      EXPECT_EQ(first.substr(0, first.find('{')), current) << line;
      continue;
    }
    words >> kind >> name;
    if (kind == "HELP") {
      EXPECT_TRUE(seen.insert(name).second) << line;
      current = name;
    }
    EXPECT_EQ(name, current) << line;
  }
  EXPECT_GT(seen.size(), 20u);
}

TEST(Exposition, KnowsItsProcess) {
  ProcessFacts facts = process_facts();
  EXPECT_GT(facts.cpu_seconds, 0);
  EXPECT_GT(facts.resident_bytes, 100'000u);
  EXPECT_GE(facts.open_descriptors, 3u);
}

}  // namespace theater::views::exposition_test
