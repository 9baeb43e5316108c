#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/server_sent_events.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Events = std::vector<ServerSentEvent>;

Events parse(std::string_view body) {
  ServerSentEventParser parser;
  Events events;
  EXPECT_TRUE(parser.feed(body, events));
  return events;
}

// The same body in pieces of so many bytes, by a parser that a codec keeps from piece to piece.
template <class Codec>
Events parse_kept(std::string_view body, size_t piece_bytes) {
  std::optional<std::string> kept;
  Events events;
  for (size_t at = 0; at < body.size(); at += piece_bytes) {
    auto parser = Codec::template load<ServerSentEventParser>(kept);
    if (!parser) {
      ADD_FAILURE() << parser.error();
      return events;
    }
    EXPECT_TRUE(parser->feed(body.substr(at, piece_bytes), events));
    kept = Codec::save(*parser);
  }
  return events;
}

ServerSentEvent message(std::string data) {
  return {.data = std::move(data)};
}

// What so many wrong bytes become.
std::string wrong(int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += "\uFFFD";
  return text;
}

constexpr std::string_view kBodies[] = {
    "data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\r\n",
    "data: one\rdata: two\ndata: three\r\ndata: four\r\n\r\n",
    "\xEF\xBB\xBF"
    "data: behind a byte order mark\n\n",
    ": a comment\r\n:another\n\nevent: token\nid: 7\nretry: 250\ndata: x\ndata:\ndata:  y\n\n",
    "data\n\nevent: none\n\ndata: not the event before\n\n",
    "data: \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\n\n",
    "data: \xC3\n\ndata: \xE2\x82 \xF0\x9F\x98\n\ndata: \xFF\xED\xA0\x80\xC0\xAF\n\n"
    "data: \xE0\x9F\xBF\xF0\x8F\xBF\xF4\x90\x80\n\n",
    "data: a\n\n\xEF\xBB\xBF"
    "data: b\n\ndata: \xEF\xBB\xBF"
    "c\n\n",
    "\r\n\r\n\n\n\r\rdata: after empty lines\r\n\r\n",
};

TEST(ServerSentEvents, AreTheSameHoweverTheyAreCut) {
  for (std::string_view body : kBodies) {
    Events whole = parse(body);
    EXPECT_FALSE(whole.empty()) << body;
    for (size_t bytes = 1; bytes <= body.size(); ++bytes) {
      EXPECT_EQ(parse_kept<RecordCodec>(body, bytes), whole) << body << bytes;
      EXPECT_EQ(parse_kept<JsonCodec>(body, bytes), whole) << body << bytes;
    }
  }
}

TEST(ServerSentEvents, EndTheirLinesInThreeWays) {
  EXPECT_THAT(parse(kBodies[0]),
              ElementsAre(message("a"), message("b"), message("c"), message("d")));
  EXPECT_THAT(parse(kBodies[1]), ElementsAre(message("one\ntwo\nthree\nfour")));
}

TEST(ServerSentEvents, MayFollowAByteOrderMark) {
  EXPECT_THAT(parse(kBodies[2]), ElementsAre(message("behind a byte order mark")));
  // Only one, and only at the very beginning: here the field is of another name.
  EXPECT_THAT(parse("\xEF\xBB\xBF\xEF\xBB\xBF"
                    "data: a\n\ndata: b\n\n"),
              ElementsAre(message("b")));
  EXPECT_THAT(parse(kBodies[7]), ElementsAre(message("a"), message("\uFEFFc")));
  EXPECT_THAT(parse("\n\xEF\xBB\xBF"
                    "data: a\n\n"),
              IsEmpty());
}

TEST(ServerSentEvents, HaveTypesAndIdsAndLoseOneBlank) {
  EXPECT_THAT(parse(kBodies[3]), ElementsAre(ServerSentEvent{"token", "x\n\n y", "7"}));
}

TEST(ServerSentEvents, WithoutDataAreNone) {
  EXPECT_THAT(parse("event: none\nid: 1\n\n"), IsEmpty());
  EXPECT_THAT(parse("data"), IsEmpty());
  EXPECT_THAT(parse("data: cut off\n"), IsEmpty());
  // A field without a value has an empty one.
  EXPECT_THAT(parse(kBodies[4]), ElementsAre(message(""), message("not the event before")));
}

