// The API on a real node, asked by the client of this module's transport.
#include "theater/access/token_store.h"
#include "theater/api/client_bounds.h"
#include "theater/api/route.h"
#include "theater/api/testing/node_api.h"
#include "theater/base/file.h"
#include "theater/base/testing/must.h"
#include "theater/net/http_client.h"
#include "theater/net/multipart.h"
#include "theater/net/testing/raw_client.h"
#include "theater/runtime/testing/echo_actor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace theater::api::management_api_test {

using ::testing::HasSubstr;
using ::testing::Not;

using ManagementApiTest = NodeApiTest;

TEST_F(ManagementApiTest, StartsAsksAndEndsAnActor) {
  Answer started = ask(start_call());
  ASSERT_EQ(started.status, 201) << started.text;
  EXPECT_EQ(started.json["name"], "echo");
  std::string actor = "/v1/actors/" + started.json.value("id", "");
  EXPECT_EQ(started.headers.find("Location"), actor);
  Answer answered = post(actor + "/request", "ping");
  EXPECT_EQ(answered.status, 200);
  EXPECT_EQ(answered.text, "ping");
  ASSERT_TRUE(answered.headers.find("X-Theater-Event"));
  Answer events = get(actor + "/events");
  ASSERT_EQ(events.status, 200) << events.text;
  EXPECT_EQ(events.json["events"].back()["hash"], *answered.headers.find("X-Theater-Event"));
  EXPECT_EQ(get(actor + "/events?type=handle-request").json["events"].size(), 1u);
  EXPECT_THAT(events.text, HasSubstr("user me"));
  Answer ended = post(actor + "/stop?wait=true");
  EXPECT_EQ(ended.status, 200);
  EXPECT_EQ(ended.json["state"], "Stopped");
  EXPECT_EQ(get(actor + "/end").json["how"], "stopped");
  EXPECT_EQ(post(actor + "/request", "ping").status, 404);
}

TEST_F(ManagementApiTest, SendAnswersWhenTheCallIsOnRecord) {
  std::string actor = start();
  Answer sent = post(actor + "/send", "keep this");
  ASSERT_EQ(sent.status, 200) << sent.text;
  Answer events = get(actor + "/events");
  EXPECT_THAT(events.text, HasSubstr(sent.json["hash"].get<std::string>()));
  EXPECT_EQ(post(actor + "/send?wait=false", "and this").status, 202);
  EXPECT_EQ(post(actor + "/request", "so that it is over").status, 200);
  EXPECT_EQ(get(actor + "/state").text, "and this");
}

TEST_F(ManagementApiTest, AFailedCallAnswersWithTheReason) {
  std::string actor = start();
  Answer trapped = post(actor + "/request", "!");
  EXPECT_EQ(trapped.status, 503) << trapped.text;
  EXPECT_EQ(trapped.code(), "unavailable");
  std::string spinning = start();
  Answer late = post(spinning + "/request?deadline_ms=50");
  EXPECT_EQ(late.status, 504) << late.text;
  while (get(spinning).json["state"] != "Processing") {
  }
  Answer busy = post(spinning + "/pause");
  EXPECT_EQ(busy.status, 409) << busy.text;
  EXPECT_EQ(busy.code(), "conflict");
  EXPECT_EQ(post(spinning + "/kill?wait=true").status, 200);
}

TEST_F(ManagementApiTest, PausesAndResumes) {
  std::string actor = start();
  EXPECT_EQ(post(actor + "/pause").json["state"], "Paused");
  EXPECT_EQ(post(actor + "/request?deadline_ms=50", "x").status, 504);
  EXPECT_EQ(post(actor + "/resume").status, 200);
  EXPECT_EQ(post(actor + "/resume").status, 409);
  EXPECT_EQ(post(actor + "/request", "x").status, 200);
}

