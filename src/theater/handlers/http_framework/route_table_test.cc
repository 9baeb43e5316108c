#include "theater/handlers/http_framework/route_table.h"

#include "theater/base/testing/must.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::route_table_test {

using ::testing::HasSubstr;

std::string why_not(std::string_view path) {
  auto normal = normal_path(path);
  return normal ? std::string() : normal.error().message();
}

TEST(RequestPath, HasOneNormalForm) {
  EXPECT_EQ(must(normal_path("/")), "/");
  EXPECT_EQ(must(normal_path("/%61b%2Dc/%7e")), "/ab-c/~");
  EXPECT_EQ(must(normal_path("/a%2fb%5c%c3%a9")), "/a%2Fb%5C%C3%A9");
  EXPECT_EQ(must(normal_path("/a/")), "/a/");
  EXPECT_EQ(must(normal_path("/a;b=c,d:e@f")), "/a;b=c,d:e@f");
}

TEST(RequestPath, RefusesWhatHasTwoReadings) {
  EXPECT_THAT(why_not(""), HasSubstr("slash"));
  EXPECT_THAT(why_not("a"), HasSubstr("slash"));
  for (const char* path : {"//", "/a//b", "//a"})
    EXPECT_THAT(why_not(path), HasSubstr("empty segment")) << path;
  for (const char* path : {"/.", "/..", "/a/../b", "/%2e%2E/b", "/a/.%2e", "/./a"})
    EXPECT_THAT(why_not(path), HasSubstr("dots")) << path;
  for (const char* path : {"/%00", "/a%0d%0aX-A: b", "/%7F", "/%1f"})
    EXPECT_THAT(why_not(path), HasSubstr("control character")) << path;
  for (const char* path : {"/%", "/%4", "/%zz", "/%4g"})
    EXPECT_THAT(why_not(path), HasSubstr("escape")) << path;
  for (const char* path : {"/a b", "/\xc3\xa9", "/a\\b", "/a#b", "/a\n"})
    EXPECT_THAT(why_not(path), HasSubstr("character")) << path;
  std::string deep;
  for (size_t at = 0; at <= kPathSegmentsMax; ++at)
    deep += "/a";
  EXPECT_THAT(why_not(deep), HasSubstr("too many segments"));
}

TEST(RequestPath, UnescapesPartsThatAreText) {
  EXPECT_EQ(unescaped_part("a%2Fb%C3%A9"), "a/b\xc3\xa9");
  EXPECT_EQ(unescaped_part("%FF"), std::nullopt);
}

TEST(RequestPath, LiesBelowByWholeSegments) {
  EXPECT_TRUE(lies_below("/api", "/api"));
  EXPECT_TRUE(lies_below("/api/x", "/api"));
  EXPECT_FALSE(lies_below("/apix", "/api"));
  EXPECT_TRUE(lies_below("/anything", "/"));
}

RoutePattern pattern(std::string_view text) {
  return must(RoutePattern::parse(text));
}

TEST(RoutePattern, RefusesWhatItCannotRead) {
  auto complaint = [](std::string_view text) {
    auto parsed = RoutePattern::parse(text);
    return parsed ? std::string() : parsed.error().message();
  };
  EXPECT_THAT(complaint("a"), HasSubstr("begins with a slash"));
  EXPECT_THAT(complaint("/*"), HasSubstr("{*rest}"));
  EXPECT_THAT(complaint("/a{b}"), HasSubstr("whole segments"));
  EXPECT_THAT(complaint("/{*rest}/a"), HasSubstr("last segment"));
  EXPECT_THAT(complaint("/{}"), HasSubstr("name of 1 to 64"));
  EXPECT_THAT(complaint("/{a b}"), HasSubstr("name of 1 to 64"));
  EXPECT_THAT(complaint("/{a\r\nX}"), HasSubstr("name of 1 to 64"));
  EXPECT_THAT(complaint("/{a}/{a}"), HasSubstr("one name"));
  EXPECT_THAT(complaint("/a/../b"), HasSubstr("dots"));
  EXPECT_THAT(complaint("/a//b"), HasSubstr("empty"));
  EXPECT_THAT(complaint("/" + std::string(RoutePattern::kBytesMax, 'a')), HasSubstr("at most"));
  EXPECT_EQ(pattern("/%61/{id}/").text(), "/a/{id}/");
  EXPECT_EQ(pattern("/{a}/b").shape(), pattern("/{other}/b").shape());
}

