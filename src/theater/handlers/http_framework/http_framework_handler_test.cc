// What guests may make, and what becomes of requests.
#include "theater/handlers/http_framework/testing/framework_fixture.h"

namespace theater::http_framework_handler_test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct HttpFrameworkTest : testing::HttpFrameworkFixture {};

// Arguments.

TEST_F(HttpFrameworkTest, NamesWhatItCannotTake) {
  auto create = [&](ServerConfig config) { return call<Number>("create-server", config).error(); };
  EXPECT_THAT(create({std::nullopt, "", std::nullopt}), StartsWith("Invalid host: "));
  EXPECT_THAT(create({std::nullopt, "localhost", std::nullopt}),
              StartsWith("Invalid host: localhost"));
  for (const char* path : {"/home/theater.sock", "unix:/home/theater.sock", "@theater"})
    EXPECT_THAT(create({std::nullopt, path, std::nullopt}), StartsWith("Invalid host: ")) << path;
  EXPECT_EQ(create({std::nullopt, std::nullopt, TlsConfig{"", "k"}}), "Invalid TLS configuration");
  EXPECT_THAT(create({std::nullopt, std::nullopt, TlsConfig{"a", "b"}}),
              HasSubstr("the name of one key pair"));
  EXPECT_EQ(call<Number>("register-handler", std::string()).error(),
            "Handler name cannot be empty");
  uint64_t made = server();
  uint64_t h = handler();
  auto route = [&](uint64_t to, const std::string& path, const std::string& method, uint64_t by) {
    return call<Number>("add-route", to, path, method, by).error();
  };
  EXPECT_EQ(route(99, "/a", "GET", h), "Server not found: 99");
  EXPECT_EQ(route(made, "a", "GET", h), "Path must start with /");
  EXPECT_EQ(route(made, "/a", "TRACE", h), "Invalid HTTP method: TRACE");
  EXPECT_EQ(route(made, "/a", "BREW", h), "Invalid HTTP method: BREW");
  EXPECT_EQ(route(made, "/a", "GET", 7), "Handler not found: 7");
  EXPECT_THAT(route(made, "/{a", "GET", h), StartsWith("Invalid route pattern: "));
  EXPECT_TRUE(call<Number>("add-route", made, std::string("/a"), std::string("get"), h));
  EXPECT_THAT(route(made, "/a", "GET", h), StartsWith("Invalid route pattern: "));
  EXPECT_EQ(call<Done>("remove-route", uint64_t{5}).error(), "Route not found: 5");
  EXPECT_EQ(call<Done>("remove-middleware", uint64_t{5}).error(), "Middleware not found: 5");
  auto socket = [&](Handler connect, uint64_t message, Handler disconnect) {
    return call<Done>("enable-websocket", made, std::string("/ws"), connect, message, disconnect)
        .error();
  };
  EXPECT_EQ(socket(std::nullopt, 9, std::nullopt), "Message handler not found: 9");
  EXPECT_EQ(socket(Handler(9), h, std::nullopt), "Connect handler not found: 9");
  EXPECT_EQ(socket(std::nullopt, h, Handler(9)), "Disconnect handler not found: 9");
  SocketMessage text{SocketText{}, std::nullopt, "x"};
  EXPECT_EQ(call<Done>("send-websocket-message", made, uint64_t{3}, text).error(),
            "WebSocket connection not found: 3");
  EXPECT_EQ(call<Done>("close-websocket", uint64_t{8}, uint64_t{3}).error(), "Server not found: 8");
}