TEST_F(ManagementApiTest, ListsInPagesAndByWhatATextMayMean) {
  std::vector<std::string> all;
  for (int count = 0; count < 5; ++count)
    all.push_back(start().substr(11));
  std::sort(all.begin(), all.end());
  std::vector<std::string> seen;
  std::string cursor;
  do {
    Answer page = get("/v1/actors?limit=2" + cursor);
    ASSERT_EQ(page.status, 200) << page.text;
    for (const Json& actor : page.json["actors"])
      seen.push_back(actor["id"]);
    cursor = page.json["cursor"].is_null() ? "" : "&cursor=" + page.json.value("cursor", "");
  } while (!cursor.empty());
  EXPECT_EQ(seen, all);
  EXPECT_EQ(get("/v1/actors?ref=echo").json["actors"].size(), 5u);
  EXPECT_EQ(get("/v1/actors?ref=" + all[0]).json["actors"].size(), 1u);
  EXPECT_EQ(get("/v1/actors?ref=" + all[0].substr(0, 20)).json["actors"][0]["id"], all[0]);
  EXPECT_EQ(get("/v1/actors?ref=echo/kid").json["actors"].size(), 0u);
  EXPECT_EQ(get("/v1/actors?state=Paused").json["actors"].size(), 0u);
  Answer tree = get("/v1/actors/" + all[1] + "/tree");
  ASSERT_EQ(tree.json["actors"].size(), 1u) << tree.text;
  EXPECT_EQ(tree.json["actors"][0]["id"], all[1]);
  EXPECT_EQ(get("/v1/actors/" + std::string(32, '0') + "/tree").status, 404);
}

TEST_F(ManagementApiTest, ANameHidesNoActorWhoseIdBeginsLikeIt) {
  std::string by_id = start().substr(11);
  std::string digits = by_id.substr(0, 6);
  Answer named = ask(start_call(kManifest, {{"name", "", as_bytes(digits)}}));
  ASSERT_EQ(named.status, 201) << named.text;
  auto meant = [&](const std::string& reference) {
    std::set<std::string> ids;
    Answer answer = get("/v1/actors?ref=" + reference);
    for (const Json& actor : answer.json["actors"])
      ids.insert(actor["id"]);
    return ids;
  };
  EXPECT_EQ(meant(digits), (std::set{by_id, named.json["id"].get<std::string>()}));
  EXPECT_EQ(meant(by_id.substr(0, 7)), std::set{by_id});
  // A whole id means its actor alone, whatever name another manifest has.
  std::string manifest(kManifest);
  manifest.replace(manifest.find("\"echo\""), 6, "\"" + by_id + "\"");
  Answer impostor = ask(start_call(manifest));
  ASSERT_EQ(impostor.status, 201) << impostor.text;
  EXPECT_EQ(meant(by_id), std::set{by_id});
}

TEST_F(ManagementApiTest, OpensNoFileThatAClientNames) {
  std::string canary = (folder.path() / "canary").string();
  must(write_file(canary, as_bytes("do not tell")));
  Multipart body = write_multipart(
      {{"manifest", "", as_bytes("name = \"x\"\ncomponent = \"" + canary + "\"\n")}});
  Answer refused = ask({.method = "POST",
                        .target = "/v1/actors",
                        .headers = {{"Content-Type", body.content_type}},
                        .body = body.body});
  EXPECT_EQ(refused.status, 400) << refused.text;
  EXPECT_THAT(refused.text, Not(HasSubstr("do not tell")));
  std::string manifest = std::string(kManifest);
  manifest.insert(manifest.find("state"), "init_state = \"" + canary + "\"\n");
  Answer no_state = ask(start_call(manifest));
  EXPECT_EQ(no_state.status, 400) << no_state.text;
  EXPECT_THAT(no_state.text, HasSubstr("as the part `init_state`"));
  EXPECT_EQ(ask(start_call(manifest, {{"init_state", "", as_bytes("given")}})).status, 201);
}

TEST_F(ManagementApiTest, TakesALargeBodyOnItsSocketAndWithAToken) {
  std::string component = std::string(testing::kEchoActor) + "\n;; " + std::string(200'000, 'x');
  Multipart body = write_multipart(
      {{"manifest", "", as_bytes(kManifest)}, {"component", "", as_bytes(component)}});
  HttpCall call{.method = "POST",
                .target = "/v1/actors",
                .headers = {{"Content-Type", body.content_type}},
                .body = std::move(body.body)};
  EXPECT_EQ(ask(call).status, 201);
  EXPECT_EQ(as("operate", call).status, 201);
  EXPECT_EQ(as("read", call).status, 403);
}

TEST_F(ManagementApiTest, OnlyAnAdminWidensThePolicy) {
  HttpCall call = start_call(kManifest, {{"grant", "", as_bytes("environment:vars=HOME")}});
  EXPECT_EQ(as("operate", call).status, 403);
  EXPECT_EQ(as("admin", call).status, 201);
}

TEST_F(ManagementApiTest, OnlyAnAdminGivesANameThatASecretIsFor) {
  HttpCall call = start_call(kManifest, {{"name", "", as_bytes("keeper")}});
  Answer refused = as("operate", call);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.text, HasSubstr("a secret of the policy is for actors of this name"));
  EXPECT_EQ(as("operate", start_call(kManifest, {{"name", "", as_bytes("other")}})).status, 201);
  EXPECT_EQ(as("admin", call).status, 201);
}