TEST(RouteTable, PrefersTheMoreExactPattern) {
  RouteTable table;
  must(table.add(pattern("/users/{id}"), "GET", 1));
  must(table.add(pattern("/users/me"), "GET", 2));
  must(table.add(pattern("/{*rest}"), "GET", 3));
  must(table.add(pattern("/users/{id}/posts/{post}"), "GET", 4));
  EXPECT_EQ(table.find("/users/7", "GET").handler, 1u);
  EXPECT_EQ(table.find("/users/me", "GET").handler, 2u);
  EXPECT_EQ(table.find("/users/7/posts", "GET").handler, 3u);
  auto post = table.find("/users/7/posts/a%2Fb", "GET");
  EXPECT_EQ(post.handler, 4u);
  EXPECT_EQ(post.parameters, (PathParameters{{"id", "7"}, {"post", "a%2Fb"}}));
  EXPECT_EQ(table.find("/users/7/posts", "GET").parameters,
            (PathParameters{{"rest", "users/7/posts"}}));
  EXPECT_FALSE(table.find("/", "GET").is_known());
}

TEST(RouteTable, TellsAWrongMethodFromAnUnknownPath) {
  RouteTable table;
  must(table.add(pattern("/a"), "GET", 1));
  must(table.add(pattern("/{name}"), "PUT", 2));
  auto wrong = table.find("/a", "POST");
  EXPECT_EQ(wrong.handler, std::nullopt);
  EXPECT_EQ(wrong.methods, (std::vector<std::string>{"GET", "PUT"}));
  EXPECT_EQ(table.find("/a", "PUT").handler, 2u) << "the less exact pattern has the method";
  EXPECT_FALSE(table.find("/a/b", "GET").is_known());
  EXPECT_EQ(table.find("/a", "HEAD").handler, 1u);
  must(table.add(pattern("/a"), "HEAD", 3));
  EXPECT_EQ(table.find("/a", "HEAD").handler, 3u);
}

TEST(RouteTable, TakesEachMethodForAStar) {
  RouteTable table;
  must(table.add(pattern("/a"), "*", 1));
  must(table.add(pattern("/a"), "GET", 2));
  EXPECT_EQ(table.find("/a", "PROPFIND").handler, 1u);
  EXPECT_EQ(table.find("/a", "GET").handler, 2u);
}

TEST(RouteTable, HasOneRouteForAShapeAndAMethod) {
  RouteTable table;
  must(table.add(pattern("/{a}"), "GET", 1));
  EXPECT_EQ(table.add(pattern("/{b}"), "GET", 2).error().code(), ErrorCode::kAlreadyExists);
  must(table.add(pattern("/{b}"), "PUT", 2));
  EXPECT_EQ(table.find("/x", "PUT").parameters, (PathParameters{{"b", "x"}}));
  must(table.add_web_socket(pattern("/{c}"), {.message = 5}));
  EXPECT_FALSE(table.add_web_socket(pattern("/{d}"), {.message = 6}));
  auto found = table.find("/x", "GET");
  EXPECT_EQ(found.web_socket, WebSocketPath{.message = 5});
  EXPECT_EQ(found.web_socket_parameters, (PathParameters{{"c", "x"}}));
}

TEST(RouteTable, ATrailingSlashIsAnotherPath) {
  RouteTable table;
  must(table.add(pattern("/a"), "GET", 1));
  must(table.add(pattern("/b/"), "GET", 2));
  must(table.add(pattern("/c/{name}"), "GET", 3));
  EXPECT_FALSE(table.find("/a/", "GET").is_known());
  EXPECT_FALSE(table.find("/b", "GET").is_known());
  EXPECT_EQ(table.find("/b/", "GET").handler, 2u);
  EXPECT_FALSE(table.find("/c/", "GET").is_known()) << "a parameter is never empty";
}

TEST(RouteTable, KnowsTheMethodsOfRoutes) {
  for (const char* method : {"GET", "POST", "PROPPATCH", "*"})
    EXPECT_TRUE(is_route_method(method)) << method;
  for (const char* method : {"TRACE", "CONNECT", "get", "PRI", ""})
    EXPECT_FALSE(is_route_method(method)) << method;
}

}  // namespace theater::route_table_test
