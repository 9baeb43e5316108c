#include "theater/base/log_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::log_history_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

LogEntry line(std::string text, LogLane lane = LogLane::kNode,
              std::optional<ActorId> id = std::nullopt) {
  return {.level = LogLevel::kInfo,
          .lane = lane,
          .time = {},
          .part = {},
          .actor = {},
          .id = id,
          .text = std::move(text)};
}

std::vector<std::string> texts(const LogHistory::Page& page) {
  std::vector<std::string> all;
  for (const LogHistory::Line& one : page.lines)
    all.push_back(one.entry.text);
  return all;
}

ActorId numbered(uint8_t number) {
  std::array<uint8_t, 16> bytes{};
  bytes[0] = number;
  return ActorId{bytes};
}

TEST(LogHistory, GivesLinesOfBothLanesInTheirOrder) {
  LogHistory history(100);
  EXPECT_EQ(history.end(), 100u);
  history.add(line("a"));
  history.add(line("b", LogLane::kGuests));
  history.add(line("c"));
  LogHistory::Page all = history.read(0, 10, {});
  EXPECT_THAT(texts(all), ElementsAre("a", "b", "c"));
  EXPECT_EQ(all.lines[0].position, 100u);
  EXPECT_EQ(all.next, 103u);
  EXPECT_EQ(history.end(), 103u);
  EXPECT_EQ(all.complete_from, 100u);
  EXPECT_THAT(texts(history.read(all.next, 10, {})), IsEmpty());
}

TEST(LogHistory, GivesPages) {
  LogHistory history(1);
  for (const char* text : {"a", "b", "c"})
    history.add(line(text));
  LogHistory::Page first = history.read(0, 2, {});
  EXPECT_THAT(texts(first), ElementsAre("a", "b"));
  EXPECT_THAT(texts(history.read(first.next, 2, {})), ElementsAre("c"));
}

TEST(LogHistory, FindsTheLinesOfAnActor) {
  LogHistory history(1);
  ActorId one = numbered(1);
  ActorId two = numbered(2);
  history.add(line("one", LogLane::kGuests, one));
  history.add(line("two", LogLane::kGuests, two));
  history.add(line("of one", LogLane::kNode, one));
  history.add(line("of the node"));
  EXPECT_THAT(texts(history.read(0, 10, one)), ElementsAre("one", "of one"));
  EXPECT_THAT(texts(history.read(history.position_of_last(1, one), 10, one)),
              ElementsAre("of one"));
  EXPECT_THAT(texts(history.read(history.position_of_last(10, two), 10, two)), ElementsAre("two"));
  EXPECT_THAT(texts(history.read(history.position_of_last(0, {}), 10, {})), IsEmpty());
  EXPECT_THAT(texts(history.read(history.position_of_last(3, {}), 10, {})),
              ElementsAre("two", "of one", "of the node"));
}

TEST(LogHistory, LetsGuestsPushOutNoLineOfTheNode) {
  LogHistory history(1);
  history.add(line("of the node"));
  for (size_t i = 0; i < LogHistory::kLaneLinesMax + 1; ++i)
    history.add(line(std::to_string(i), LogLane::kGuests));
  LogHistory::Page page = history.read(1, 2, {});
  EXPECT_THAT(texts(page), ElementsAre("of the node", "1"));
  EXPECT_EQ(page.complete_from, 3u);
}

TEST(LogHistory, KeepsALargeLineAlone) {
  LogHistory history(1);
  history.add(line("small"));
  history.add(line(std::string(LogHistory::kLaneBytesMax + 1, 'x')));
  LogHistory::Page page = history.read(1, 10, {});
  ASSERT_EQ(page.lines.size(), 1u);
  EXPECT_EQ(page.lines[0].position, 2u);
  EXPECT_EQ(page.complete_from, 2u);
}

}  // namespace theater::log_history_test