TEST_F(ManagementApiTest, AStartHasANameOfTheOperators) {
  HttpCall call = start_call(
      kManifest, {{"name", "", as_bytes("front")}, {"restart", "", as_bytes("permanent")}});
  Answer started = ask(call);
  ASSERT_EQ(started.status, 201) << started.text;
  EXPECT_EQ(started.json["name"], "front");
  EXPECT_EQ(started.json["manifest_name"], "echo");
  EXPECT_EQ(started.json["restart"], "permanent");
  std::string id = started.json["id"];
  EXPECT_EQ(get("/v1/actors?ref=front").json["actors"][0]["id"], id);
  Answer again = ask(call);
  EXPECT_EQ(again.status, 409) << again.text;
  EXPECT_THAT(again.text, HasSubstr(id));
  EXPECT_THAT(get("/v1/actors/" + id + "/events").text, HasSubstr("user me"));
  HttpCall wrong = start_call(kManifest, {{"restart", "", as_bytes("never")}});
  EXPECT_EQ(ask(wrong).status, 400);
  for (const char* below : {"relative", "/a\nb"}) {
    Answer refused =
        ask(start_call(kManifest, {{"folder", "", as_bytes(std::string_view(below))}}));
    EXPECT_EQ(refused.status, 400) << below;
    EXPECT_THAT(refused.text, HasSubstr("the part `folder`")) << below;
  }
  HttpCall id_like = start_call(kManifest, {{"name", "", as_bytes(id)}});
  EXPECT_EQ(ask(id_like).status, 400);
}

TEST_F(ManagementApiTest, EveryRouteAsksForItsScope) {
  std::string actor = start();
  for (const Route& route : routes()) {
    std::string path(route.path);
    if (size_t at = path.find("{actor}"); at != std::string::npos)
      path.replace(at, 7, actor.substr(11));
    HttpCall call{.method = std::string(route.method), .target = path};
    auto needed = route.scope.scope();
    Answer nobody = ask(call, HttpEndpoint::tcp("127.0.0.1", port));
    EXPECT_EQ(nobody.status == 401, needed.has_value()) << route.operation << nobody.text;
    EXPECT_EQ(as("wrong", call).status == 401, needed.has_value()) << route.operation;
    for (AccessScope scope : {AccessScope::kObserve, AccessScope::kRead, AccessScope::kOperate}) {
      if (!needed || scope >= *needed) continue;
      Answer refused = as(std::string(scope_name(scope)), call);
      EXPECT_EQ(refused.status, 403) << route.operation;
      EXPECT_THAT(refused.text, HasSubstr("a retry does not help"));
    }
  }
}

TEST_F(ManagementApiTest, ATokenOfATreeReachesNoOther) {
  std::string own = start();
  std::string other = start();
  add_token("tree", AccessScope::kAdmin, must(ActorId::parse(own.substr(11))));
  EXPECT_EQ(as("tree", {.target = own}).status, 200);
  EXPECT_EQ(as("tree", {.target = other}).status, 403);
  EXPECT_EQ(as("tree", {.method = "POST", .target = other + "/kill"}).status, 403);
  EXPECT_EQ(as("tree", {.target = "/v1/actors"}).json["actors"].size(), 1u);
  EXPECT_EQ(as("tree", {.target = "/v1/actors?ref=echo"}).json["actors"].size(), 1u);
  EXPECT_EQ(as("tree", {.target = "/v1/node/events"}).status, 403);
  EXPECT_EQ(as("tree", {.method = "POST", .target = "/v1/shutdown"}).status, 403);
  EXPECT_EQ(as("tree", start_call()).status, 403);
  // Code of an update would have all that the policy allows its actor.
  HttpCall update = start_call();
  update.target = own + "/update";
  Answer refused = as("tree", update);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.text, HasSubstr("such a token brings no code"));
}

