#include "theater/api/client/api_client.h"

#include "theater/api/testing/fake_api.h"
#include "theater/base/testing/must.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>

namespace theater::api::api_client_test {

using ::testing::HasSubstr;

ServerAddress at(const FakeApi& api) {
  return must(parse_server_address("unix:" + api.path()));
}

TEST(ApiClient, SaysThatNoServerAnswersAndHowToStartOne) {
  TemporaryFolder folder;
  auto client = ApiClient::connect(must(server_of_home(folder.path())));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(client.error().to_string(), "no server answers in the home " + folder.path().string());
  EXPECT_EQ(client.error().hint(),
            "`theater server --home " + folder.path().string() + "` starts one");
  client = ApiClient::connect(must(parse_server_address("unix:/nowhere/s")));
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().to_string(), HasSubstr("no server answers at unix:/nowhere/s"));
}

TEST(ApiClient, TurnsProblemsIntoErrors) {
  FakeApi api;
  auto client = must(ApiClient::connect(at(api)));
  auto answer = client->get("/v1/none");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(answer.error().to_string(), "no route");
  api.answer("GET /v1/node", HttpAnswer::text(200, "no JSON"));
  EXPECT_EQ(client->get("/v1/node").error().code(), ErrorCode::kCorrupt);
}

TEST(ApiClient, AsksOnOneConnectionAndShowsItsToken) {
  FakeApi api;
  api.answer("GET /v1/node", R"({"version": "1"})");
  api.answer("POST /v1/x", R"({"hash": "h"})");
  TestVariable token("THEATER_TOKEN", "t0");
  auto client = must(ApiClient::connect(at(api)));
  EXPECT_EQ(must(client->get("/v1/node"))["version"], "1");
  EXPECT_EQ(must(client->post("/v1/x"))["hash"], "h");
  EXPECT_EQ(as_text(must(client->post_bytes("/v1/x", to_bytes("body"))).body), R"({"hash": "h"})");
  auto asked = api.asked();
  ASSERT_EQ(asked.size(), 3u);
  for (const HttpRequest& request : asked) {
    EXPECT_EQ(request.connection, asked[0].connection);
    EXPECT_EQ(request.headers.find("Authorization"), "Bearer t0");
  }
  EXPECT_EQ(as_text(asked[2].body), "body");
}

TEST(ApiClient, ShowsNoTokenToTheSocketOfAHome) {
  FakeApi api;
  api.answer("GET /v1/node", "{}");
  std::filesystem::path home = std::filesystem::path(api.path()).parent_path();
  std::filesystem::create_symlink(api.path(), home / "theater.sock");
  TestVariable token("THEATER_TOKEN", "t0");
  must(must(ApiClient::connect(must(server_of_home(home))))->get("/v1/node"));
  EXPECT_EQ(api.asked().at(0).headers.count("Authorization"), 0u);
}

// Answers each connection's first request, and closes the connection at the second one without an
// answer.
class Forgetful {
 public:
  std::string path() const { return server_.path(); }
  int requests() const { return requests_; }

 private:
  std::atomic<int> requests_ = 0;
  std::atomic<uint64_t> connection_ = 0;
  FakeServer server_{{.handle = [this](HttpRequest request, HttpResponder responder) {
    ++requests_;
    bool is_first = connection_.exchange(request.connection.value) != request.connection.value;
    if (is_first) return responder.answer(HttpAnswer::text(200, "{}"));
    // A body that is abandoned cuts the connection off.
    responder.stream({200, {}, {}});
  }}};
};

TEST(ApiClient, RepeatsALostGetOnce) {
  Forgetful server;
  auto client = must(ApiClient::connect(must(parse_server_address("unix:" + server.path()))));
  EXPECT_TRUE(client->get("/a"));
  EXPECT_TRUE(client->get("/b"));
  EXPECT_EQ(server.requests(), 3);
}

TEST(ApiClient, RepeatsNoLostPost) {
  Forgetful server;
  auto client = must(ApiClient::connect(must(parse_server_address("unix:" + server.path()))));
  EXPECT_TRUE(client->get("/a"));
  auto answer = client->post("/b");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().hint(), HasSubstr("may have done it"));
  EXPECT_EQ(server.requests(), 2);
  EXPECT_TRUE(client->post("/c"));
}

