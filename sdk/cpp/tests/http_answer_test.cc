#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/http_answer.hpp>
#include <theater/http_framework.hpp>
#include <theater/message_server.hpp>
#include <theater/server_sent_events.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using testing::AnswerEnd;
using ::testing::ElementsAre;
using testing::Host;
using testing::TestActor;

// Passes on what it is told to all that listen.
struct Radio {
  std::vector<uint64_t> listeners;
  std::vector<std::string> heard;
  THEATER_FIELDS(listeners, heard)

  Status init(std::string_view) {
    uint64_t server = THEATER_TRY(http_framework::create_server());
    uint64_t handler = THEATER_TRY(http_framework::register_handler("listen"));
    THEATER_TRY(http_framework::add_route(server, "/", "GET", handler));
    THEATER_TRY(http_framework::start_server(server));
    return {};
  }

  Result<http::Response> handle_http_request(uint64_t, const http::Request&) {
    listeners.push_back(THEATER_TRY(http_answer::open()));
    if (http_answer::open()) return fail("two answers to one request");
    return http::Response{.status = 200, .headers = {{"Content-Type", "text/event-stream"}}};
  }

  Status handle_send(std::string_view message) {
    for (uint64_t listener : listeners) {
      if (message == "end") THEATER_TRY_VOID(http_answer::finish(listener));
      if (message == "abort") THEATER_TRY_VOID(http_answer::abort(listener));
      if (message == "end" || message == "abort") continue;
      Result<bool> room = http_answer::write(listener, message);
      heard.push_back(!room ? room.error() : *room ? "room" : "full");
    }
    return {};
  }

  Status handle_answer(uint64_t answer, const http_answer::Event& event) {
    bool is_gone = event.kind == http_answer::Event::Kind::kGone;
    if (is_gone) std::erase(listeners, answer);
    heard.push_back(std::to_string(answer) + (is_gone ? ": " + std::string(event.error) : "!"));
    return {};
  }
};
THEATER_ACTOR(Radio)
THEATER_MESSAGE_SERVER_CLIENT(Radio)
THEATER_HTTP_HANDLERS(Radio)
THEATER_HTTP_ANSWER_HANDLERS(Radio)

class HttpAnswerTest : public ::testing::Test {
 protected:
  HttpAnswerTest() {
    host_ = {};
    EXPECT_TRUE(radio_.init());
  }
  Host& host_ = Host::current();
  TestActor<Radio> radio_;
};

TEST_F(HttpAnswerTest, AnAnswerIsWrittenPieceByPiece) {
  ASSERT_EQ(radio_.http_get("/")->status, 200);
  ASSERT_TRUE(radio_.send("one "));
  ASSERT_TRUE(radio_.send("two"));
  ASSERT_TRUE(radio_.send("end"));
  EXPECT_EQ(host_.answers.at(1).written, "one two");
  EXPECT_EQ(host_.answers.at(1).end, AnswerEnd::kFinished);
  EXPECT_EQ(http_answer::write(1, "x").error(), "closed: answer 1 is not open");
  EXPECT_EQ(http_answer::finish(1).error(), "closed: answer 1 is not open");
  EXPECT_FALSE(radio_.answer_room(1));
}

TEST_F(HttpAnswerTest, AFullBufferIsReported) {
  ASSERT_TRUE(radio_.http_get("/"));
  host_.answers.at(1).buffer = 4;
  for (std::string_view message : {"abc", "def", "ghi"})
    ASSERT_TRUE(radio_.send(message));
  ASSERT_TRUE(radio_.answer_room(1));
  ASSERT_TRUE(radio_.send("ghi"));
  EXPECT_EQ(host_.answers.at(1).written, "abcdefghi");
  EXPECT_THAT(
      radio_.actor()->heard,
      ElementsAre("room", "full", "full: answer 1 has no room: write again after the event `room`",
                  "1!", "room"));
}

TEST_F(HttpAnswerTest, AClientGoes) {
  ASSERT_TRUE(radio_.http_get("/"));
  ASSERT_TRUE(radio_.http_get("/"));
  ASSERT_TRUE(radio_.answer_gone(1, "cut-off: the client closed"));
  EXPECT_THAT(radio_.actor()->listeners, ElementsAre(2));
  EXPECT_THAT(radio_.actor()->heard, ElementsAre("1: cut-off: the client closed"));
  ASSERT_TRUE(radio_.send("abort"));
  EXPECT_EQ(host_.answers.at(2).end, AnswerEnd::kAborted);
}

TEST_F(HttpAnswerTest, AnAnswerNeedsARequest) {
  EXPECT_EQ(http_answer::open().error(),
            "no-request: an answer is opened once, in the call of its request");
}

TEST_F(HttpAnswerTest, EventsAreReadBackAsTheyWereWritten) {
  EXPECT_EQ(server_sent_event("a\nb\r\nc\rd", "x\ny", "7"),
            "event: x\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(server_sent_event(""), "data: \n\n");
  ServerSentEventParser parser;
  std::vector<ServerSentEvent> events;
  ASSERT_TRUE(parser.feed(server_sent_event("one\n\ntwo", "news", "4"), events));
  EXPECT_THAT(events, ElementsAre(ServerSentEvent{"news", "one\n\ntwo", "4"}));
}

}  // namespace
}  // namespace theater
