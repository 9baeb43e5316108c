// What guests write in answers of the API: no browser takes it for a page of the server.
#include "theater/api/testing/node_api.h"
#include "theater/net/testing/raw_client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::api::guest_bytes_test {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kScript = "<script>alert(document.domain)</script>";

using GuestBytes = NodeApiTest;

// The headers of every answer.
void expect_no_page(const Answer& answer, const std::string& of) {
  EXPECT_EQ(answer.headers.find("X-Content-Type-Options"), "nosniff") << of;
  EXPECT_EQ(answer.headers.find("Content-Security-Policy"), "sandbox; default-src 'none'") << of;
  EXPECT_EQ(answer.headers.find("Cache-Control"), "no-store") << of;
  EXPECT_FALSE(answer.headers.find("Access-Control-Allow-Origin")) << of;
  std::string type(answer.headers.find("Content-Type").value_or(""));
  EXPECT_THAT(type, Not(HasSubstr("html"))) << of;
  EXPECT_THAT(type, Not(HasSubstr("svg"))) << of;
  EXPECT_THAT(type, Not(StartsWith("text/plain"))) << of;
}

TEST_F(GuestBytes, AreSavedAndNotShown) {
  std::string actor = start();
  ASSERT_EQ(post(actor + "/send", kScript).status, 200);
  Answer replied = post(actor + "/request", kScript);
  Answer state = get(actor + "/state");
  for (const Answer& answer : {replied, state}) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.text, kScript);
    EXPECT_EQ(answer.headers.find("Content-Type"), "application/octet-stream");
    EXPECT_EQ(answer.headers.find("Content-Disposition"), "attachment");
    expect_no_page(answer, "bytes");
  }
}

TEST_F(GuestBytes, InManifestsAreSavedAndNotShown) {
  std::string manifest = std::string(kManifest) + "# " + kScript + "\n";
  Answer answer = get(start(manifest) + "/manifest");
  EXPECT_THAT(answer.text, HasSubstr(kScript));
  EXPECT_EQ(answer.headers.find("Content-Type"), "application/toml");
  EXPECT_EQ(answer.headers.find("Content-Disposition"), "attachment");
  expect_no_page(answer, "the manifest");
}

TEST_F(GuestBytes, InJsonAndProblemsAreNoPage) {
  std::string manifest(kManifest);
  manifest.replace(manifest.find("\"echo\""), 6, fmt::format("\"{}\"", kScript));
  Answer started = ask(start_call(manifest));
  ASSERT_EQ(started.status, 201) << started.text;
  std::string actor = "/v1/actors/" + started.json.value("id", "");
  EXPECT_EQ(post(actor + "/request", kScript).status, 200);
  for (const std::string& target : std::vector<std::string>{
           actor, "/v1/actors", actor + "/tree", actor + "/events", actor + "/logs",
           "/v1/node/logs", "/v1/node/events", "/v1/node", actor + "/grants"}) {
    Answer answer = get(target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_EQ(answer.headers.find("Content-Type"), "application/json") << target;
    expect_no_page(answer, target);
  }
  EXPECT_THAT(get(actor + "/events").text, HasSubstr("<script>"));
  // A path and a part that a problem quotes.
  for (const std::string& target :
       {std::string("/<script>"), "/v1/actors/" + std::string("<script>"),
        std::string("/v1/actors?state=<script>")}) {
    Answer answer = get(target);
    EXPECT_GE(answer.status, 400) << target;
    EXPECT_EQ(answer.headers.find("Content-Type"), "application/problem+json") << target;
    expect_no_page(answer, target);
  }
  Answer refused = ask(start_call("name = \"<script>\"\n"));
  EXPECT_EQ(refused.status, 400);
  expect_no_page(refused, "a wrong manifest");
}

TEST_F(GuestBytes, InStreamsAreNoPage) {
  std::string actor = start();
  EXPECT_EQ(post(actor + "/request", kScript).status, 200);
  EXPECT_EQ(post(actor + "/stop?wait=true").status, 200);
  for (const char* what : {"/events", "/logs?last=1"}) {
    Answer answer = ask({.target = actor + what, .headers = {{"Accept", "text/event-stream"}}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.find("Content-Type"), "text/event-stream") << what;
    expect_no_page(answer, what);
  }
}

TEST_F(GuestBytes, NoForeignPageUpgradesAConnection) {
  std::string actor = start();
  auto head_of = [&](const std::string& more) {
    return RawClient(port)
        .send(fmt::format("GET {}/events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer "
                          "{}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
                          "Sec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
                          actor, port, texts["read"], more))
        .read_all();
  };
  for (const char* foreign : {"Origin: https://evil.example\r\n", "Origin: null\r\n",
                              "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n"}) {
    std::string answer = head_of(foreign);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 ")) << foreign;
    EXPECT_THAT(answer, HasSubstr("\"code\":\"permission_denied\"")) << foreign;
  }
  // The same from here is a request as any other, since the API has no WebSocket.
  EXPECT_THAT(head_of(""), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(head_of(fmt::format("Origin: http://127.0.0.1:{}\r\n", port)),
              StartsWith("HTTP/1.1 200 "));
}

}  // namespace theater::api::guest_bytes_test