TEST_F(HttpFrameworkTest, StartsAndStopsServers) {
  uint64_t made = server();
  EXPECT_FALSE(call<Info>("get-server-info", made)->running);
  EXPECT_EQ(wait<Done>("stop-server", made).error(),
            "Failed to stop server: Server is not running");
  uint16_t port = *wait<Port>("start-server", made);
  EXPECT_EQ(port, 50'000);
  EXPECT_EQ(*call<Info>("get-server-info", made),
            (ServerInfo{made, port, "127.0.0.1", true, 0, 0, false}));
  EXPECT_EQ(wait<Port>("start-server", made).error(),
            "Failed to start server: Server is already running");
  EXPECT_TRUE(wait<Done>("stop-server", made));
  EXPECT_FALSE(ports->all[0]->is_open);
  EXPECT_TRUE(wait<Port>("start-server", made));
  EXPECT_TRUE(wait<Done>("destroy-server", made));
  EXPECT_FALSE(ports->all[1]->is_open);
  EXPECT_EQ(call<Info>("get-server-info", made).error(), "Server not found: 1");
  EXPECT_EQ(wait<Port>("start-server", made).error(), "Server not found: 1");
  ports->failure = "the address is in use";
  EXPECT_EQ(wait<Port>("start-server", server()).error(),
            "Failed to start server: the address is in use");
}

// Permissions.

TEST_F(HttpFrameworkTest, NeedsAGrantForEachPlace) {
  auto refusal = [&](std::optional<uint16_t> port, const char* host) {
    return why_refused<Number>("create-server", ServerConfig{port, host, std::nullopt});
  };
  EXPECT_EQ(refusal(0, "127.0.0.1"), "");
  EXPECT_EQ(refusal(std::nullopt, "::1"), "");
  EXPECT_EQ(refusal(8080, "127.0.0.1"), "http-framework:ports=8080");
  EXPECT_EQ(refusal(80, "127.0.0.1"), "http-framework:ports=80");
  EXPECT_EQ(refusal(0, "0.0.0.0"), "http-framework:hosts=0.0.0.0");
  EXPECT_EQ(refusal(0, "::"), "http-framework:hosts=[::]");
  EXPECT_EQ(refusal(443, "192.0.2.1"), "http-framework:hosts=192.0.2.1;ports=443");
}

TEST_F(HttpFrameworkTest, NeedsAGrantForEachRouteAndMethod) {
  grant("http-framework:routes=/a/{id},/ws;methods=GET;max-routes=2;max-servers=1");
  uint64_t made = server();
  uint64_t h = handler();
  auto refusal = [&](const std::string& path, const std::string& method) {
    return why_refused<Number>("add-route", made, path, method, h);
  };
  EXPECT_EQ(refusal("/a/{id}", "GET"), "");
  EXPECT_EQ(refusal("/%61/{id}", "get"), "") << "a grant and a route have one normal form";
  EXPECT_EQ(refusal("/b", "GET"), "http-framework:routes=/b;methods=GET");
  EXPECT_EQ(refusal("/a/{id}", "POST"), "http-framework:routes=/a/{id};methods=POST");
  EXPECT_THAT(
      (why_refused<Done>("enable-websocket", made, std::string("/other"), Handler(), h, Handler())),
      HasSubstr("routes=/other"));
  EXPECT_TRUE(call<Number>("add-route", made, std::string("/a/{id}"), std::string("GET"), h));
  EXPECT_TRUE(call<Done>("enable-websocket", made, std::string("/ws"), Handler(), h, Handler()));
  EXPECT_THAT(refusal("/a/{id}", "GET"),
              StartsWith("http-framework:max-routes=3 (the server has 2 routes, and may have 2"));
  EXPECT_THAT(why_refused<Number>("create-server", ServerConfig()),
              StartsWith("http-framework:max-servers=2 (the actor has 1 servers"));
}

TEST_F(HttpFrameworkTest, NeedsTheCapabilityForEverything) {
  permissions = {};
  EXPECT_EQ(why_refused<Number>("create-server", ServerConfig()), "http-framework");
  EXPECT_EQ(why_refused<Number>("register-handler", std::string("h")), "http-framework");
  EXPECT_EQ(why_refused<Info>("get-server-info", uint64_t{1}), "http-framework");
  EXPECT_EQ(why_refused<Port>("start-server", uint64_t{1}), "http-framework");
  EXPECT_EQ((why_refused<Done>("close-websocket", uint64_t{1}, uint64_t{1})), "http-framework");
  EXPECT_EQ(why_refused<Number>("open"), "http-framework");
}

// Requests.

TEST_F(HttpFrameworkTest, GivesARequestToItsHandler) {
  uint64_t made = server();
  (void)handler();
  uint64_t h = handler();
  must_add(made, "/users/{id}/{*rest}", "PUT", h);
  EXPECT_TRUE(wait<Port>("start-server", made));
  auto client = ports->ask("PUT", "/users/a%20b/c/d%2Fe?q=1&r=%20",
                           {{"X-Two", "1"}, {"X-Two", "2"}, {"X-Raw", "\xff"}}, "body");
  ASSERT_EQ(calls(), 1u);
  EXPECT_EQ(guest().function->name.to_string(), "theater:simple/http-handlers/handle-request");
  EXPECT_EQ(guest().reach, ReplyTo::Reach::kOutside);
  EXPECT_TRUE(guest().function->is_removable);
  EXPECT_EQ((std::get<0>(params<uint64_t, GuestRequest>())), h);
  EXPECT_EQ(request().method, "PUT");
  EXPECT_EQ(request().uri, "/users/a%20b/c/d%2Fe?q=1&r=%20");
  EXPECT_EQ(request().body, to_bytes("body"));
  EXPECT_EQ(header("X-Two"), "1|2");
  EXPECT_EQ(header("X-Raw"), "\xc3\xbf") << "Latin-1 becomes UTF-8";
  EXPECT_EQ(header("X-Route-Param-id"), "a b");
  EXPECT_EQ(header("X-Route-Param-rest"), "c/d/e");
  EXPECT_EQ(header("X-Theater-Peer"), "127.0.0.1:40000");
  EXPECT_EQ(header("X-Theater-Connection"), "7");
  EXPECT_EQ(header("X-Theater-Tls"), "");
  EXPECT_EQ(header("X-Request-Id").size(), 32u);
  EXPECT_FALSE(client->answer);
  returns(GuestAnswer{201, {{"X-A", "1"}, {"X-A", "2"}}, to_bytes("made")});
  EXPECT_EQ(client->status(), 201);
  EXPECT_EQ(client->answer->headers.count("X-A"), 2u);
  EXPECT_EQ(client->text(), "made");
}

TEST_F(HttpFrameworkTest, RemovesWhatOnlyTheHostMaySay) {
  running();
  HttpHeaders lies;
  for (const char* name :
       {"X-Route-Param-id", "x_route_param_id", "X-Theater-Peer", "X_Theater_Connection",
        "x-theater-anything", "Forwarded", "X-Forwarded-For", "x_forwarded_host", "X-Real-IP",
        "X_REAL_IP", "X-Request-Id", "Connection", "Keep-Alive", "TE", "Trailer",
        "Transfer-Encoding", "Expect", "Proxy-Connection"})
    lies.add(name, "lie");
  lies.add("X-Honest", "yes");
  ports->ask("GET", "/a", lies);
  for (const auto& [name, value] : request().headers)
    EXPECT_NE(value, "lie") << name;
  EXPECT_EQ(header("X-Honest"), "yes");
  EXPECT_EQ(header("X-Theater-Peer"), "127.0.0.1:40000");
}

TEST_F(HttpFrameworkTest, AnswersItselfWhatHasNoHandler) {
  running("/a");
  EXPECT_EQ(ports->ask("GET", "/b")->status(), 404);
  auto wrong = ports->ask("POST", "/a");
  EXPECT_EQ(wrong->status(), 405);
  EXPECT_EQ(wrong->header("Allow"), "GET, HEAD, OPTIONS");
  auto options = ports->ask("OPTIONS", "/a");
  EXPECT_EQ(options->status(), 204);
  EXPECT_EQ(options->header("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ports->ask("OPTIONS", "*")->status(), 204);
  EXPECT_EQ(ports->ask("OPTIONS", "/b")->status(), 404);
  for (const char* method : {"TRACE", "CONNECT"})
    EXPECT_EQ(ports->ask(method, "/a")->status(), 501) << method;
  EXPECT_EQ(ports
                ->ask("GET", "/a",
                      {{"Connection", "Upgrade, HTTP2-Settings"},
                       {"Upgrade", "h2c"},
                       {"HTTP2-Settings", "AAMAAABk"}})
                ->status(),
            501);
  for (const char* path : {"/a/../a", "/%2e%2e/a", "//a", "/a%00", "/a%0d%0aX-B:%20c"})
    EXPECT_EQ(ports->ask("GET", path)->status(), 400) << path;
  EXPECT_EQ(calls(), 0u);
}

TEST_F(HttpFrameworkTest, RefusesAPathParameterThatIsNoText) {
  running("/{name}");
  EXPECT_EQ(ports->ask("GET", "/%FF")->status(), 400);
  EXPECT_EQ(calls(), 0u);
}

TEST_F(HttpFrameworkTest, GivesHeadToTheRouteOfGet) {
  running("/a");
  ports->ask("HEAD", "/a");
  ASSERT_EQ(calls(), 1u);
  EXPECT_EQ(request().method, "HEAD");
}

TEST_F(HttpFrameworkTest, ServesOnlyUnderItsNames) {
  grant("http-framework:hosts=127.0.0.1,app.example:50000,*.wild.example");
  running("/a");
  auto status = [&](const std::string& host) {
    size_t before = calls();
    auto client = ports->ask("GET", "/a", {{"Host", host}});
    return calls() > before ? 200 : client->status();
  };
  EXPECT_EQ(status("127.0.0.1:50000"), 200);
  EXPECT_EQ(status("127.0.0.1"), 200);
  EXPECT_EQ(status("localhost:50000"), 200);
  EXPECT_EQ(status("LOCALHOST"), 200);
  EXPECT_EQ(status("app.example"), 200);
  EXPECT_EQ(status("x.wild.example:50000"), 200);
  EXPECT_EQ(status("evil.example"), 421);
  EXPECT_EQ(status("127.0.0.2"), 421);
  EXPECT_EQ(status("[::1]"), 421);
  EXPECT_EQ(status("app.example:x"), 421);
  HttpRequest old;
  old.method = "GET";
  old.target = "/a";
  old.version_minor = 0;
  size_t before = calls();
  ports->ask(std::move(old));
  EXPECT_EQ(calls(), before + 1) << "HTTP/1.0 has no Host";
}

TEST_F(HttpFrameworkTest, TakesEachAddressWhereItListensOnAll) {
  grant("http-framework:hosts=0.0.0.0");
  uint64_t made = *call<Number>("create-server", ServerConfig{0, "0.0.0.0", std::nullopt});
  must_add(made, "/a", "GET", handler());
  EXPECT_TRUE(wait<Port>("start-server", made));
  ports->ask("GET", "/a", {{"Host", "192.0.2.7:50000"}});
  EXPECT_EQ(calls(), 1u);
  EXPECT_EQ(ports->ask("GET", "/a", {{"Host", "rebound.example"}})->status(), 421);
}

TEST_F(HttpFrameworkTest, AnswersForAGuestThatCannot) {
  running("/a");
  auto failed = ports->ask("GET", "/a");
  fails("no such user");
  EXPECT_EQ(failed->status(), 500);
  EXPECT_EQ(failed->text(), "Handler error: no such user\n");
  auto trapped = ports->ask("GET", "/a");
  fails("the actor's instance failed", false);
  EXPECT_EQ(trapped->status(), 500);
  EXPECT_EQ(trapped->text(), "The actor could not answer.\n");
  actor.calls->refusal = "mailbox-full";
  auto full = ports->ask("GET", "/a");
  EXPECT_EQ(full->status(), 503);
  EXPECT_EQ(full->header("Retry-After"), "1");
}

TEST_F(HttpFrameworkTest, WithdrawsTheCallOfAClientThatHasGone) {
  running("/a");
  auto client = ports->ask("GET", "/a");
  ASSERT_TRUE(guest().watch.withdrawn);
  EXPECT_FALSE(guest().watch.withdrawn->load());
  client->has_gone->store(true);
  EXPECT_TRUE(guest().watch.withdrawn->load());
}

TEST_F(HttpFrameworkTest, ChecksTheAnswersOfGuests) {
  running("/a");
  auto status = [&](const GuestAnswer& answer) {
    auto client = ports->ask("GET", "/a");
    guest().watch.called({42, Hash(), true});
    actor.notes_value->made.clear();
    returns(answer);
    if (client->status() == 500) {
      EXPECT_EQ(actor.notes_value->made.size(), 1u);
      const log::Noted& note = actor.notes_value->made.at(0).note;
      EXPECT_EQ(note.what, "bad-answer");
      EXPECT_EQ(note.about, 42u);
    } else {
      EXPECT_TRUE(actor.notes_value->made.empty());
    }
    return client->status();
  };
  Bytes body = to_bytes("12345");
  EXPECT_EQ(status({200, {}, body}), 200);
  EXPECT_EQ(status({200, {{"Content-Length", "5"}, {"Date", "now"}}, body}), 200);
  EXPECT_EQ(status({200, {{"Content-Length", "6"}}, body}), 500);
  EXPECT_EQ(status({200, {{"Content-Length", "5"}, {"content-length", "7"}}, body}), 500);
  EXPECT_EQ(status({200, {{"X-A", "b\r\nX-C: d"}}, body}), 500);
  EXPECT_EQ(status({200, {{"X-A\r\nX-C", "d"}}, body}), 500);
  EXPECT_EQ(status({200, {{"X-A", std::string("a\0b", 3)}}, body}), 500);
  EXPECT_EQ(status({200, {{"", "a"}}, body}), 500);
  for (const char* name : {"Transfer-Encoding", "Connection", "Upgrade", "Keep-Alive", "Trailer",
                           "TE", "Proxy-Connection", "Sec-WebSocket-Accept"})
    EXPECT_EQ(status({200, {{name, "x"}}, body}), 500) << name;
  for (int bad : {0, 99, 100, 101, 199, 600, 65535})
    EXPECT_EQ(status({static_cast<uint16_t>(bad), {}, std::nullopt}), 500) << bad;
  EXPECT_EQ(status({204, {}, body}), 500);
  EXPECT_EQ(status({304, {}, body}), 500);
  EXPECT_EQ(status({204, {}, std::nullopt}), 204);
}

TEST_F(HttpFrameworkTest, HasRoomForTheBodiesOfAllRequestsTogether) {
  auto room = std::make_shared<BodyRoom>();
  auto most = room->take(BodyRoom::kBytesMax - 1);
  EXPECT_TRUE(most);
  auto last = room->take(1);
  EXPECT_TRUE(last);
  EXPECT_FALSE(room->take(1));
  most.reset();
  EXPECT_TRUE(room->take(1));
  running("/a");
  HttpRequest head;
  HttpAdmission admission = ports->all[0]->options.admit(head, 3);
  EXPECT_FALSE(admission.refusal);
  EXPECT_TRUE(admission.hold);
}

// Middleware.

TEST_F(HttpFrameworkTest, AsksMiddlewareFirstInItsOrder) {
  uint64_t made = running("/a/b");
  uint64_t first = *call<Number>("add-middleware", made, std::string("/a"), uint64_t{1});
  EXPECT_TRUE(call<Number>("add-middleware", made, std::string("/*"), uint64_t{1}));
  EXPECT_TRUE(call<Number>("add-middleware", made, std::string("/a/c"), uint64_t{1}));
  EXPECT_EQ(call<Info>("get-server-info", made)->middleware_count, 3u);
  auto client = ports->ask("GET", "/a/b");
  ASSERT_EQ(calls(), 1u);
  EXPECT_EQ(guest().function->name.name, "handle-middleware");
  GuestRequest changed = request();
  changed.headers.emplace_back("X-User", "ada");
  changed.headers.emplace_back("X-Theater-Peer", "forged");
  returns(MiddlewareResult{true, changed});
  ASSERT_EQ(calls(), 2u);
  EXPECT_EQ(guest().function->name.name, "handle-middleware");
  EXPECT_EQ(header("X-User"), "ada");
  EXPECT_EQ(header("X-Theater-Peer"), "127.0.0.1:40000") << "the facts are the host's";
  returns(MiddlewareResult{true, request()});
  ASSERT_EQ(calls(), 3u);
  EXPECT_EQ(guest().function->name.name, "handle-request");
  returns(ok("done"));
  EXPECT_EQ(client->text(), "done");
  EXPECT_TRUE(call<Done>("remove-middleware", first));
  ports->ask("GET", "/a/b");
  returns(MiddlewareResult{true, request()});
  EXPECT_EQ(guest().function->name.name, "handle-request");
}

TEST_F(HttpFrameworkTest, MiddlewareMayEndARequestOrSendItElsewhere) {
  uint64_t made = running("/a");
  EXPECT_TRUE(call<Number>("add-middleware", made, std::string("/"), uint64_t{1}));
  auto ended = ports->ask("GET", "/a");
  returns(MiddlewareResult{false, request()});
  EXPECT_EQ(ended->status(), 403);
  EXPECT_EQ(ended->text(), "");
  auto failed = ports->ask("GET", "/a");
  fails("no");
  EXPECT_EQ(failed->text(), "Middleware error: no\n");
  auto elsewhere = ports->ask("GET", "/b");
  GuestRequest moved = request();
  moved.uri = "/a?moved";
  returns(MiddlewareResult{true, moved});
  EXPECT_EQ(request().uri, "/a?moved");
  auto nowhere = ports->ask("GET", "/a");
  moved.uri = "/a/../b";
  returns(MiddlewareResult{true, moved});
  EXPECT_EQ(nowhere->status(), 500);
  EXPECT_FALSE(elsewhere->answer);
}

TEST_F(HttpFrameworkTest, TakesChangesWhileItRuns) {
  uint64_t made = running("/a");
  EXPECT_EQ(ports->ask("GET", "/late")->status(), 404);
  uint64_t late = must_add(made, "/late", "GET", 1);
  ports->ask("GET", "/late");
  EXPECT_EQ(calls(), 1u);
  EXPECT_TRUE(call<Done>("remove-route", late));
  EXPECT_EQ(ports->ask("GET", "/late")->status(), 404);
}

}  // namespace theater::http_framework_handler_test
