#include "theater/net/proxy_request.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace theater::proxy_request_test {
namespace {

using State = ProxyRequestReader::State;
using Way = ProxyRequest::Way;

struct Read {
  State state = State::kMore;
  std::string reply;
  std::string rest;
  ProxyRequest request;
};

Read read(std::string_view text, size_t step) {
  static const HttpLimits limits;
  ProxyRequestReader reader(limits);
  Read read;
  for (size_t at = 0; at < text.size() && read.state == State::kMore; at += step) {
    read.rest += text.substr(at, step);
    ByteView input = as_bytes(read.rest);
    read.state = reader.feed(input);
    read.rest = std::string(as_text(input));
    read.reply += reader.take_reply();
    if (read.state == State::kRead) {
      if (at + step < text.size()) read.rest += text.substr(at + step);
      read.request = reader.take();
    }
  }
  return read;
}

Read read_all(std::string_view text) {
  Read whole = read(text, text.size());
  // The pieces in which it comes change nothing.
  for (size_t step : {size_t{1}, size_t{3}}) {
    Read parts = read(text, step);
    EXPECT_EQ(parts.state, whole.state);
    EXPECT_EQ(parts.reply, whole.reply);
    EXPECT_EQ(parts.request.url, whole.request.url);
    if (whole.state == State::kRead) {
      EXPECT_EQ(parts.rest, whole.rest);
    }
  }
  return whole;
}

int status(std::string_view text) {
  Read one = read_all(text);
  if (one.state != State::kRefused || !one.reply.starts_with("HTTP/1.1 ")) return 0;
  return std::stoi(one.reply.substr(9, 3));
}

std::string greeting() {
  return {"\x05\x01\x00", 3};
}

int code(const std::string& request) {
  Read one = read_all(greeting() + request);
  if (one.state != State::kRefused || one.reply.size() != 12) return -1;
  return static_cast<uint8_t>(one.reply[3]);
}

TEST(ProxyRequest, ReadsAWholeUrlAsPlainHttp) {
  Read one = read_all("GET http://Web.Example./a?b HTTP/1.1\r\nHost: elsewhere\r\n\r\nrest");
  ASSERT_EQ(one.state, State::kRead);
  EXPECT_EQ(one.request.way, Way::kForward);
  EXPECT_EQ(one.request.url.to_string(), "http://web.example/a?b");
  EXPECT_EQ(one.request.method(), "GET");
  EXPECT_EQ(one.request.to_string(), "GET http://web.example/");
  EXPECT_EQ(one.rest, "rest");
  EXPECT_EQ(one.reply, "");
}

TEST(ProxyRequest, ReadsATunnelByHttp) {
  for (std::string version : {"HTTP/1.0\r\n", "HTTP/1.1\r\nHost: a\r\n"}) {
    Read one = read_all("CONNECT Web.example:443 " + version + "\r\n\x16\x03");
    ASSERT_EQ(one.state, State::kRead);
    EXPECT_EQ(one.request.way, Way::kConnect);
    EXPECT_EQ(one.request.to_string(), "CONNECT web.example:443");
    EXPECT_EQ(one.rest, "\x16\x03");
  }
  EXPECT_EQ(read_all("CONNECT [2001:DB8::0:1]:8443 HTTP/1.0\r\n\r\n").request.authority(),
            "[2001:db8::1]:8443");
}

TEST(ProxyRequest, RefusesOtherTargets) {
  EXPECT_EQ(status("GET /path HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET http://2130706433/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET http://0x7f.1/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("CONNECT a:0 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("CONNECT a:65536 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("CONNECT [::1] HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("CONNECT http://a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("CONNECT u@a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status("CONNECT a:80 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"), 400);
  EXPECT_EQ(status("TRACE http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
  EXPECT_EQ(status("connect http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
}

TEST(ProxyRequest, RefusesHeadsThatHaveTwoReadings) {
  std::string begin = "POST http://a/ HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(status(begin + "Host: b\r\n\r\n"), 400);
  EXPECT_EQ(status(begin + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
  EXPECT_EQ(status(begin + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status(begin + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 400);
  EXPECT_EQ(status(begin + "Transfer-Encoding : chunked\r\n\r\n"), 400);
  EXPECT_EQ(status(begin + "X: a\r\n folded\r\n\r\n"), 400);
  EXPECT_EQ(status(begin + "X: a\nY: b\r\n\r\n"), 400);
  EXPECT_EQ(status("GET http://a/\r\nX: HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status("GET http://a/ HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status(begin + "X: " + std::string(20'000, 'a') + "\r\n\r\n"), 431);
  EXPECT_EQ(status("GET http://a/" + std::string(10'000, 'a')), 0);
  EXPECT_EQ(status("GET http://a/" + std::string(20'000, 'a')), 414);
  EXPECT_EQ(status("\x16\x03\x01"), 400);
  EXPECT_EQ(status("\x04\x01"), 400);
}

TEST(ProxyRequest, ReadsSocksWithNamesAndAddresses) {
  Read name = read_all(greeting() + std::string("\x05\x01\x00\x03\x05"
                                                "A.org"
                                                "\x01\xbb"
                                                "x",
                                                13));
  ASSERT_EQ(name.state, State::kRead);
  EXPECT_EQ(name.request.way, Way::kSocks);
  EXPECT_EQ(name.request.to_string(), "CONNECT a.org:443");
  EXPECT_EQ(name.reply, std::string("\x05\x00", 2));
  EXPECT_EQ(name.rest, "x");
  Read v4 = read_all(greeting() + std::string("\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", 10));
  EXPECT_EQ(v4.request.authority(), "127.0.0.1:80");
  std::string ones(15, '\0');
  Read v6 = read_all(greeting() + std::string("\x05\x01\x00\x04", 4) + ones + "\x01" +
                     std::string("\x00\x50", 2));
  EXPECT_EQ(v6.request.authority(), "[::1]:80");
  // Another form of the same address.
  std::string mapped = std::string(10, '\0') + "\xff\xff\x7f" + std::string(2, '\0') + "\x01";
  Read inner = read_all(greeting() + std::string("\x05\x01\x00\x04", 4) + mapped +
                        std::string("\x00\x50", 2));
  EXPECT_EQ(inner.request.authority(), "127.0.0.1:80");
}

TEST(ProxyRequest, TakesTheLoginThatIsNoneAmongOthers) {
  Read one = read_all(std::string("\x05\x03\x02\x00\x01", 5));
  EXPECT_EQ(one.state, State::kMore);
  EXPECT_EQ(one.reply, std::string("\x05\x00", 2));
  Read other = read_all(std::string("\x05\x01\x02", 3));
  EXPECT_EQ(other.state, State::kRefused);
  EXPECT_EQ(other.reply, std::string("\x05\xff", 2));
  EXPECT_EQ(read_all(std::string("\x05\x00", 2)).state, State::kRefused);
}

TEST(ProxyRequest, RefusesWhatSocksMayNot) {
  std::string to("\x00\x01\x7f\x00\x00\x01\x00\x50", 8);
  EXPECT_EQ(code("\x05\x02" + to), 7);
  EXPECT_EQ(code("\x05\x03" + to), 7);
  EXPECT_EQ(code("\x04\x01" + to), 1);
  EXPECT_EQ(code(std::string("\x05\x01\x01\x01\x7f\x00\x00\x01\x00\x50", 10)), 1);
  EXPECT_EQ(code(std::string("\x05\x01\x00\x02\x7f\x00\x00\x01\x00\x50", 10)), 8);
  // Hosts with which a URL could be made to name another.
  EXPECT_EQ(code(std::string("\x05\x01\x00\x03\x05"
                             "a/b:1"
                             "\x00\x50",
                             12)),
            4);
  EXPECT_EQ(code(std::string("\x05\x01\x00\x03\x05"
                             "u@b.c"
                             "\x00\x50",
                             12)),
            4);
  EXPECT_EQ(code(std::string("\x05\x01\x00\x03\x05"
                             "[::1]"
                             "\x00\x50",
                             12)),
            4);
  EXPECT_EQ(code(std::string("\x05\x01\x00\x03\x05"
                             "a\r\nbc"
                             "\x00\x50",
                             12)),
            4);
  EXPECT_EQ(code(std::string("\x05\x01\x00\x03\x05"
                             "a\0b.c"
                             "\x00\x50",
                             12)),
            4);
  EXPECT_EQ(code(std::string("\x05\x01\x00\x03\x05"
                             "127.1"
                             "\x00\x50",
                             12)),
            4);
  EXPECT_EQ(code(std::string("\x05\x01\x00\x03\x00\x00\x50", 7)), 4);
  EXPECT_EQ(code(std::string("\x05\x01\x00\x03\x01"
                             "a"
                             "\x00\x00",
                             8)),
            4);
}

TEST(ProxyRequest, TellsEachWayWhatBecameOfIt) {
  EXPECT_EQ(proxy_answer(Way::kForward, ProxyVerdict::kConnected, ""), "");
  EXPECT_TRUE(
      proxy_answer(Way::kConnect, ProxyVerdict::kConnected, "").starts_with("HTTP/1.1 200"));
  EXPECT_EQ(proxy_answer(Way::kSocks, ProxyVerdict::kConnected, "")[1], 0);
  std::string denied = proxy_answer(Way::kConnect, ProxyVerdict::kDenied, "why not");
  EXPECT_TRUE(denied.starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(denied.ends_with("\r\n\r\nwhy not\n"));
  EXPECT_EQ(proxy_answer(Way::kSocks, ProxyVerdict::kDenied, "")[1], 2);
  EXPECT_EQ(proxy_answer(Way::kSocks, ProxyVerdict::kNoHost, "")[1], 4);
  EXPECT_EQ(proxy_answer(Way::kSocks, ProxyVerdict::kRefused, "")[1], 5);
  EXPECT_EQ(proxy_answer(Way::kSocks, ProxyVerdict::kLate, "")[1], 6);
  EXPECT_EQ(proxy_answer(Way::kSocks, ProxyVerdict::kNoRoom, "")[1], 1);
}

}  // namespace
}  // namespace theater::proxy_request_test