TEST(ApiClient, RepeatsAPostWithAKeyUntilThereIsAnOutcome) {
  Forgetful server;
  auto client = must(ApiClient::connect(must(parse_server_address("unix:" + server.path()))));
  EXPECT_TRUE(client->get("/a"));
  EXPECT_TRUE(client->post_bytes("/b", {}, "k"));
  EXPECT_EQ(server.requests(), 3);
}

TEST(ApiClient, RepeatsAPostThatIsInProgress) {
  std::atomic<int> asked = 0;
  FakeServer server({.handle = [&](HttpRequest request, HttpResponder responder) {
    EXPECT_EQ(request.headers.find("Idempotency-Key"), "k");
    HttpAnswer busy = HttpAnswer::text(409, "in progress");
    busy.headers.add("Retry-After", "1");
    responder.answer(++asked < 3 ? busy : HttpAnswer::text(200, "done"));
  }});
  auto client = must(ApiClient::connect(must(parse_server_address("unix:" + server.path()))));
  EXPECT_EQ(as_text(must(client->post_bytes("/b", {}, "k")).body), "done");
  EXPECT_EQ(asked, 3);
}

TEST(ApiClient, WaitsForAServerThatRecovers) {
  std::atomic<int> asked = 0;
  FakeServer server({.handle = [&](HttpRequest, HttpResponder responder) {
    HttpAnswer later = HttpAnswer::text(503, "recovering");
    later.headers.add("Retry-After", "1");
    responder.answer(++asked < 3 ? later : HttpAnswer::text(200, "done"));
  }});
  auto client = must(ApiClient::connect(must(parse_server_address("unix:" + server.path()))));
  EXPECT_EQ(as_text(must(client->post_bytes("/b", {})).body), "done");
  EXPECT_EQ(asked, 3);
}

TEST(ApiClient, RepeatsNoRefusalByItself) {
  std::atomic<int> asked = 0;
  FakeServer server({.handle = [&](HttpRequest, HttpResponder responder) {
    HttpAnswer refusal = HttpAnswer::text(429, "too many");
    refusal.headers.add("Retry-After", "1");
    ++asked;
    responder.answer(refusal);
  }});
  auto client = must(ApiClient::connect(must(parse_server_address("unix:" + server.path()))));
  EXPECT_FALSE(client->post_bytes("/b", {}));
  EXPECT_EQ(asked, 1);
}

TEST(ApiClient, UploadsParts) {
  FakeApi api;
  api.answer("POST /v1/actors", R"({"id": "x"})", 201);
  UploadForm form;
  form.add("manifest", "name = \"a\"");
  auto client = must(ApiClient::connect(at(api)));
  EXPECT_EQ(must(client->upload("/v1/actors", form))["id"], "x");
  HttpRequest asked = api.asked().at(0);
  EXPECT_THAT(std::string(*asked.headers.find("Content-Type")),
              HasSubstr("multipart/form-data; boundary="));
  EXPECT_THAT(std::string(as_text(asked.body)), HasSubstr("name = \"a\""));
}

TEST(ApiClient, FollowsAStreamToItsEnd) {
  FakeApi api;
  api.answer(
      "GET /v1/events",
      HttpAnswer{200,
                 {{"Content-Type", "text/event-stream"}},
                 to_bytes("event: chain\nid: 4\ndata: {}\n\n:\n\nevent: gap\ndata: {}\n\n")});
  auto client = must(ApiClient::connect(at(api)));
  auto stream = must(client->follow("/v1/events"));
  EXPECT_EQ(must(stream->next())->id, "4");
  EXPECT_EQ(must(stream->next())->name, "gap");
  EXPECT_FALSE(must(stream->next()));
  EXPECT_EQ(api.asked().at(0).headers.find("Accept"), "text/event-stream");
  auto refused = client->follow("/v1/none");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_string(), "no route");
}

TEST(ApiClient, EncodesValuesOfQueries) {
  EXPECT_EQ(query_value("foreman/kid & co é~"), "foreman%2Fkid%20%26%20co%20%C3%A9~");
  EXPECT_EQ(query_value(std::string("\0%", 2)), "%00%25");
}

}  // namespace theater::api::api_client_test
