#include "theater/api/refusal_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace theater::api::refusal_counts_test {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

RefusedRequest refused(std::string client, std::string operation = "stop") {
  return {.client = std::move(client),
          .reason = RefusalReason::kScope,
          .token = {},
          .operation = std::move(operation)};
}

log::RefusedRequests noted(std::string client, uint64_t count, std::string operation = "stop") {
  return {std::move(client), "scope", {}, std::move(operation), count};
}

TEST(RefusalCounts, NotesTheFirstAtOnceAndCountsTheOthersOfItsPeriod) {
  RefusalCounts counts;
  EXPECT_EQ(counts.add(refused("a"), seconds(100)), noted("a", 1));
  EXPECT_EQ(counts.add(refused("a"), seconds(101)), std::nullopt);
  EXPECT_EQ(counts.add(refused("a", "kill"), seconds(159)), std::nullopt);
  EXPECT_THAT(counts.due(seconds(159)), IsEmpty());
  EXPECT_THAT(counts.due(seconds(160)), ElementsAre(noted("a", 2, "kill")));
  EXPECT_EQ(counts.add(refused("a"), seconds(161)), std::nullopt);
  EXPECT_THAT(counts.rest(), ElementsAre(noted("a", 1)));
  EXPECT_THAT(counts.due(seconds(220)), IsEmpty());
  EXPECT_EQ(counts.add(refused("a"), seconds(221)), noted("a", 1));
}

TEST(RefusalCounts, TellsClientsAndReasonsApart) {
  RefusalCounts counts;
  TokenId id{{0xab}};
  EXPECT_TRUE(counts.add(refused("a"), seconds(1)));
  EXPECT_TRUE(counts.add(refused("b"), seconds(1)));
  auto token = counts.add({"a", RefusalReason::kToken, id, ""}, seconds(1));
  EXPECT_EQ(token, (log::RefusedRequests{"a", "token", id.to_string(), "", 1}));
}

TEST(RefusalCounts, AFloodOfClientsSharesOneNote) {
  RefusalCounts counts;
  size_t notes = 0;
  for (int client = 0; client < 100'000; ++client)
    notes += counts.add(refused(std::to_string(client)), seconds(1)) ? 1 : 0;
  EXPECT_EQ(notes, RefusalCounts::kClientsMax + 1);
  EXPECT_THAT(counts.rest(), ElementsAre(noted("", 100'000 - notes)));
  // Those that are not refused again make room.
  EXPECT_THAT(counts.due(seconds(61)), IsEmpty());
  EXPECT_EQ(counts.add(refused("late"), seconds(62)), noted("late", 1));
}

}  // namespace theater::api::refusal_counts_test
