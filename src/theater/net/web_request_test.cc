#include "theater/net/web_request.h"

#include "theater/base/testing/must.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace theater::web_request_test {

using ::testing::HasSubstr;

TEST(WebRequest, MayHaveAnyMethodThatIsAToken) {
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY",
                             "purge", "M-SEARCH", "!#$%&'*+-.^_`|~"})
    EXPECT_TRUE(check_web_request(method, {})) << method;
  for (const std::string& method :
       {std::string(), std::string("GET /x HTTP/1.1\r\nX:"), std::string("GE T"),
        std::string("G\tT"), std::string("G\0T", 3), std::string("GET\n"),
        std::string("G\xc3\xa4T"), std::string("G:T"), std::string("TRACE"), std::string("trace"),
        std::string("CONNECT"), std::string("Connect"), std::string(65, 'A')})
    EXPECT_FALSE(check_web_request(method, {})) << method;
}

TEST(WebRequest, MayNotHaveHeadersOfItsFrame) {
  for (const char* name :
       {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Trailer",
        "Expect", "Keep-Alive", "HTTP2-Settings", "Proxy-Authorization", "Proxy-Connection",
        "proxy-", "hOST", "content-LENGTH", "transfer-encoding"}) {
    auto checked = check_web_request("GET", {{name, "secret"}});
    ASSERT_FALSE(checked) << name;
    EXPECT_THAT(checked.error().message(), HasSubstr(name));
    EXPECT_EQ(checked.error().message().find("secret"), std::string::npos);
  }
  for (const char* name : {"Authorization", "Cookie", "User-Agent", "Accept", "Content-Type",
                           "Content-Encoding", "Range", "Hosts", "X-Host", "Proxy"})
    EXPECT_TRUE(check_web_request("GET", {{name, "value"}})) << name;
}

TEST(WebRequest, MayNotBreakOutOfAHeader) {
  for (const std::string& name :
       {std::string(), std::string("A B"), std::string("A:"), std::string("A\r\nB"),
        std::string(":authority"), std::string("A\0", 2), std::string("\xc3\xa4"),
        std::string("A;")})
    EXPECT_FALSE(check_web_request("GET", {{name, "value"}})) << name;
  for (const std::string& value :
       {std::string("a\r\nX: b"), std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3),
        std::string("a\x7f"), std::string("a\x01"), std::string(" a"), std::string("a "),
        std::string("\ta")})
    EXPECT_FALSE(check_web_request("GET", {{"A", value}})) << value;
  for (const std::string& value :
       {std::string(), std::string("a\tb"), std::string("a, \"b\""), std::string("\xe4\xf6"),
        std::string("\xc3\xa4"), std::string(";")})
    EXPECT_TRUE(check_web_request("GET", {{"A", value}})) << value;
}

TEST(WebRequest, HasABoundOnItsHeaders) {
  EXPECT_TRUE(check_web_request("GET", {{"A", std::string(60'000, 'x')}}));
  EXPECT_FALSE(check_web_request("GET", {{"A", std::string(kWebRequestHeadBytesMax, 'x')}}));
  HttpHeaders many;
  for (int at = 0; at < 20'000; ++at)
    many.add("A", "");
  EXPECT_FALSE(check_web_request("GET", many));
}

TEST(WebRequest, FailsWithOneWordForEachKind) {
  std::set<std::string_view> words;
  for (int kind = 0; kind <= static_cast<int>(WebFailure::Kind::kInvalid); ++kind)
    words.insert(web_failure_word(static_cast<WebFailure::Kind>(kind)));
  EXPECT_EQ(words, (std::set<std::string_view>{"timeout", "refused", "tls", "too-large", "denied",
                                               "lookup", "protocol", "cut-off", "redirect",
                                               "cancelled", "no-room", "invalid"}));
}

TEST(WebRequest, IsNamedWithoutItsQuery) {
  EXPECT_EQ(url_for_messages(must(parse_url("https://a.example:8443/b?key=c"))),
            "https://a.example:8443/b");
  std::string longer = url_for_messages(must(parse_url("https://a/" + std::string(1000, 'x'))));
  EXPECT_LT(longer.size(), 210u);
}

}  // namespace theater::web_request_test
