// What a revoked token still has: nothing after a second, neither streams nor requests that wait.
#include "theater/api/testing/node_api.h"
#include "theater/api/waiting_calls.h"
#include "theater/base/clock.h"
#include "theater/net/server_sent_events.h"
#include "theater/net/testing/raw_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace theater::api::revocation_test {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// A wait of the server is half a second at most. A busy machine may add to that, and what is not
// ended by the revocation lasts for minutes.
constexpr auto kEndsWithin = 10 * WaitingCalls::kLookPeriod;
constexpr const char* kLong = "600000";

class Revocation : public NodeApiTest {
 protected:
  HttpEndpoint tcp() const { return HttpEndpoint::tcp("127.0.0.1", port); }
  HttpCall authorised(HttpCall call) {
    call.headers.add("Authorization", "Bearer " + texts["operate"]);
    return call;
  }
  void revoke() {
    must(revoke_token(node->layout(), "operate"));
    revoked_at_ = monotonic_now();
  }
  void expect_soon() const { EXPECT_LT(monotonic_now() - revoked_at_, kEndsWithin); }

  // An answer that takes a while.
  struct Later {
    std::optional<Answer> answer;
    std::atomic<bool> is_over{false};
    std::thread thread;
  };
  std::unique_ptr<Later> ask_later(const std::string& method, const std::string& target,
                                   std::string_view body = "") {
    auto later = std::make_unique<Later>();
    HttpCall call = authorised({.method = method, .target = target, .body = to_bytes(body)});
    later->thread = std::thread([this, call, to = later.get()] {
      to->answer = ask(call, tcp());
      to->is_over = true;
    });
    return later;
  }

 private:
  std::chrono::nanoseconds revoked_at_{0};
};

TEST_F(Revocation, EndsRequestsThatWait) {
  std::string paused = start();
  ASSERT_EQ(post(paused + "/pause").status, 200);
  // A request that is not seen waiting, and behind it on its connection one that is.
  std::string head = " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + texts["operate"] +
                     "\r\nContent-Length: 0\r\n\r\n";
  RawClient waits_for_end(port);
  waits_for_end.send("GET " + paused + "/end?timeout_ms=" + kLong + head)
      .send("POST " + paused + "/send?wait=false" + head);
  std::vector<std::unique_ptr<Later>> waiting;
  waiting.push_back(ask_later("POST", paused + "/request?deadline_ms=" + kLong, "x"));
  waiting.push_back(ask_later("POST", paused + "/send", "y"));
  while (get(paused).json["mailbox"] != 3) {
  }
  // Another client waits for the same end.
  HttpCall other{.target = paused + "/end?timeout_ms=" + kLong,
                 .headers = {{"Authorization", "Bearer " + texts["admin"]}}};
  std::optional<Answer> of_other;
  std::thread other_thread([&] { of_other = ask(other, tcp()); });

  revoke();
  for (auto& one : waiting) {
    one->thread.join();
    ASSERT_TRUE(one->answer);
    EXPECT_EQ(one->answer->status, 401) << one->answer->text;
    EXPECT_EQ(one->answer->code(), "unauthenticated");
    EXPECT_THAT(one->answer->text, HasSubstr("was revoked or has expired"));
    expect_soon();
  }
  std::string of_end = waits_for_end.read_until("was revoked or has expired");
  EXPECT_THAT(of_end, HasSubstr("HTTP/1.1 401 "));
  EXPECT_THAT(of_end, HasSubstr("was revoked or has expired"));
  expect_soon();
  // The actor still has the messages. Their answers reach nobody.
  EXPECT_EQ(get(paused).json["mailbox"], 3);
  EXPECT_EQ(post(paused + "/resume").status, 200);
  EXPECT_EQ(post(paused + "/request", "z").text, "z");
  EXPECT_EQ(get(paused + "/state").text, "y");
  EXPECT_EQ(post(paused + "/stop?wait=true").status, 200);
  other_thread.join();
  EXPECT_EQ(of_other->status, 200) << of_other->text;
}

TEST_F(Revocation, EndsStreams) {
  std::string actor = start();
  std::vector<std::unique_ptr<HttpClient>> streams;
  for (const char* what : {"/events?from=1000", "/events", "/logs?last=1"}) {
    auto client = must(HttpClient::connect(tcp()));
    HttpAnswer head = must(client->open(
        authorised({.target = actor + what, .headers = {{"Accept", "text/event-stream"}}})));
    ASSERT_EQ(head.status, 200) << what;
    streams.push_back(std::move(client));
  }
  revoke();
  for (auto& client : streams) {
    EventReader events(*client);
    while (must(events.next(20s))) {
    }
    expect_soon();
  }
}

TEST_F(Revocation, IsFeltByTheNextRequestOfAConnection) {
  std::string actor = start();
  auto client = must(HttpClient::connect(tcp()));
  for (int count = 0; count < 3; ++count)
    EXPECT_EQ(must(client->send(authorised({.target = actor}))).status, 200);
  revoke();
  EXPECT_EQ(must(client->send(authorised({.target = actor}))).status, 401);
  EXPECT_EQ(must(client->send(authorised(message(actor + "/send", "x")))).status, 401);
  EXPECT_EQ(calls_of(actor), 0u);
  // The connection itself is as good as any other.
  HttpCall other{.target = actor, .headers = {{"Authorization", "Bearer " + texts["admin"]}}};
  EXPECT_EQ(must(client->send(other)).status, 200);
}

TEST_F(Revocation, LeavesRequestsOfOtherTokensAlone) {
  std::string paused = start();
  ASSERT_EQ(post(paused + "/pause").status, 200);
  auto waiting = ask_later("POST", paused + "/request", "x");
  while (get(paused).json["mailbox"] != 1) {
  }
  must(revoke_token(node->layout(), "read"));
  must(revoke_token(node->layout(), "observe"));
  // It is looked at twice at least: the look that finds a revoked token comes after this one.
  auto revoked = ask_later("GET", paused + "/end?timeout_ms=1200");
  revoked->thread.join();
  EXPECT_EQ(revoked->answer->status, 200) << revoked->answer->text;
  EXPECT_FALSE(waiting->is_over);
  EXPECT_EQ(post(paused + "/resume").status, 200);
  waiting->thread.join();
  EXPECT_EQ(waiting->answer->text, "x");
}

}  // namespace theater::api::revocation_test
