#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/http_messages.hpp>

namespace theater {
namespace {

http::Request asks(std::string uri) {
  return {.uri = std::move(uri)};
}

TEST(HttpMessages, AQueryIsDecoded) {
  http::Request request = asks("/a?q=two+w%C3%B6rds&empty&x=1&x=2&b%61d=%2&=n");
  EXPECT_EQ(http::path(request), "/a");
  EXPECT_EQ(http::query_value(request, "q"), "two w\u00f6rds");
  EXPECT_EQ(http::query_value(request, "empty"), "");
  EXPECT_EQ(http::query_value(request, "x"), "1");
  EXPECT_EQ(http::query_value(request, ""), "n");
  EXPECT_EQ(http::query_value(request, "bad"), std::nullopt);
  EXPECT_EQ(http::query_value(request, "none"), std::nullopt);
  EXPECT_EQ(http::query_value(asks("/a"), "a"), std::nullopt);
  EXPECT_EQ(http::path(asks("/a")), "/a");
}

TEST(HttpMessages, PercentEncodingIsWholeOrNothing) {
  EXPECT_EQ(http::percent_decoded("a%2Fb%2f+"), "a/b/+");
  EXPECT_EQ(http::percent_decoded("%00"), std::string(1, '\0'));
  for (std::string_view bad : {"%", "%2", "%2x", "%x2", "a%"})
    EXPECT_EQ(http::percent_decoded(bad), std::nullopt) << bad;
}

TEST(HttpMessages, JsonOfABodyHasAType) {
  http::Request request{.method = "POST", .body = "[1,2]"};
  EXPECT_EQ(http::read_json<std::vector<int>>(request), (std::vector{1, 2}));
  EXPECT_EQ(http::read_json<std::string>(request).error(), "the body: expected a string");
  request.body = std::nullopt;
  EXPECT_TRUE(http::read_json<int>(request).error().starts_with("the body is no JSON: "));
}

TEST(HttpMessages, ResponsesHaveTheirType) {
  http::Response json = http::json(201, json::Value::object({{"a", 1}}));
  EXPECT_EQ(json.status, 201);
  EXPECT_EQ(json.body, R"({"a":1})");
  EXPECT_EQ(http::find_header(json.headers, "content-type"), "application/json");
  EXPECT_EQ(http::json(std::vector{1, 2}).body, "[1,2]");
  EXPECT_EQ(http::problem(404, "no \"x\"").body, R"({"status":404,"detail":"no \"x\""})");
  EXPECT_EQ(http::redirect("/a").headers[0], (http::Header{"Location", "/a"}));
  EXPECT_EQ(http::text(500, "x").status, 500);
  EXPECT_TRUE(http::html("").headers[0].value.starts_with("text/html"));
}

}  // namespace
}  // namespace theater
