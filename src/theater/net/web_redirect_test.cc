#include "theater/net/web_redirect.h"

#include "theater/base/testing/must.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace theater::web_redirect_test {

using ::testing::HasSubstr;

WebRequest asked(std::string method = "GET", const std::string& url = "https://a.example/x?q") {
  WebRequest request;
  request.method = std::move(method);
  request.url = must(parse_url(url));
  return request;
}

WebHead answer(uint16_t status, std::string location) {
  return {status, {{"Location", std::move(location)}}};
}

Result<WebRequest> next(const WebRequest& from, const WebHead& head) {
  const std::array<std::string, 1> bound = {"X-Key"};
  return redirected(from, head, bound);
}

TEST(WebRedirect, KeepsOrChangesTheMethodByTheStatus) {
  struct Row {
    uint16_t status;
    const char* from;
    const char* to;
  };
  for (const Row& row : std::initializer_list<Row>{{301, "GET", "GET"},
                                                   {301, "POST", "GET"},
                                                   {301, "PUT", "PUT"},
                                                   {302, "POST", "GET"},
                                                   {302, "HEAD", "HEAD"},
                                                   {302, "DELETE", "DELETE"},
                                                   {303, "GET", "GET"},
                                                   {303, "POST", "GET"},
                                                   {303, "PUT", "GET"},
                                                   {303, "DELETE", "GET"},
                                                   {303, "HEAD", "HEAD"},
                                                   {307, "POST", "POST"},
                                                   {307, "GET", "GET"},
                                                   {308, "PATCH", "PATCH"}}) {
    WebRequest from = asked(row.from);
    from.body = std::make_shared<const Bytes>(to_bytes("data"));
    from.headers = {{"Content-Type", "a/b"}, {"content-language", "en"}, {"X-Other", "kept"}};
    WebRequest to = must(next(from, answer(row.status, "/y")));
    EXPECT_EQ(to.method, row.to) << row.status << " " << row.from;
    bool keeps = to.method == from.method && !(row.status == 303 && to.method == "GET");
    EXPECT_EQ(to.body != nullptr, keeps) << row.status << " " << row.from;
    EXPECT_EQ(to.headers.count("Content-Type") + to.headers.count("Content-Language"),
              keeps ? 2u : 0u);
    EXPECT_EQ(to.headers.find("X-Other"), "kept");
  }
}

TEST(WebRedirect, TakesNothingThatIsBoundToAnotherOrigin) {
  struct Row {
    const char* location;
    bool is_other;
  };
  for (const Row& row : std::initializer_list<Row>{{"/y", false},
                                                   {"https://a.example/y", false},
                                                   {"https://A.EXAMPLE:443/y", false},
                                                   {"//a.example", false},
                                                   {"https://a.example:8443/", true},
                                                   {"https://b.a.example/", true},
                                                   {"https://example/", true}}) {
    WebRequest from = asked();
    from.headers = {
        {"authorization", "Bearer x"}, {"Cookie", "a"}, {"x-key", "b"}, {"Accept", "c"}};
    WebRequest to = must(next(from, answer(302, row.location)));
    EXPECT_EQ(to.headers.size(), row.is_other ? 1u : 4u) << row.location;
    EXPECT_EQ(to.headers.find("Accept"), "c");
  }
  WebRequest plain = asked("GET", "http://a.example/");
  plain.headers = {{"Authorization", "Bearer x"}};
  WebRequest to = must(next(plain, answer(307, "https://a.example/")));
  EXPECT_EQ(to.headers.size(), 0u) << "another scheme is another origin";
}

TEST(WebRedirect, GoesNowhereElse) {
  struct Row {
    const char* location;
    ErrorCode code;
    const char* why;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"http://a.example/", ErrorCode::kPermissionDenied, "anybody on the way"},
           {"file:///etc/passwd", ErrorCode::kInvalidArgument, "neither with https://"},
           {"ftp://a.example/", ErrorCode::kInvalidArgument, "neither with https://"},
           {"javascript:x", ErrorCode::kInvalidArgument, "neither with https://"},
           {"https://user@a.example/", ErrorCode::kInvalidArgument, "credentials"},
           {"https://127.1/", ErrorCode::kInvalidArgument, "no IPv4 address"},
           {"https://0177.0.0.1/", ErrorCode::kInvalidArgument, "no IPv4 address"},
           {"https://[fe80::1%25eth0]/", ErrorCode::kInvalidArgument, "no IPv6 address"},
           {"/a\tb", ErrorCode::kInvalidArgument, "0x09"}}) {
    auto to = next(asked(), answer(302, row.location));
    ASSERT_FALSE(to) << row.location;
    EXPECT_EQ(to.error().code(), row.code) << row.location;
    EXPECT_THAT(to.error().to_string(), HasSubstr(row.why));
  }
  EXPECT_FALSE(next(asked(), {302, {}}));
  EXPECT_FALSE(next(asked(), {302, {{"Location", "/a"}, {"location", "/a"}}}));
  // The URL of an error has no query.
  auto down = next(asked(), answer(302, "http://b.example/?secret"));
  EXPECT_EQ(down.error().to_string().find("secret"), std::string::npos);
}

TEST(WebRedirect, KnowsTheStatuses) {
  for (int status = 100; status < 600; ++status) {
    bool is_one = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    EXPECT_EQ(is_redirection(status), is_one) << status;
  }
}

}  // namespace theater::web_redirect_test