TEST_F(ManagementApiTest, ProxiesAndForeignPagesAreNobody) {
  for (const char* name : {"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Via"})
    EXPECT_EQ(ask({.target = "/v1/node", .headers = {{name, "1.2.3.4"}}}).status, 401) << name;
  EXPECT_THAT(RawClient(socket()).send("GET /v1/node HTTP/1.0\r\nHost: a\r\n\r\n").read_all(),
              HasSubstr("HTTP/1.1 401 "));
  HttpCall forwarded{
      .target = "/v1/node",
      .headers = {{"X-Forwarded-For", "1.2.3.4"}, {"Authorization", "Bearer " + texts["read"]}}};
  EXPECT_EQ(ask(forwarded).json["you"]["scope"], "read");
  EXPECT_EQ(ask({.target = "/v1/node", .headers = {{"Origin", "https://evil.example"}}}).status,
            403);
  EXPECT_EQ(ask({.target = "/v1/node", .headers = {{"Sec-Fetch-Site", "cross-site"}}}).status, 403);
  // On its own socket a token narrows.
  EXPECT_EQ(ask({.method = "POST",
                 .target = "/v1/shutdown",
                 .headers = {{"Authorization", "Bearer " + texts["observe"]}}})
                .status,
            403);
  EXPECT_EQ(shut_downs, 0);
}

TEST_F(ManagementApiTest, ASocketForEveryoneNeedsAToken) {
  HttpEndpoint shared = HttpEndpoint::at_path(shared_socket());
  HttpCall call{.target = "/v1/node"};
  Answer nobody = ask(call, shared);
  EXPECT_EQ(nobody.status, 401) << nobody.text;
  EXPECT_EQ(ask({.target = "/healthz"}, shared).status, 200);
  call.headers.add("Authorization", "Bearer " + texts["observe"]);
  EXPECT_EQ(ask(call, shared).json["you"]["scope"], "observe");
  // Pages of a browser reach it through a proxy, so that the name of the host counts.
  auto status_for = [&](const std::string& host) {
    return RawClient(shared_socket())
        .send("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
        .read_all()
        .substr(0, 12);
  };
  EXPECT_EQ(status_for("node.example"), "HTTP/1.1 200");
  EXPECT_EQ(status_for("evil.example"), "HTTP/1.1 403");
}

TEST_F(ManagementApiTest, ATrustedProxyNamesItsClientsAndTheirScheme) {
  HttpEndpoint tcp = HttpEndpoint::tcp("127.0.0.1", port);
  HttpCall call{.target = "/v1/node", .headers = {{"X-Forwarded-For", "192.0.2.1, 198.51.100.7"}}};
  EXPECT_EQ(ask(call, tcp).status, 401);
  // One that is refused beside others has a note of its own.
  EXPECT_EQ(ask({.target = "/v1/node"}, tcp).status, 401);
  // A socket has no address, and whoever connects there is known by the user.
  EXPECT_EQ(ask(call, HttpEndpoint::at_path(shared_socket())).status, 401);
  auto from_page = [&](const std::string& origin, const std::string& scheme) {
    HttpHeaders headers{{"Origin", origin}, {"X-Forwarded-Proto", scheme}};
    return as("observe", {.target = "/v1/node", .headers = headers}).status;
  };
  std::string host = tcp.host_header();
  EXPECT_EQ(from_page("https://" + host, "https"), 200);
  EXPECT_EQ(from_page("http://" + host, "https"), 403);
  server->stop_taking();
  must(node->log().flush());
  std::string said;
  for (const std::string& text : node_notes())
    said += text + "\n";
  EXPECT_THAT(said, HasSubstr("of address 198.51.100.7 (reason: token)"));
  EXPECT_THAT(said, HasSubstr("of address 127.0.0.1 (reason: token)"));
  EXPECT_THAT(said, HasSubstr(fmt::format("of uid {} (reason: token)", ::geteuid())));
  EXPECT_THAT(said, Not(HasSubstr("192.0.2.1")));
}

TEST_F(ManagementApiTest, WrongRequestsAreNamed) {
  EXPECT_EQ(get("/v1/nothing").status, 404);
  Answer method = post("/v1/node");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.find("Allow"), "GET");
  EXPECT_EQ(get("/v1/actors/zzz").status, 400);
  EXPECT_EQ(get("/v1/actors/00000000000000000000000000000000").status, 404);
  EXPECT_EQ(get("/v1/actors/00000000000000000000000000000000/events").status, 404);
  EXPECT_EQ(get("/v1/actors?limit=0").status, 400);
  EXPECT_EQ(post("/v1/actors", "x").status, 415);
  EXPECT_EQ(ask({.target = "/v1/node", .headers = {{"Content-Encoding", "gzip"}}}).status, 415);
  EXPECT_EQ(ask({.target = "/v1/node", .body = to_bytes("x")}).status, 400);
  Answer problem = get("/v1/nothing");
  EXPECT_EQ(problem.headers.find("Content-Type"), "application/problem+json");
  EXPECT_EQ(problem.json["request_id"], *problem.headers.find("X-Request-Id"));
}

