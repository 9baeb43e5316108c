// The example guestbook, whose server is the host of a unit test.
#include "guestbook/guestbook.cpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/testing.hpp>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GuestbookTest : public ::testing::Test {
 protected:
  GuestbookTest() {
    theater::testing::Host::current() = {};
    EXPECT_TRUE(book_.init());
  }

  Result<http::Response> sign(std::string body) {
    return book_.http({.method = "POST",
                       .uri = "/api/entries",
                       .headers = {{"Content-Type", "application/json"}},
                       .body = std::move(body)});
  }

  std::string get(std::string_view uri) { return book_.http_get(uri)->body.value_or(""); }

  theater::testing::TestActor<Guestbook> book_;
};

TEST_F(GuestbookTest, KeepsEntriesAndSendsThemToListeners) {
  uint64_t listener = book_.websocket_open("/live").value();
  http::Response added = sign(R"({"name":"Ada","text":"first"})").value();
  EXPECT_EQ(added.status, 201);
  EXPECT_EQ(added.body, R"({"number":1,"name":"Ada","text":"first","time_ms":0})");
  EXPECT_EQ(get("/api/entries/1"), added.body);
  ASSERT_TRUE(sign(R"({"name":"Grace","text":"second"})"));
  EXPECT_THAT(get("/api/entries"), HasSubstr(R"("second","time_ms":0},{"number":1)"));
  EXPECT_THAT(get("/api/entries?limit=1"), Not(HasSubstr("first")));
  const auto& sent = theater::testing::Host::current().websockets.at(listener).sent;
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].content(), added.body);
  EXPECT_TRUE(book_.websocket_close(listener));
  EXPECT_TRUE(book_.actor()->listeners.empty());
}

TEST_F(GuestbookTest, RefusesWhatIsNoEntry) {
  EXPECT_EQ(book_.http_post("/api/entries", R"({"name":"a","text":"b"})")->status, 415);
  for (std::string body :
       {std::string("["), std::string(R"({"name":"a"})"), std::string(R"({"text":"b"})"),
        R"({"text":"b","name":")" + std::string(121, 'a') + "\"}",
        R"({"name":"a","text":")" + std::string(2001, 'b') + "\"}"}) {
    EXPECT_EQ(sign(body)->status, 400) << body.substr(0, 40);
  }
  for (std::string_view uri :
       {"/api/entries?limit=0", "/api/entries?limit=51", "/api/entries?limit=x"})
    EXPECT_EQ(book_.http_get(uri)->status, 400) << uri;
  EXPECT_EQ(book_.http_get("/api/entries/1")->status, 404);
  EXPECT_EQ(get("/api/entries"), "[]");
}

TEST_F(GuestbookTest, ShowsTextAsText) {
  ASSERT_TRUE(sign(R"({"name":"<i>&'","text":"</p><script>\"x\"</script>"})"));
  http::Response page = book_.http_get("/").value();
  EXPECT_THAT(*page.body,
              HasSubstr("<b>&lt;i&gt;&amp;&#39;</b><p>&lt;/p&gt;&lt;script&gt;&quot;x"));
  EXPECT_THAT(http::find_header(page.headers, "content-security-policy").value_or(""),
              HasSubstr("script-src 'self'"));
  EXPECT_EQ(http::find_header(book_.http_get("/guestbook.js")->headers, "content-type"),
            "text/javascript");
}

}  // namespace
