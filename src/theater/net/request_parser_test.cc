#include "theater/net/request_parser.h"

#include "theater/net/answer_head.h"
#include "theater/net/http_date.h"
#include "theater/net/output_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace theater::request_parser_test {

using ::testing::HasSubstr;
using State = RequestParser::State;

// Feeds `text` in pieces of `step` bytes, as a connection does, and returns the last state.
State feed(RequestParser& parser, const std::string& text, size_t step) {
  std::string waiting;
  State state = parser.state();
  for (size_t at = 0; at < text.size(); at += step) {
    waiting += text.substr(at, step);
    for (;;) {
      ByteView input = as_bytes(waiting);
      size_t size = input.size();
      State before = parser.state();
      state = parser.feed(input);
      waiting.erase(0, size - input.size());
      if (state == State::kHeadRead) state = parser.begin_body(100);
      if (state == State::kDone || state == State::kRefused) return state;
      if (state == before || waiting.empty()) break;
    }
  }
  return state;
}

int status_of(const std::string& text, size_t step = std::string::npos / 2) {
  HttpLimits limits;
  RequestParser parser(limits);
  State state = feed(parser, text, step);
  if (state == State::kDone) return 200;
  return state == State::kRefused ? parser.refusal().status : 0;
}

TEST(RequestParserTest, RefusesWhatAllowsTwoReadings) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  struct {
    const char* what;
    std::string text;
    int status;
  } cases[] = {
      {"two lengths that agree", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
      {"two lengths that differ", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400},
      {"a list of lengths", post + "Content-Length: 1, 1\r\n\r\nx", 400},
      {"a length and chunks", post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"chunks and a length", post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
       400},
      {"two encodings",
       post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"identity", post + "Transfer-Encoding: identity\r\n\r\n", 400},
      {"gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
      {"xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n", 400},
      {"chunked with a tab", post + "Transfer-Encoding: chun\tked\r\n\r\n", 400},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"a plus", post + "Content-Length: +1\r\n\r\nx", 400},
      {"a minus", post + "Content-Length: -1\r\n\r\nx", 400},
      {"hexadecimal", post + "Content-Length: 0x1\r\n\r\nx", 400},
      {"an empty length", post + "Content-Length:\r\n\r\n", 400},
      {"overflow", post + "Content-Length: 18446744073709551617\r\n\r\nx", 400},
      {"a chunk extension", chunked + "1;a=b\r\nx\r\n0\r\n\r\n", 400},
      {"a chunk size with a space", chunked + "1 \r\nx\r\n0\r\n\r\n", 400},
      {"a chunk size with 0x", chunked + "0x1\r\nx\r\n0\r\n\r\n", 400},
      {"an empty chunk size", chunked + "\r\nx\r\n0\r\n\r\n", 400},
      {"a chunk size that overflows", chunked + "fffffffffffffffff\r\nx", 400},
      {"a bare LF after a chunk size", chunked + "1\nx\r\n0\r\n\r\n", 400},
      {"a chunk longer than its size", chunked + "1\r\nxx\r\n0\r\n\r\n", 400},
      {"a trailer", chunked + "0\r\nHost: b\r\n\r\n", 400},
      {"a folded header", get + "A: b\r\n c\r\n\r\n", 400},
      {"a first header that begins with a space", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"a bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
      {"a bare LF between headers", "GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n", 400},
      {"a bare CR", get + "A: b\rC: d\r\n\r\n", 400},
      {"a CR too many", get + "A: b\r\r\n\r\n", 400},
      {"a NUL", get + std::string("A: b\0c\r\n\r\n", 10), 400},
      {"a control character", get + "A: b\x01\r\n\r\n", 400},
      {"a DEL", get + "A: b\x7f\r\n\r\n", 400},
      {"a space before the colon", get + "A : b\r\n\r\n", 400},
      {"a header without a colon", get + "A\r\n\r\n", 400},
      {"a header without a name", get + ": b\r\n\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", get + "Host: a\r\n\r\n", 400},
      {"a host with a slash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"a host with credentials", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
      {"a method with a bracket", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target with a space", "GET / b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target with a tab", "GET /\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target with a high byte", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target with a fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target without a slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"another host in the target", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a star with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501},
      {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"the greeting of TLS", "\x16\x03\x01", 400},
      {"another expectation", post + "Expect: 200-ok\r\nContent-Length: 1\r\n\r\nx", 417},
      {"a body over the limit", post + "Content-Length: 101\r\n\r\n", 413},
      {"a chunk over the limit", chunked + "65\r\n", 413},
      {"Proxy-Connection of no list", get + "Connection: ,;\r\n\r\n", 400},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(status_of(each.text), each.status) << each.what;
    EXPECT_EQ(status_of(each.text, 1), each.status) << each.what << ", byte by byte";
  }
}

TEST(RequestParserTest, TakesWhatIsAllowed) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& text : {
           get + "\r\n",
           get + "A:\r\nB: \t x y \t\r\n\r\n",
           get + "A: \xff\xfe\r\nA: b\r\n\r\n",
           std::string("GET / HTTP/1.0\r\n\r\n"),
           std::string("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET http://A:80/x?y HTTP/1.1\r\nHost: a:80\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\nHost:\r\n\r\n"),
           std::string("GET /{\"%00'<>|?^` HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
           post + "Content-Length: 3\r\n\r\nabc",
           post + "Content-Length: 003\r\n\r\nabc",
           post + "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00A\r\n0123456789\r\n000\r\n\r\n",
           post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       }) {
    EXPECT_EQ(status_of(text), 200) << text;
    EXPECT_EQ(status_of(text, 1), 200) << text;
  }
}

TEST(RequestParserTest, KeepsOrderRepetitionAndBytesOfHeaders) {
  HttpLimits limits;
  RequestParser parser(limits);
  ASSERT_EQ(feed(parser,
                 "PUT /a?b?c HTTP/1.1\r\nHost: a\r\nx: 1\r\nY: \xff\r\nX:  2 \r\n"
                 "Content-Length: 2\r\n\r\nhi",
                 7),
            State::kDone);
  HttpRequest request = parser.take();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.path(), "/a");
  EXPECT_EQ(request.query(), "b?c");
  EXPECT_EQ(as_text(request.body), "hi");
  EXPECT_EQ(
      request.headers,
      (HttpHeaders{{"Host", "a"}, {"x", "1"}, {"Y", "\xff"}, {"X", "2"}, {"Content-Length", "2"}}));
  EXPECT_EQ(request.headers.count("X"), 2u);
  EXPECT_EQ(request.headers.find("X"), "1");
  EXPECT_FALSE(parser.has_begun());
}

TEST(RequestParserTest, MakesAPathOfAnAbsoluteTarget) {
  for (auto [target, path] :
       {std::pair{"http://a/x?y", "/x?y"}, {"HTTP://a", "/"}, {"https://a?q", "/?q"}}) {
    HttpLimits limits;
    RequestParser parser(limits);
    feed(parser, std::string("GET ") + target + " HTTP/1.1\r\nHost: a\r\n\r\n", 100);
    EXPECT_EQ(parser.take().target, path);
  }
}

TEST(RequestParserTest, RefusesHeadsOverTheLimits) {
  const std::string host = "Host: a\r\n";
  EXPECT_EQ(status_of("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + host + "\r\n"), 414);
  EXPECT_EQ(status_of("GET /" + std::string(20000, 'a')), 414);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nA: " + std::string(20000, 'a'), 100), 431);
  std::string many = "GET / HTTP/1.1\r\n" + host;
  for (int at = 0; at < 100; ++at)
    many += "A: b\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 431);
}

TEST(AnswerHeadTest, RefusesWhatAGuestMustNotSay) {
  auto refused = [](HttpAnswer answer) {
    auto checked = check_answer(answer);
    return checked ? std::string() : checked.error().message();
  };
  EXPECT_EQ(refused({200, {{"A", "b"}, {"A", "\xff\t"}}, {}}).substr(0, 3), "the");
  EXPECT_EQ(refused({200, {{"A", "b"}, {"A", "\xff c"}, {"B", ""}}, {}}), "");
  EXPECT_THAT(refused({200, {{"A", "b\r\nC: d"}}, {}}), HasSubstr("control character"));
  EXPECT_THAT(refused({200, {{"A\r\nB", "c"}}, {}}), HasSubstr("characters"));
  EXPECT_THAT(refused({200, {{"", "c"}}, {}}), HasSubstr("characters"));
  for (const char* name : {"content-length", "Transfer-Encoding", "CONNECTION", "Upgrade", "TE"})
    EXPECT_THAT(refused({200, {{name, "1"}}, {}}), HasSubstr("belongs to the connection"));
  for (int status : {0, 99, 100, 101, 199, 600, -1})
    EXPECT_THAT(refused({status, {}, {}}), HasSubstr("from 200 to 599"));
  EXPECT_THAT(refused({204, {}, {1}}), HasSubstr("no body"));
  EXPECT_THAT(refused({304, {}, {1}}), HasSubstr("no body"));
}

TEST(BodyDecoderTest, ReadsUntilTheEndUpToItsLimit) {
  BodyDecoder body(BodyFraming::kUntilEnd, 0);
  Bytes out;
  ByteView input = as_bytes("abc");
  EXPECT_EQ(body.feed(input, out, 4), BodyProgress::kMore);
  input = as_bytes("de");
  EXPECT_EQ(body.feed(input, out, 4), BodyProgress::kTooLarge);
  EXPECT_TRUE(body.may_end());
  EXPECT_FALSE(BodyDecoder(BodyFraming::kChunked, 0).may_end());
}

TEST(OutputQueueTest, GivesOutWhatWasAddedInOrder) {
  OutputQueue queue;
  std::string wanted;
  std::string given;
  auto take = [&](size_t count) {
    for (ByteView piece : queue.front()) {
      size_t part = std::min(count, piece.size());
      given += as_text(piece.first(part));
      count -= part;
      queue.taken(part);
      if (part < piece.size() || count == 0) return;
    }
  };
  for (size_t at = 1; at < 60; ++at) {
    std::string text(at * 997 % 40'000 + 1, static_cast<char>('a' + at % 26));
    wanted += text;
    if (at % 3 == 0) {
      queue.add(to_bytes(text));
    } else {
      queue.add(std::string_view(text));
    }
    take(at * 613 % 30'000);
  }
  while (!queue.empty())
    take(1 << 20);
  EXPECT_EQ(given, wanted);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(HttpDateTest, IsWrittenAsTheProtocolWantsIt) {
  HttpDate date;
  EXPECT_EQ(date.at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace theater::request_parser_test