TEST_F(ManagementApiTest, AKeyHasAMessageDoneOnce) {
  std::string actor = start();
  Answer sent = keyed("k", message(actor + "/send", "one"));
  ASSERT_EQ(sent.status, 200) << sent.text;
  EXPECT_EQ(keyed("k", message(actor + "/send", "one")).json, sent.json);
  EXPECT_EQ(keyed("\"k\"", message(actor + "/send", "one")).json, sent.json);
  EXPECT_EQ(keyed("k", message(actor + "/send?wait=false", "one")).status, 202);
  EXPECT_EQ(keyed("k2", message(actor + "/send?wait=false", "one")).status, 202);
  // The same text is another key on another route.
  Answer asked = keyed("k", message(actor + "/request", "ping"));
  ASSERT_EQ(asked.status, 200) << asked.text;
  EXPECT_EQ(asked.text, "ping");
  Answer again = keyed("k", message(actor + "/request?deadline_ms=5000", "ping"));
  EXPECT_EQ(again.text, "ping");
  EXPECT_EQ(again.headers.find("X-Theater-Event"), asked.headers.find("X-Theater-Event"));
  EXPECT_EQ(calls_of(actor), 3u);
  // And of another actor.
  std::string other = start();
  EXPECT_EQ(keyed("k", message(other + "/request", "other")).text, "other");
}

