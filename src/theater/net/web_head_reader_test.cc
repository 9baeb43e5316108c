#include "theater/net/web_head_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace theater::web_head_reader_test {

using ::testing::HasSubstr;

// Feeds all lines; the reader is whole, or the failure is returned.
Result<void> feed(WebHeadReader& reader, std::string_view text) {
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end == text.npos ? end : end + 1);
    THEATER_TRY_VOID(reader.feed(line));
    text.remove_prefix(line.size());
  }
  return {};
}

TEST(WebHeadReader, ReadsHeads) {
  struct Row {
    const char* text;
    uint16_t status;
    HttpHeaders headers;
    std::optional<uint64_t> length;
    bool is_chunked;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"HTTP/1.1 200 OK\r\n\r\n", 200, {}, std::nullopt, false},
           {"HTTP/1.1 200\r\n\r\n", 200, {}, std::nullopt, false},
           {"HTTP/1.0 404 a b c\n\n", 404, {}, std::nullopt, false},
           {"HTTP/2 999 \r\nx:y\r\n\r\n", 999, {{"x", "y"}}, std::nullopt, false},
           {"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n",
            200,
            {{"Content-Length", "12"}},
            12,
            false},
           {"HTTP/1.1 200 OK\r\ntransfer-encoding:\t Chunked \r\n\r\n",
            200,
            {{"transfer-encoding", "Chunked"}},
            std::nullopt,
            true},
           {"HTTP/1.1 200 OK\r\nA: 1\r\nB:\r\nA: 2\r\n\r\n",
            200,
            {{"A", "1"}, {"B", ""}, {"A", "2"}},
            std::nullopt,
            false},
           {"HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\t\r\n\t3 \r\n\r\n",
            200,
            {{"A", "1 2 3"}},
            std::nullopt,
            false},
           {"HTTP/1.1 100 Go\r\nX: y\r\n\r\nHTTP/1.1 103 Hints\r\nContent-Length: "
            "3\r\n\r\nHTTP/1.1 204 "
            "No\r\nA: b\r\n\r\n",
            204,
            {{"A", "b"}},
            std::nullopt,
            false},
           {"HTTP/1.1 200 OK\r\n\r\nTrailer: 1\r\nHTTP/1.1 300 No\r\n\r\n",
            200,
            {},
            std::nullopt,
            false}}) {
    WebHeadReader reader(1000);
    auto fed = feed(reader, row.text);
    ASSERT_TRUE(fed) << row.text << fed.error().message();
    ASSERT_TRUE(reader.is_whole()) << row.text;
    EXPECT_EQ(reader.length(), row.length) << row.text;
    EXPECT_EQ(reader.is_chunked(), row.is_chunked) << row.text;
    WebHead head = reader.take();
    EXPECT_EQ(head.status, row.status) << row.text;
    EXPECT_EQ(head.headers, row.headers) << row.text;
  }
}

TEST(WebHeadReader, RefusesWhatHasTwoReadings) {
  const std::string_view zero("HTTP/1.1 200 OK\r\nA: a\0b\r\n\r\n", 27);
  for (std::string_view text : {
           std::string_view("I am no web server\r\n"),
           std::string_view("HTTP/1.1\r\n"),
           std::string_view("HTTP/1.1 20\r\n"),
           std::string_view("HTTP/1.1 2000 OK\r\n"),
           std::string_view("HTTP/1.1 20x OK\r\n"),
           std::string_view("HTTP/1.1 099 OK\r\n"),
           std::string_view("HTTP/1.1  200 OK\r\n"),
           std::string_view("HTTP/1.1 101 Switch\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\n A: b\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\n: b\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nA: a\rb\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nA: a\x1b[31m\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nA: a\x7f\r\n\r\n"),
           zero,
           std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
           std::string_view(
               "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
           std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
                            "chunked\r\n\r\n"),
       }) {
    WebHeadReader reader(1000);
    auto fed = feed(reader, text);
    ASSERT_FALSE(fed) << text;
    EXPECT_EQ(fed.error().code(), ErrorCode::kCorrupt);
    EXPECT_THAT(fed.error().message(), HasSubstr("is no valid HTTP")) << text;
  }
}

TEST(WebHeadReader, HasABoundOnAllLinesTogether) {
  WebHeadReader reader(100);
  Result<void> fed;
  int heads = 0;
  for (; fed && heads < 1000; ++heads)
    fed = feed(reader, "HTTP/1.1 100 Go\r\n\r\n");
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(heads, 6);
  WebHeadReader trailers(100);
  ASSERT_TRUE(feed(trailers, "HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(feed(trailers, std::string(200, 'x')));
}

}  // namespace theater::web_head_reader_test
