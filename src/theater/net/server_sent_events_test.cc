#include "theater/net/server_sent_events.h"

#include "theater/base/testing/must.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::server_sent_events_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<ServerSentEvent> parse(std::string_view text, size_t step) {
  EventParser parser;
  std::vector<ServerSentEvent> events;
  for (size_t at = 0; at < text.size(); at += step)
    must(parser.feed(as_bytes(text.substr(at, step)), events));
  return events;
}

TEST(ServerSentEventsTest, RefusesLineBreaksInIdAndName) {
  EXPECT_FALSE(event_text({"a\nb", "", ""}));
  EXPECT_FALSE(event_text({"a\r", "", ""}));
  EXPECT_FALSE(event_text({std::string("a\0", 2), "", ""}));
  EXPECT_FALSE(event_text({"", "a\nb", ""}));
}

TEST(ServerSentEventsTest, SplitsDataIntoLines) {
  EXPECT_EQ(must(event_text({"7", "tick", "a\r\nb\rc\n"})),
            "id: 7\nevent: tick\ndata: a\ndata: b\ndata: c\ndata: \n\n");
  EXPECT_EQ(must(event_text({})), "data: \n\n");
}

TEST(ServerSentEventsTest, ReadsBackWhatItWrites) {
  std::vector<ServerSentEvent> events = {
      {"1", "a", "one\ntwo"}, {"2", "", ""}, {"2", "", ": no comment"}, {"3", "x", " space\n"}};
  std::string text;
  for (const ServerSentEvent& event : events)
    text += must(event_text(event)) + ": beat\n\n";
  for (size_t step : {1, 2, 3, 7, 1000})
    EXPECT_EQ(parse(text, step), events);
}

TEST(ServerSentEventsTest, ReadsEveryKindOfLineBreak) {
  for (size_t step : {1, 2, 100}) {
    EXPECT_THAT(parse("\xef\xbb\xbf"
                      "data:a\r\n\r\ndata: b\r\rdata\n\nretry: 5\n\nid: 1\n\ndata: c",
                      step),
                ElementsAre(ServerSentEvent{"", "", "a"}, ServerSentEvent{"", "", "b"},
                            ServerSentEvent{"", "", ""}));
  }
}

TEST(ServerSentEventsTest, RefusesAnEndlessEvent) {
  EventParser parser;
  std::vector<ServerSentEvent> events;
  std::string piece(1 << 20, 'a');
  Result<void> fed;
  for (int at = 0; at < 9 && fed; ++at)
    fed = parser.feed(as_bytes(piece), events);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(events, IsEmpty());
}

}  // namespace theater::server_sent_events_test