TEST_F(ManagementApiTest, AKeyMayHaveALargeMessage) {
  std::string actor = start();
  std::string large(500'000, 'x');
  Answer sent = keyed("k", message(actor + "/send", large));
  ASSERT_EQ(sent.status, 200) << sent.text;
  EXPECT_EQ(keyed("k", message(actor + "/send", large)).json, sent.json);
  large.back() = 'y';
  EXPECT_EQ(keyed("k", message(actor + "/send", large)).status, 422);
}

TEST_F(ManagementApiTest, AKeyBelongsToOneRequest) {
  std::string actor = start();
  EXPECT_EQ(keyed("k", message(actor + "/request", "ping")).status, 200);
  Answer other = keyed("k", message(actor + "/request", "pong"));
  EXPECT_EQ(other.status, 422) << other.text;
  EXPECT_EQ(other.code(), "idempotency_key_reused");
  EXPECT_EQ(calls_of(actor), 1u);
  Answer trapped = keyed("t", message(actor + "/request", "!"));
  EXPECT_EQ(trapped.status, 503) << trapped.text;
  Answer again = keyed("t", message(actor + "/request", "!"));
  EXPECT_EQ(again.status, 503) << again.text;
  EXPECT_THAT(again.text, HasSubstr("it trapped (unreachable)"));
}

TEST_F(ManagementApiTest, AKeyBelongsToOneClient) {
  std::string actor = start();
  add_token("other", AccessScope::kOperate);
  Answer first = keyed("k", message(actor + "/request", "mine"), "operate");
  EXPECT_EQ(first.text, "mine");
  Answer stranger = keyed("k", message(actor + "/request", "mine"), "other");
  EXPECT_EQ(stranger.status, 200);
  EXPECT_NE(stranger.headers.find("X-Theater-Event"), first.headers.find("X-Theater-Event"));
  EXPECT_EQ(keyed("k", message(actor + "/request", "theirs")).text, "theirs");
  EXPECT_EQ(calls_of(actor), 3u);
  Answer again = keyed("k", message(actor + "/request", "mine"), "operate");
  EXPECT_EQ(again.headers.find("X-Theater-Event"), first.headers.find("X-Theater-Event"));
}

TEST_F(ManagementApiTest, ARepetitionBeforeTheOutcomeIsToldToWait) {
  std::string actor = start();
  // The empty message lets the actor spin.
  Answer late = keyed("k", message(actor + "/request?deadline_ms=50", ""));
  EXPECT_EQ(late.status, 504) << late.text;
  Answer early = keyed("k", message(actor + "/request?deadline_ms=50", ""));
  EXPECT_EQ(early.status, 409) << early.text;
  EXPECT_EQ(early.code(), "idempotency_key_in_use");
  EXPECT_EQ(early.headers.find("Retry-After"), "1");
  EXPECT_EQ(post(actor + "/kill?wait=true").status, 200);
  // The answer leaves the actor when its end is on disk.
  Answer ended = early;
  while (ended.status == 409)
    ended = keyed("k", message(actor + "/request", ""));
  EXPECT_EQ(ended.status, 503) << ended.text;
  EXPECT_THAT(ended.text, HasSubstr("it was killed"));
  EXPECT_EQ(calls_of(actor), 1u);
}

TEST_F(ManagementApiTest, AKeyHasAnActorStartedOnce) {
  HttpCall call = start_call(kManifest, {{"name", "", as_bytes("front")}});
  Answer started = keyed("k", call);
  ASSERT_EQ(started.status, 201) << started.text;
  // Another boundary, and the same parts.
  Answer again = keyed("k", start_call(kManifest, {{"name", "", as_bytes("front")}}));
  EXPECT_EQ(again.status, 201) << again.text;
  EXPECT_EQ(again.json["id"], started.json["id"]);
  EXPECT_EQ(again.headers.find("Location"), started.headers.find("Location"));
  EXPECT_EQ(keyed("k", start_call()).status, 422);
  EXPECT_EQ(get("/v1/actors").json["actors"].size(), 1u);
  EXPECT_EQ(keyed("k2", call).status, 409) << "the name is taken";
  EXPECT_EQ(keyed("k2", start_call()).status, 201) << "a start that made nothing frees its key";
}

TEST_F(ManagementApiTest, WhatIsNoKeyIsRefusedWhereKeysCount) {
  std::string actor = start();
  EXPECT_EQ(keyed("a b", message(actor + "/send", "x")).status, 400);
  EXPECT_EQ(keyed(std::string(256, 'k'), message(actor + "/send", "x")).status, 400);
  EXPECT_EQ(keyed("", message(actor + "/send", "x")).status, 400);
  EXPECT_EQ(keyed("a b", message(actor + "/pause", "")).status, 200);
  EXPECT_EQ(calls_of(actor), 0u);
}

TEST_F(ManagementApiTest, StreamsWhatIsRecorded) {
  std::string actor = start(
      "\nname = \"echo\"\ncomponent = \"echo.wasm\"\nstate = \"explicit\"\n"
      "[[handler]]\ntype = \"message-server\"\n");
  auto client = must(HttpClient::connect(HttpEndpoint::at_path(socket())));
  HttpAnswer head = must(
      client->open({.target = actor + "/events", .headers = {{"Accept", "text/event-stream"}}}));
  ASSERT_EQ(head.status, 200);
  EventReader events(*client);
  EXPECT_EQ(post(actor + "/request", "ping").status, 200);
  EXPECT_EQ(post(actor + "/stop?wait=true").status, 200);
  uint64_t next = 0;
  std::string last;
  while (auto event = must(events.next(std::chrono::seconds(20)))) {
    EXPECT_EQ(event->id, std::to_string(next++));
    last = event->data;
  }
  EXPECT_THAT(last, HasSubstr("theater-runtime/terminated"));
  EXPECT_EQ(get(actor + "/events").json["next"], next);
}

TEST_F(ManagementApiTest, AStreamResumesBehindTheLastEvent) {
  std::string actor = start();
  EXPECT_EQ(post(actor + "/stop?wait=true").status, 200);
  auto client = must(HttpClient::connect(HttpEndpoint::at_path(socket())));
  must(client->open({.target = actor + "/events",
                     .headers = {{"Accept", "text/event-stream"}, {"Last-Event-ID", "1"}}}));
  EventReader events(*client);
  EXPECT_EQ(must(events.next(std::chrono::seconds(20)))->id, "2");
}

TEST_F(ManagementApiTest, AStreamNamesWhatIsForgottenAndContinues) {
  std::string actor = start(
      "\nname = \"echo\"\ncomponent = \"echo.wasm\"\n[log]\ndurability = \"memory\"\n"
      "[limits]\nchain_bytes = 4096\n[[handler]]\ntype = \"message-server\"\n");
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(post(actor + "/request", "ping").status, 200);
  auto client = must(HttpClient::connect(HttpEndpoint::at_path(socket())));
  must(client->open({.target = actor + "/events", .headers = {{"Accept", "text/event-stream"}}}));
  EventReader events(*client);
  auto event = must(events.next(std::chrono::seconds(20)));
  uint64_t first = get(actor + "/events").json["first"];
  EXPECT_GT(first, 0u);
  EXPECT_EQ(event->name, "gap");
  EXPECT_EQ(event->id, std::to_string(first - 1));
  EXPECT_EQ(event->data, fmt::format(R"({{"from":0,"to":{}}})", first - 1));
  uint64_t next = first;
  auto read_until = [&](uint64_t end) {
    for (; next < end; ++next) {
      event = must(events.next(std::chrono::seconds(20)));
      ASSERT_EQ(event->name, "chain");
      ASSERT_EQ(event->id, std::to_string(next));
    }
  };
  read_until(get(actor + "/events").json["next"]);
  // One after the other, so that the stream has room for each before it is forgotten.
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(post(actor + "/request", "pong").status, 200);
    read_until(get(actor).json["events"]);
  }
}