TEST(ServerSentEvents, KeepTheLastId) {
  ServerSentEventParser parser;
  Events events;
  ASSERT_TRUE(parser.feed("id: 1\ndata: a\n\ndata: b\n\n", events));
  EXPECT_THAT(events, ElementsAre(ServerSentEvent{"message", "a", "1"},
                                  ServerSentEvent{"message", "b", "1"}));
  ASSERT_TRUE(parser.feed(std::string_view("id: 2\0\ndata: c\n\n", 16), events));
  EXPECT_EQ(events.back().id, "1");
  // An event that is cut off does not count: a client that continues must get it again.
  ASSERT_TRUE(parser.feed("id: 3\ndata: d\n", events));
  EXPECT_EQ(parser.last_event_id(), "1");
  ASSERT_TRUE(parser.feed("\n", events));
  EXPECT_EQ(parser.last_event_id(), "3");
  ASSERT_TRUE(parser.feed("id\n\n", events));
  EXPECT_EQ(parser.last_event_id(), "");
}

TEST(ServerSentEvents, SayWhenToConnectAgain) {
  ServerSentEventParser parser;
  Events events;
  EXPECT_EQ(parser.retry_ms(), std::nullopt);
  ASSERT_TRUE(parser.feed("retry: 250\n", events));
  for (const char* wrong : {"", "-1", "+1", "1s", "0x10", "1.5", "99999999999999999999"})
    ASSERT_TRUE(parser.feed("retry: " + std::string(wrong) + "\n", events));
  EXPECT_EQ(parser.retry_ms(), 250u);
  EXPECT_THAT(events, IsEmpty());
}

TEST(ServerSentEvents, IgnoreFieldsThatTheyDoNotKnow) {
  EXPECT_THAT(parse("Data: a\n data: b\nother\ndata : c\ndata: d\n\n"), ElementsAre(message("d")));
}

TEST(ServerSentEvents, MakeValidTextOfWrongBytes) {
  EXPECT_THAT(parse(kBodies[6]), ElementsAre(message("\uFFFD"), message("\uFFFD \uFFFD"),
                                             message(wrong(6)), message(wrong(9))));
}

TEST(ServerSentEvents, HaveLinesOfABoundedLength) {
  ServerSentEventParser parser;
  Events events;
  std::string most(ServerSentEventBounds().line_bytes_max - 5, 'x');
  ASSERT_TRUE(parser.feed("data:" + most + "\n\n", events));
  EXPECT_EQ(events.at(0).data.size(), most.size());
  ASSERT_TRUE(parser.feed("data:" + most, events));
  EXPECT_THAT(parser.feed("x", events).error(), ::testing::HasSubstr("more than 1048576 bytes"));
  // What comes next is read as another body.
  ASSERT_TRUE(
      parser.feed("\xEF\xBB\xBF"
                  "data: a\n\n",
                  events));
  EXPECT_EQ(events.back(), message("a"));
}

TEST(ServerSentEvents, HaveDataOfABoundedLength) {
  ServerSentEventParser parser;
  Events events;
  std::string line = "data:" + std::string((size_t{1} << 19) - 1, 'x') + "\n";
  for (int i = 0; i < 8; ++i)
    ASSERT_TRUE(parser.feed(line, events)) << i;
  EXPECT_FALSE(parser.feed("data\n", events));
  EXPECT_THAT(events, IsEmpty());
}

TEST(ServerSentEvents, HaveTheBoundsOfTheirActor) {
  constexpr ServerSentEventBounds kBounds{.line_bytes_max = 7, .data_bytes_max = 4};
  ServerSentEventParser parser;
  Events events;
  EXPECT_TRUE(parser.feed("data:a\ndata:b\n\ndata:ab\n\n", events, kBounds));
  EXPECT_THAT(events, ElementsAre(message("a\nb"), message("ab")));
  EXPECT_FALSE(parser.feed("data:abc", events, kBounds));
  EXPECT_FALSE(parser.feed("data:ab\ndata:\ndata:\n", events, kBounds));
}

TEST(ServerSentEvents, HaveCommentsOfAnyLength) {
  ServerSentEventParser parser;
  Events events;
  std::string much = ":" + std::string(ServerSentEventBounds().line_bytes_max, 'x');
  ASSERT_TRUE(parser.feed(much, events));
  ASSERT_TRUE(parser.feed(much, events));
  EXPECT_LT(RecordCodec::save(parser)->size(), 100u);
  ASSERT_TRUE(parser.feed("\ndata: a\n\n", events));
  EXPECT_THAT(events, ElementsAre(message("a")));
}

}  // namespace
}  // namespace theater
