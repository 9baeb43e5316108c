#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/http_client.hpp>
#include <theater/http_stream.hpp>
#include <theater/message_server.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Host;
using ::testing::IsEmpty;
using testing::TestActor;

// Keeps what it hears of its streams.
struct Listener {
  std::vector<std::string> heard;
  THEATER_FIELDS(heard)

  Result<Reply> handle_request(std::string_view, std::string_view uri) {
    return std::to_string(THEATER_TRY(http_stream::open({.uri = std::string(uri)})));
  }

  Status handle_stream(uint64_t id, const http_stream::Event& event) {
    using Kind = http_stream::Event::Kind;
    std::string text = std::to_string(id) + ": ";
    if (event.kind == Kind::kHead) {
      text += std::to_string(event.status);
      for (const http::Header& header : event.headers)
        text += " " + header.name + "=" + header.value;
    }
    if (event.kind == Kind::kData) text += event.data;
    if (event.kind == Kind::kEnd) text += "end";
    if (event.kind == Kind::kFailed) text += event.error;
    if (text.ends_with("refuse")) return fail("refused");
    heard.push_back(text);
    return {};
  }
};
THEATER_ACTOR(Listener)
THEATER_MESSAGE_SERVER_CLIENT(Listener)
THEATER_HTTP_STREAM_HANDLERS(Listener)

class HttpTest : public ::testing::Test {
 protected:
  HttpTest() {
    host_ = {};
    EXPECT_TRUE(actor_.init());
  }
  Host& host_ = Host::current();
  TestActor<Listener> actor_;
};

TEST_F(HttpTest, HeadersAreFoundInAnyCase) {
  http::Headers headers{{"Content-Type", "text/html"}, {"content-type", "other"}, {"X", ""}};
  EXPECT_EQ(http::find_header(headers, "CONTENT-type"), "text/html");
  EXPECT_EQ(http::find_header(headers, "x"), "");
  EXPECT_EQ(http::find_header(headers, "Content-Typ"), std::nullopt);
  EXPECT_EQ(http::find_header(headers, "Content-Type2"), std::nullopt);
}

TEST_F(HttpTest, FailuresBeginWithAWord) {
  EXPECT_EQ(http::failure_word("timeout: no answer from https://h/ within 10 s"), "timeout");
  EXPECT_EQ(http::failure_word("Permission denied: http-client:hosts=h"), "Permission denied");
  EXPECT_EQ(http::failure_word("words"), "words");
}

TEST_F(HttpTest, ATestAnswersRequests) {
  EXPECT_EQ(send_http({.uri = "http://h/"}).error(), "this host has no network: set on_http");
  host_.on_http = [](const http::Request& request) -> Result<http::Response> {
    if (request.uri == "http://h/slow") return fail("timeout: too slow");
    return http::Response{.status = 200, .headers = {{"A", "b"}}, .body = request.body};
  };
  http::Request request{.method = "POST", .uri = "http://h/", .headers = {}, .body = "bytes"};
  EXPECT_EQ(send_http(request),
            (http::Response{.status = 200, .headers = {{"A", "b"}}, .body = "bytes"}));
  EXPECT_EQ(send_http({.uri = "http://h/slow"}).error(), "timeout: too slow");
  EXPECT_EQ(host_.http_requests.size(), 3u);
  EXPECT_EQ(host_.http_requests[0].method, "GET");
  EXPECT_EQ(host_.http_requests[1], request);
}

TEST_F(HttpTest, AStreamHasAHeadAndPiecesAndAnEnd) {
  EXPECT_EQ(actor_.request("http://h/"), "1");
  EXPECT_EQ(actor_.request("http://h/other"), "2");
  EXPECT_TRUE(actor_.stream_head(1, 200, {{"A", "b"}, {"C", "d"}}));
  EXPECT_TRUE(actor_.stream_data(1, "one "));
  EXPECT_TRUE(actor_.stream_failed(2, "refused: no server"));
  EXPECT_TRUE(actor_.stream_data(1, "two"));
  EXPECT_TRUE(actor_.stream_end(1));
  EXPECT_THAT(actor_.actor()->heard, ElementsAre("1: 200 A=b C=d", "1: one ",
                                                 "2: refused: no server", "1: two", "1: end"));
  EXPECT_THAT(host_.streams, IsEmpty());
  EXPECT_EQ(host_.http_requests.at(1).uri, "http://h/other");
}

TEST_F(HttpTest, AnErrorOfTheCallbackLeavesTheState) {
  ASSERT_TRUE(actor_.request("http://h/"));
  EXPECT_EQ(actor_.stream_data(1, "refuse").error(), "refused");
  EXPECT_THAT(actor_.actor()->heard, IsEmpty());
  EXPECT_TRUE(actor_.stream_data(1, "more"));
}

TEST_F(HttpTest, AStreamIsPausedAndResumedAndCancelled) {
  ASSERT_TRUE(actor_.request("http://h/"));
  EXPECT_TRUE(http_stream::pause(1));
  EXPECT_TRUE(host_.streams.at(1).is_paused);
  EXPECT_TRUE(http_stream::resume(1));
  EXPECT_FALSE(host_.streams.at(1).is_paused);
  EXPECT_TRUE(http_stream::cancel(1));
  EXPECT_THAT(host_.cancelled_streams, ElementsAre(1));
  EXPECT_FALSE(http_stream::cancel(1));
  // An event that waited.
  EXPECT_TRUE(actor_.stream_data(1, "late"));
  EXPECT_THAT(actor_.actor()->heard, ElementsAre("1: late"));
}

TEST_F(HttpTest, AStreamThatIsNotOpenIsAnError) {
  ASSERT_TRUE(actor_.request("http://h/"));
  ASSERT_TRUE(actor_.stream_end(1));
  for (uint64_t id : {0, 1, 2}) {
    std::string why = "not-found: stream " + std::to_string(id) + " is not open";
    EXPECT_EQ(http_stream::pause(id).error(), why);
    EXPECT_EQ(http_stream::resume(id).error(), why);
    EXPECT_EQ(http_stream::cancel(id).error(), why);
    EXPECT_EQ(actor_.stream_head(id, 200).error(), why);
    EXPECT_EQ(actor_.stream_failed(id, "x").error(), why);
  }
}

TEST_F(HttpTest, StreamsAreRefusedAndBounded) {
  host_.on_open_stream = [](const http::Request& request) -> Status {
    if (request.uri == "http://h/") return {};
    return fail("Permission denied: http-client:hosts=other");
  };
  EXPECT_EQ(actor_.request("http://other/").error(), "Permission denied: http-client:hosts=other");
  for (size_t i = 0; i < testing::kStreamsMax; ++i)
    ASSERT_TRUE(actor_.request("http://h/"));
  EXPECT_THAT(actor_.request("http://h/").error(), HasSubstr("64 streams of this actor are open"));
  ASSERT_TRUE(actor_.stream_end(1));
  EXPECT_EQ(actor_.request("http://h/"), "65");
}

}  // namespace
}  // namespace theater