TEST_F(ManagementApiTest, ARevokedTokenEndsItsStreams) {
  std::string actor = start();
  auto client = must(HttpClient::connect(HttpEndpoint::tcp("127.0.0.1", port)));
  HttpAnswer head = must(client->open({.target = actor + "/events?from=1000",
                                       .headers = {{"Accept", "text/event-stream"},
                                                   {"Authorization", "Bearer " + texts["read"]}}}));
  ASSERT_EQ(head.status, 200);
  must(revoke_token(node->layout(), "read"));
  EventReader events(*client);
  EXPECT_FALSE(must(events.next(std::chrono::seconds(20))));
  EXPECT_EQ(as("read", {.target = actor}).status, 401);
}

TEST_F(ManagementApiTest, GivesMetricsThatDoNotGrowWithTheActors) {
  auto count = [&] {
    Answer answer = get("/metrics");
    EXPECT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(answer.headers.find("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    return std::count(answer.text.begin(), answer.text.end(), '\n');
  };
  auto before = count();
  for (int i = 0; i < 20; ++i)
    start();
  EXPECT_EQ(count(), before);
  EXPECT_NE(get("/metrics").text.find("\ntheater_actors 20\n"), std::string::npos);
}

TEST_F(ManagementApiTest, TokensAndRefusalsAreOnRecord) {
  std::string own = start();
  add_token("tree", AccessScope::kRead, must(ActorId::parse(own.substr(11))));
  std::string lost = texts["observe"];
  EXPECT_EQ(as("observe", {.target = "/v1/node"}).status, 200);
  EXPECT_EQ(as("observe", {.target = own}).status, 200);
  EXPECT_EQ(as("tree", {.target = start()}).status, 403);
  must(revoke_token(node->layout(), "observe"));
  for (int count = 0; count < 50; ++count) {
    EXPECT_EQ(as("observe", {.target = own}).status, 401);
    EXPECT_EQ(as("read", {.method = "POST", .target = own + "/stop"}).status, 403);
  }
  EXPECT_EQ(get("/v1/node").json["refused"], Json({{"authentication", 50}, {"permission", 51}}));
  server->stop_taking();
  must(node->log().flush());
  std::string said;
  for (const std::string& text : node_notes())
    said += text + "\n";
  EXPECT_THAT(said, HasSubstr("The token `observe` ("));
  EXPECT_THAT(said, HasSubstr(") was made: scope observe, for all actors.\n"));
  EXPECT_THAT(said, HasSubstr("was made: scope read, for actor " + own.substr(11)));
  EXPECT_THAT(said, HasSubstr(") was used for the first time.\n"));
  EXPECT_THAT(said, HasSubstr(") was revoked.\n"));
  EXPECT_THAT(said,
              HasSubstr("refused a request of token tree (reason: subtree), last `get_actor`."));
  EXPECT_THAT(said, HasSubstr("refused a request of address 127.0.0.1 (reason: token)"));
  EXPECT_THAT(said, HasSubstr("refused 49 requests of address 127.0.0.1 (reason: token)"));
  EXPECT_THAT(said, HasSubstr("refused 49 requests of token read (reason: scope), last `stop`."));
  EXPECT_EQ(said.find(lost.substr(8, 16)), std::string::npos);
  // 5 made, 3 used (observe, tree, read), 1 revoked; 1 + 2 + 2 refusals.
  EXPECT_EQ(node_notes().size(), 14u) << said;
}

TEST_F(ManagementApiTest, AClientAtItsBoundLeavesOthersUnharmed) {
  std::string actor = start();
  add_token("other", AccessScope::kOperate);
  std::vector<std::unique_ptr<HttpClient>> streams;
  HttpCall follow{.target = actor + "/events?from=1000",
                  .headers = {{"Accept", "text/event-stream"},
                              {"Authorization", "Bearer " + texts["operate"]}}};
  for (size_t count = 0; count < kTokenLimits.streams_max; ++count) {
    streams.push_back(must(HttpClient::connect(HttpEndpoint::tcp("127.0.0.1", port))));
    ASSERT_EQ(must(streams.back()->open(follow)).status, 200);
  }
  Answer refused =
      as("operate", {.target = follow.target, .headers = {{"Accept", "text/event-stream"}}});
  EXPECT_EQ(refused.status, 429) << refused.text;
  EXPECT_EQ(refused.code(), "too_many_streams");
  EXPECT_EQ(refused.headers.find("Retry-After"), "1");
  Answer last;
  for (uint64_t count = 0; count <= kTokenLimits.starts_a_minute + 60 && last.status != 429;
       ++count)
    last = as("operate", {.method = "POST", .target = "/v1/actors", .body = to_bytes("x")});
  EXPECT_EQ(last.code(), "too_many_starts") << last.text;
  EXPECT_EQ(as("operate", {.target = actor}).status, 200);
  EXPECT_EQ(as("other", start_call()).status, 201);
  EXPECT_EQ(as("other", {.method = "POST", .target = actor + "/stop?wait=true"}).status, 200);
  // What ended gives its room back.
  streams.clear();
  do {
    last = as("operate", {.target = actor + "/events?from=1000",
                          .headers = {{"Accept", "text/event-stream"}}});
  } while (last.status == 429);
  EXPECT_EQ(last.status, 200);
}

TEST_F(ManagementApiTest, AClientThatGoesGivesItsStreamsBackThoughNothingIsRecorded) {
  std::string actor = start();
  HttpCall follow{
      .target = actor + "/events?from=1000",
      .headers = {{"Accept", "text/event-stream"}, {"Authorization", "Bearer " + texts["read"]}}};
  for (int round = 0; round < 2; ++round) {
    std::vector<std::unique_ptr<HttpClient>> streams;
    while (streams.size() < kTokenLimits.streams_max) {
      auto client = must(HttpClient::connect(HttpEndpoint::tcp("127.0.0.1", port)));
      int status = must(client->open(follow)).status;
      // Only those of the round before may still have the room.
      ASSERT_TRUE(status == 200 || (round == 1 && status == 429)) << status;
      if (status == 200) streams.push_back(std::move(client));
    }
  }
}

// Two states are merged, so the node parses both.
TEST_F(ManagementApiTest, ReadsStatesOfAnyDepth) {
  constexpr size_t kDepth = 500'000;
  std::string state = "{\"a\":" + std::string(kDepth, '[') + std::string(kDepth, ']') + "}";
  std::string manifest(kManifest);
  manifest.insert(manifest.find("state"), "init_state = \"given.json\"\n");
  Answer deep = ask(
      start_call(manifest, {{"init_state", "", as_bytes(state)}, {"state", "", as_bytes(state)}}));
  // The guest got it, and has no room for it.
  EXPECT_THAT(deep.text, HasSubstr("beyond end of memory"));
  EXPECT_EQ(get("/v1/node").status, 200);
}

TEST_F(ManagementApiTest, BodiesInFlightAreBoundedByTheirHeads) {
  std::string actor = start();
  // One message has at most 64 MiB; five of them are the bound.
  std::vector<std::unique_ptr<RawClient>> sending;
  std::string head = "POST " + actor +
                     "/send HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                     texts["operate"] + "\r\nContent-Length: 67108864\r\n\r\n";
  for (int count = 0; count < 5; ++count) {
    sending.push_back(std::make_unique<RawClient>(port));
    sending.back()->send(head + "part");
  }
  RawClient refused(port);
  std::string answer = refused.send(head).read_all();
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 429 "));
  EXPECT_THAT(answer, HasSubstr("\"code\":\"too_many_body_bytes\""));
  EXPECT_THAT(answer, HasSubstr("X-Request-Id: "));
  EXPECT_EQ(
      as("admin", {.method = "POST", .target = actor + "/send", .body = to_bytes("x")}).status,
      200);
  sending.clear();
  Answer last;
  do {
    last = as("operate", {.method = "POST", .target = actor + "/send", .body = to_bytes("x")});
  } while (last.status == 429);
  EXPECT_EQ(last.status, 200);
}

TEST_F(ManagementApiTest, ManyIdleStreamsKeepNobodyWaiting) {
  std::string actor = start();
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int count = 0; count < 200; ++count) {
    idle.push_back(must(HttpClient::connect(HttpEndpoint::at_path(socket()))));
    ASSERT_EQ(must(idle.back()->open({.target = actor + "/events?from=1000",
                                      .headers = {{"Accept", "text/event-stream"}}}))
                  .status,
              200);
  }
  EXPECT_EQ(post(actor + "/request", "ping").status, 200);
}

}  // namespace theater::api::management_api_test
