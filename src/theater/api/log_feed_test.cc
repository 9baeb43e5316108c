// Log lines over the API of a real node. The lines are the test's own.
#include "theater/api/log_feed.h"

#include "theater/api/testing/node_api.h"
#include "theater/base/log.h"
#include "theater/base/testing/must.h"
#include "theater/net/server_sent_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::api::log_feed_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LogFeedTest : public NodeApiTest {
 protected:
  void say(std::string_view text, LogLane lane = LogLane::kNode,
           std::optional<ActorId> id = std::nullopt) {
    LogSource source{.actor = id ? "echo" : "", .part = id ? "" : "server", .id = id};
    lines->add(log_entry(lane, LogLevel::kWarn, source, text));
  }

  static std::vector<std::string> messages(const Json& page) {
    std::vector<std::string> all;
    for (const Json& line : page.at("lines"))
      all.push_back(line.at("message"));
    return all;
  }

  // A stream of lines, whose head has come.
  struct Stream {
    std::unique_ptr<HttpClient> client;
    std::unique_ptr<EventReader> reader;

    std::optional<ServerSentEvent> next() { return must(reader->next(std::chrono::minutes(1))); }
  };
  Stream follow(const std::string& target, HttpHeaders headers = {}) {
    headers.add("Accept", "text/event-stream");
    Stream stream{must(HttpClient::connect(HttpEndpoint::at_path(socket()))), nullptr};
    EXPECT_EQ(must(stream.client->open({.target = target, .headers = headers})).status, 200);
    stream.reader = std::make_unique<EventReader>(*stream.client);
    return stream;
  }
};

TEST_F(LogFeedTest, GivesPagesOfAllLinesAndOfAnActors) {
  std::string actor = start();
  ActorId id = must(ActorId::parse(actor.substr(11)));
  say("begins");
  say("hello", LogLane::kGuests, id);
  say("ends");
  Answer all = get("/v1/node/logs");
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_THAT(messages(all.json), ElementsAre("begins", "hello", "ends"));
  EXPECT_EQ(all.json["first"], kFirstLine);
  EXPECT_EQ(all.json["next"], kFirstLine + 3);
  EXPECT_EQ(all.json["lines"][0]["part"], "server");
  EXPECT_EQ(all.json["lines"][0]["id"], nullptr);
  Json said = get(actor + "/logs").json;
  EXPECT_THAT(messages(said), ElementsAre("hello"));
  EXPECT_EQ(said["lines"][0]["actor"], "echo");
  EXPECT_EQ(said["lines"][0]["id"], id.to_string());
  EXPECT_EQ(said["lines"][0]["level"], "warning");
  EXPECT_THAT(messages(get("/v1/node/logs?last=1").json), ElementsAre("ends"));
  Json first = get("/v1/node/logs?limit=2").json;
  EXPECT_THAT(messages(first), ElementsAre("begins", "hello"));
  EXPECT_THAT(messages(get("/v1/node/logs?from=" + first["next"].dump()).json),
              ElementsAre("ends"));
  EXPECT_THAT(messages(get("/v1/node/logs?from=5000").json), IsEmpty());
  EXPECT_EQ(get("/v1/actors/" + std::string(32, '0') + "/logs").status, 404);
}

TEST_F(LogFeedTest, StreamsLinesAsTheyAreWritten) {
  say("before");
  Stream stream = follow("/v1/node/logs");
  auto before = stream.next();
  ASSERT_TRUE(before);
  EXPECT_EQ(before->name, "line");
  EXPECT_EQ(before->id, std::to_string(kFirstLine));
  say("after");
  auto after = stream.next();
  ASSERT_TRUE(after);
  EXPECT_EQ(Json::parse(after->data)["message"], "after");
  Stream resumed = follow("/v1/node/logs", {{"Last-Event-ID", before->id}});
  EXPECT_EQ(resumed.next()->id, after->id);
}

TEST_F(LogFeedTest, SaysWhereLinesMayBeGone) {
  for (size_t count = 0; count < LogHistory::kLaneLinesMax + 2; ++count)
    say("line");
  Stream stream = follow("/v1/node/logs?from=1001");
  auto gap = stream.next();
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->name, "gap");
  EXPECT_EQ(Json::parse(gap->data), Json({{"from", 1001}, {"to", 1001}}));
  EXPECT_EQ(stream.next()->id, "1002");
  EXPECT_EQ(follow("/v1/node/logs").next()->name, "line");
}

TEST_F(LogFeedTest, AStreamOfAnActorEndsWithIt) {
  std::string actor = start();
  Stream stream = follow(actor + "/logs");
  ActorId id = must(ActorId::parse(actor.substr(11)));
  say("hello", LogLane::kGuests, id);
  EXPECT_EQ(Json::parse(stream.next()->data)["message"], "hello");
  EXPECT_EQ(post(actor + "/kill?wait=true").status, 200);
  while (stream.next()) {
  }
}

}  // namespace theater::api::log_feed_test
