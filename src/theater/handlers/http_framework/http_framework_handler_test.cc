// Servers of one session, without an actor: what guests may make, what clients get, and what comes back.
#include "theater/handlers/http_framework/http_framework_handler.h"

#include "theater/base/testing/must.h"
#include "theater/handlers/http_framework/testing/fake_ports.h"
#include "theater/handlers/testing/handler_fixture.h"
#include "theater/manifest/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::http_framework_handler_test {

using ::testing::ElementsAre;
using testing::FakeClient;
using testing::FakePorts;
using testing::HandlerFixture;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Number = tl::expected<uint64_t, std::string>;
using Done = tl::expected<void, std::string>;
using Port = tl::expected<uint16_t, std::string>;
using Info = tl::expected<ServerInfo, std::string>;
using Handler = std::optional<uint64_t>;

struct Reply final : ReplySink {
  void answered(CallAnswer answer) override { got = std::move(answer); }
  std::optional<CallAnswer> got;
};

struct HttpFrameworkTest : ::testing::Test, HandlerFixture {
  HttpFrameworkTest() : HandlerFixture(std::make_unique<HttpFrameworkHandler>(new_ports())) {
    grant("http-framework");
  }
  ~HttpFrameworkTest() override {
    for (auto& listening : ports->all)
      listening->options = {};
  }
  // The ports exist before the handler, whose constructor takes them.
  static std::shared_ptr<FakePorts> new_ports() {
    last_ports = std::make_shared<FakePorts>();
    return last_ports;
  }
  static inline std::shared_ptr<FakePorts> last_ports;
  std::shared_ptr<FakePorts> ports = last_ports;

  void grant(const std::string& text) { permissions = must(parse_grant(text, "/")); }

  // A waiting function, with its jobs done.
  template <class R, class... Args>
  R wait(const std::string& name, const Args&... args) {
    const HostFunction& function = find<R, Args...>(name);
    Bytes encoded;
    wit::encode_params(encoded, args...);
    refused = function.refusal(session(), encoded);
    THEATER_CHECK(!refused, "{}", *refused);
    auto sink = std::make_shared<Reply>();
    std::get<HostFunction::Waiting>(function.body)(session(), encoded, RawResponder(sink, 1));
    for (int steps = 0; !sink->got && steps < 1'000; ++steps)
      scheduler.step();
    THEATER_CHECK(sink->got && sink->got->result, "{} has no answer", name);
    return *wit::decode<R>(*sink->got->result);
  }

  uint64_t server(std::optional<uint16_t> port = {}) {
    return *call<Number>("create-server", ServerConfig{port, std::nullopt, std::nullopt});
  }
  uint64_t handler() { return *call<Number>("register-handler", std::string("h")); }
  // A server that runs, with a route for GET.
  uint64_t running(const std::string& path = "/a") {
    uint64_t made = server();
    EXPECT_TRUE(call<Number>("add-route", made, path, std::string("GET"), handler()));
    EXPECT_TRUE(wait<Port>("start-server", made));
    return made;
  }

  template <class R, class... Args>
  std::string why_refused(const std::string& name, const Args&... args) {
    const HostFunction& function = find<R, Args...>(name);
    return function.refusal(session(), encoded(args...)).value_or("");
  }
  template <class... Args>
  static Bytes encoded(const Args&... args) {
    Bytes bytes;
    wit::encode_params(bytes, args...);
    return bytes;
  }
  uint64_t must_add(uint64_t to, const std::string& path, const std::string& method, uint64_t by) {
    return *call<Number>("add-route", to, path, method, by);
  }
  Done send(uint64_t to, uint64_t connection, const SocketMessage& message) {
    return call<Done>("send-websocket-message", to, connection, message);
  }
  // A server that runs, with /a and with WebSockets on /ws: connect 1, message 2, disconnect 3.
  uint64_t with_sockets() {
    uint64_t made = running("/a");
    (void)handler();
    (void)handler();
    EXPECT_TRUE(call<Done>("enable-websocket", made, std::string("/ws"), Handler(1), uint64_t{2},
                           Handler(3)));
    return made;
  }
  static HttpHeaders upgrade(HttpHeaders headers = {}) {
    headers.add("Connection", "Upgrade");
    headers.add("Upgrade", "websocket");
    return headers;
  }
  std::pair<std::shared_ptr<FakeClient>, uint64_t> connected() {
    auto client = ports->ask("GET", "/ws", upgrade());
    uint64_t connection =
        std::get<1>(params<uint64_t, uint64_t, std::string, std::optional<std::string>>());
    returns_nothing();
    return {client, connection};
  }
  // As in the call that is the newest.
  Number opened() {
    actor.call_value.seq = 1'000 + calls();
    guest().watch.called({actor.call_value.seq, Hash(), true});
    return call<Number>("open");
  }
  tl::expected<bool, std::string> write(uint64_t id, const std::string& text) {
    return call<tl::expected<bool, std::string>>("write", id, to_bytes(text));
  }
  // What with_sockets() makes, as a record has it.
  static HeldFramework held_framework(uint16_t port) {
    HeldFramework held;
    held.last_server = 1;
    held.last_handler = 3;
    held.last_route = 5;
    held.last_middleware = 1;
    held.servers.push_back({1,
                            "127.0.0.1",
                            0,
                            port,
                            std::nullopt,
                            {{1, "/a", "GET", 1}},
                            {{1, "/m", 1}},
                            {{"/ws", 1, 2, 3}}});
    return held;
  }
  void clock_passes() {
    for (int at = 0; at < 50; ++at)
      scheduler.step();
  }

  // The newest call of the guest.
  testing::FakeCalls::Call& guest() { return actor.calls->made.back(); }
  size_t calls() const { return actor.calls->made.size(); }
  template <class... P>
  std::tuple<P...> params() {
    return *wit::decode<std::tuple<P...>>(guest().params);
  }
  GuestRequest request() { return std::get<1>(params<uint64_t, GuestRequest>()); }
  std::string header(std::string_view name) {
    std::string all;
    for (const auto& [key, value] : request().headers) {
      if (equals_ignoring_case(key, name)) all += (all.empty() ? "" : "|") + value;
    }
    return all;
  }
  template <class R>
  void returns(const R& value) {
    RequestAnswer answer;
    answer.result = wit::encode(value);
    std::exchange(guest().answered, nullptr)(std::move(answer));
  }
  void returns_nothing() {
    RequestAnswer answer;
    answer.result = Bytes();
    std::exchange(guest().answered, nullptr)(std::move(answer));
  }
  void fails(const std::string& text, bool is_from_guest = true) {
    RequestAnswer answer;
    answer.result = tl::unexpected(text);
    answer.is_from_guest = is_from_guest;
    std::exchange(guest().answered, nullptr)(std::move(answer));
  }
  GuestAnswer ok(const std::string& text) { return {200, {}, to_bytes(text)}; }
  // What was handed out is on record.
  void commit() {
    for (auto& then : std::exchange(actor.outputs, {}))
      then(std::nullopt);
  }
};

// Arguments.

TEST_F(HttpFrameworkTest, NamesWhatItCannotTake) {
  auto create = [&](ServerConfig config) { return call<Number>("create-server", config).error(); };
  EXPECT_THAT(create({std::nullopt, "", std::nullopt}), StartsWith("Invalid host: "));
  EXPECT_THAT(create({std::nullopt, "localhost", std::nullopt}),
              StartsWith("Invalid host: localhost"));
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

// WebSockets.

TEST_F(HttpFrameworkTest, OpensAWebSocket) {
  uint64_t made = with_sockets();
  auto client = ports->ask("GET", "/ws", upgrade({{"Sec-WebSocket-Protocol", "chat, other"}}));
  EXPECT_EQ(guest().function->name.name, "handle-websocket-connect");
  auto [h, connection, path, protocol] =
      params<uint64_t, uint64_t, std::string, std::optional<std::string>>();
  EXPECT_EQ(h, 1u);
  EXPECT_EQ(path, "/ws");
  EXPECT_EQ(protocol, "chat");
  // What the guest says before it agrees waits for that.
  EXPECT_TRUE(send(made, connection, {SocketText{}, std::nullopt, "welcome"}));
  commit();
  EXPECT_TRUE(client->messages.empty());
  returns_nothing();
  EXPECT_EQ(client->status(), 101);
  EXPECT_EQ(client->socket->subprotocol, "chat");
  EXPECT_THAT(client->messages, ElementsAre(std::pair(MessageKind::kText, "welcome")));
  EXPECT_TRUE(send(made, connection, {SocketBinary{}, Bytes{1, 2}, std::nullopt}));
  EXPECT_EQ(client->messages.size(), 1u) << "it leaves when it is on record";
  commit();
  EXPECT_EQ(client->messages.back(), std::pair(MessageKind::kBinary, std::string("\1\2")));
}

TEST_F(HttpFrameworkTest, AGuestMayRefuseAWebSocket) {
  with_sockets();
  auto client = ports->ask("GET", "/ws", upgrade());
  uint64_t connection =
      std::get<1>(params<uint64_t, uint64_t, std::string, std::optional<std::string>>());
  fails("not today");
  EXPECT_EQ(client->status(), 403);
  EXPECT_EQ(client->text(), "not today\n");
  EXPECT_EQ(send(1, connection, {SocketText{}, std::nullopt, "x"}).error(),
            fmt::format("WebSocket connection not found: {}", connection));
  EXPECT_EQ(calls(), 1u) << "no disconnect for a connection that never was";
  EXPECT_EQ(ports->ask("GET", "/ws")->status(), 426);
}

TEST_F(HttpFrameworkTest, OnlyPagesOfTheSameOriginOpenWebSockets) {
  grant("http-framework:origins=https://friend.example");
  with_sockets();
  auto opens = [&](const std::string& origin) {
    size_t before = calls();
    auto client = ports->ask("GET", "/ws", upgrade({{"Origin", origin}}));
    EXPECT_TRUE(calls() > before || client->status() == 403);
    return calls() > before;
  };
  EXPECT_TRUE(opens("http://127.0.0.1:50000"));
  EXPECT_TRUE(opens("https://friend.example"));
  EXPECT_FALSE(opens("https://127.0.0.1:50000"));
  EXPECT_FALSE(opens("http://127.0.0.1:1"));
  EXPECT_FALSE(opens("https://evil.example"));
  EXPECT_FALSE(opens("https://friend.example.evil"));
  EXPECT_FALSE(opens("null"));
}

TEST_F(HttpFrameworkTest, MiddlewareSeesTheUpgradeFirst) {
  uint64_t made = with_sockets();
  EXPECT_TRUE(call<Number>("add-middleware", made, std::string("/"), uint64_t{1}));
  auto client = ports->ask("GET", "/ws", upgrade());
  EXPECT_EQ(guest().function->name.name, "handle-middleware");
  returns(MiddlewareResult{false, request()});
  EXPECT_EQ(client->status(), 403);
}

TEST_F(HttpFrameworkTest, ExchangesMessagesInOrder) {
  uint64_t made = with_sockets();
  auto [client, connection] = connected();
  client->socket->events.on_message(MessageKind::kText, to_bytes("hello"));
  auto [h, from, message] = params<uint64_t, uint64_t, SocketMessage>();
  EXPECT_EQ(h, 2u);
  EXPECT_EQ(from, connection);
  EXPECT_EQ(message, (SocketMessage{SocketText{}, std::nullopt, "hello"}));
  EXPECT_TRUE(send(made, connection, {SocketText{}, std::nullopt, "during"}));
  commit();
  returns(std::vector<SocketMessage>{{SocketText{}, std::nullopt, "one"},
                                     {SocketPing{}, to_bytes("p"), std::nullopt},
                                     {SocketText{}, std::nullopt, "two"}});
  EXPECT_THAT(
      client->messages,
      ElementsAre(std::pair(MessageKind::kText, "during"), std::pair(MessageKind::kText, "one"),
                  std::pair(MessageKind::kPing, "p"), std::pair(MessageKind::kText, "two")));
  client->socket->events.on_pong(to_bytes("p"));
  EXPECT_EQ((std::get<2>(params<uint64_t, uint64_t, SocketMessage>())),
            (SocketMessage{SocketPong{}, to_bytes("p"), std::nullopt}));
  size_t before = calls();
  client->socket->events.on_pong(to_bytes("unasked"));
  EXPECT_EQ(calls(), before) << "a pong without a ping of the guest is not news";
}

TEST_F(HttpFrameworkTest, TellsTheGuestOfTheEnd) {
  with_sockets();
  auto [client, connection] = connected();
  client->socket->events.on_close({4001, "bye"});
  ASSERT_EQ(calls(), 3u);
  auto& close = actor.calls->made[1];
  auto [h, from, message] =
      *wit::decode<std::tuple<uint64_t, uint64_t, SocketMessage>>(close.params);
  EXPECT_EQ(message, (SocketMessage{SocketClose{}, Bytes{0x0f, 0xa1}, "bye"}));
  EXPECT_EQ(guest().function->name.name, "handle-websocket-disconnect");
  EXPECT_EQ((params<uint64_t, uint64_t>()), std::tuple(uint64_t{3}, connection));
  EXPECT_FALSE(send(1, connection, {SocketText{}, std::nullopt, "x"}));
}

TEST_F(HttpFrameworkTest, TellsOfABrokenConnectionOnlyTheEnd) {
  with_sockets();
  auto [client, connection] = connected();
  client->socket->events.on_close({1006, "reset"});
  ASSERT_EQ(calls(), 2u);
  EXPECT_EQ(guest().function->name.name, "handle-websocket-disconnect");
}

TEST_F(HttpFrameworkTest, ClosesWithACode) {
  uint64_t made = with_sockets();
  auto [client, connection] = connected();
  EXPECT_THAT(send(made, connection, {SocketClose{}, Bytes{0x03, 0xee}, std::nullopt}).error(),
              HasSubstr("1006 is no code"));
  EXPECT_THAT(send(made, connection, {SocketConnect{}, std::nullopt, std::nullopt}).error(),
              HasSubstr("only text, binary, ping, pong and close"));
  EXPECT_THAT(send(made, connection, {SocketText{}, Bytes{1}, std::nullopt}).error(),
              HasSubstr("has no text"));
  EXPECT_THAT(send(made, connection, {SocketPing{}, Bytes(126), std::nullopt}).error(),
              HasSubstr("at most 125 bytes"));
  EXPECT_TRUE(send(made, connection, {SocketClose{}, Bytes{0x0f, 0xa0}, "enough"}));
  EXPECT_FALSE(send(made, connection, {SocketText{}, std::nullopt, "late"}));
  commit();
  EXPECT_EQ(client->close, (WebSocketClose{4000, "enough"}));
}

TEST_F(HttpFrameworkTest, ClosesAClientThatDoesNotRead) {
  uint64_t made = with_sockets();
  auto [client, connection] = connected();
  client->is_full = true;
  EXPECT_TRUE(send(made, connection, {SocketText{}, std::nullopt, "x"}));
  commit();
  EXPECT_EQ(client->close->code, 1013);
}

TEST_F(HttpFrameworkTest, BoundsWhatWaitsForTheRecord) {
  uint64_t made = with_sockets();
  auto [client, connection] = connected();
  for (size_t at = 0; at < SocketLink::kUnsentMax; ++at)
    ASSERT_TRUE(send(made, connection, {SocketText{}, std::nullopt, "x"}));
  EXPECT_THAT(send(made, connection, {SocketText{}, std::nullopt, "x"}).error(), HasSubstr("full"));
  commit();
  EXPECT_TRUE(send(made, connection, {SocketText{}, std::nullopt, "x"}));
}

TEST_F(HttpFrameworkTest, LetsAFastClientWait) {
  with_sockets();
  auto [client, connection] = connected();
  NextMessage next = NextMessage::kRead;
  size_t sent = 0;
  while (next == NextMessage::kRead && sent < 100) {
    next = client->socket->events.on_message(MessageKind::kText, to_bytes("x"));
    ++sent;
  }
  EXPECT_EQ(sent, SocketLink::kCallsMax);
  EXPECT_EQ(client->resumed, 0);
  returns(std::vector<SocketMessage>());
  EXPECT_EQ(client->resumed, 1);
}

TEST_F(HttpFrameworkTest, KeepsMessagesInOrderThroughAFullMailbox) {
  with_sockets();
  auto [client, connection] = connected();
  actor.calls->refusal = "mailbox-full";
  client->socket->events.on_message(MessageKind::kText, to_bytes("one"));
  client->socket->events.on_message(MessageKind::kText, to_bytes("two"));
  client->socket->events.on_close({1006, ""});
  EXPECT_EQ(calls(), 1u);
  actor.calls->refusal.reset();
  clock_passes();
  ASSERT_EQ(calls(), 4u);
  auto text = [&](size_t at) {
    auto decoded =
        wit::decode<std::tuple<uint64_t, uint64_t, SocketMessage>>(actor.calls->made[at].params);
    return *std::get<2>(*decoded).text;
  };
  EXPECT_EQ(text(1), "one");
  EXPECT_EQ(text(2), "two");
  EXPECT_EQ(guest().function->name.name, "handle-websocket-disconnect");
}

// Answers in pieces.

TEST_F(HttpFrameworkTest, WritesAnAnswerInPieces) {
  running("/a");
  auto client = ports->ask("GET", "/a");
  EXPECT_THAT(call<Number>("open").error(), HasSubstr("in `handle-request` only"));
  uint64_t id = *opened();
  EXPECT_THAT(call<Number>("open").error(), HasSubstr("open already"));
  EXPECT_EQ(write(id, "early "), true);
  commit();
  returns(GuestAnswer{200, {{"Content-Type", "text/event-stream"}}, to_bytes("head ")});
  EXPECT_TRUE(client->is_streamed);
  EXPECT_EQ(client->body, "head early ");
  EXPECT_EQ(write(id, "later"), true);
  EXPECT_EQ(client->body, "head early ") << "it leaves when it is on record";
  commit();
  EXPECT_EQ(client->body, "head early later");
  EXPECT_TRUE(call<Done>("finish", id));
  EXPECT_FALSE(client->is_finished);
  commit();
  EXPECT_TRUE(client->is_finished);
  EXPECT_THAT(write(id, "x").error(), StartsWith("closed: "));
  EXPECT_THAT(call<Done>("finish", id).error(), StartsWith("closed: "));
}

TEST_F(HttpFrameworkTest, TellsAWriterOfRoom) {
  running("/a");
  auto client = ports->ask("GET", "/a");
  uint64_t id = *opened();
  returns(ok(""));
  std::string half(OpenAnswer::kWaitingBytesMax / 2, 'x');
  EXPECT_EQ(write(id, half), true);
  EXPECT_EQ(write(id, half), false) << "taken, and full";
  EXPECT_THAT(write(id, "x").error(), StartsWith("full: "));
  commit();
  size_t before = calls();
  client->takes(half.size() - 1);
  EXPECT_EQ(calls(), before);
  client->takes(1);
  ASSERT_EQ(calls(), before + 1);
  EXPECT_EQ(guest().function->name.to_string(),
            "theater:http-stream/server-handlers/handle-answer");
  EXPECT_EQ((params<uint64_t, AnswerEvent>()), std::tuple(id, AnswerEvent(AnswerRoom{})));
  EXPECT_EQ(write(id, "x"), true);
}

TEST_F(HttpFrameworkTest, TellsAWriterThatTheClientHasGone) {
  running("/a");
  auto client = ports->ask("GET", "/a");
  uint64_t id = *opened();
  returns(ok("x"));
  client->stream.on_event(WriterEvent::kClosed);
  EXPECT_EQ((params<uint64_t, AnswerEvent>()),
            std::tuple(id, AnswerEvent(AnswerGone{"closed: the client has gone"})));
  EXPECT_THAT(write(id, "x").error(), StartsWith("closed: "));
}

TEST_F(HttpFrameworkTest, CutsAnAnswerOff) {
  running("/a");
  auto client = ports->ask("GET", "/a");
  uint64_t id = *opened();
  returns(ok("x"));
  EXPECT_TRUE(call<Done>("abort", id));
  commit();
  EXPECT_TRUE(client->is_cut_off);
  auto bad = ports->ask("GET", "/a");
  uint64_t second = *opened();
  returns(GuestAnswer{42, {}, std::nullopt});
  EXPECT_EQ(bad->status(), 500);
  EXPECT_EQ((std::get<0>(params<uint64_t, AnswerEvent>())), second);
}

// What comes back.

TEST_F(HttpFrameworkTest, BringsServersBackOnTheirPorts) {
  uint64_t made = with_sockets();
  EXPECT_TRUE(call<Number>("add-middleware", made, std::string("/m"), uint64_t{1}));
  ServerInfo before = *call<Info>("get-server-info", made);
  HeldFramework held = held_framework(before.port);
  end_session();
  EXPECT_EQ(ports->ask("GET", "/a")->status(), 503) << "the port is held";
  EXPECT_TRUE(ports->all[0]->is_open);
  session().restore(wit::encode(held));
  EXPECT_EQ(ports->all.size(), 1u) << "it is the same port";
  EXPECT_EQ(*call<Info>("get-server-info", made), before);
  size_t told = calls();
  ports->ask("GET", "/a");
  EXPECT_EQ(calls(), told + 1);
  EXPECT_EQ(must_add(made, "/next", "GET", 1), held.last_route + 1) << "numbers are not used again";
}

TEST_F(HttpFrameworkTest, TellsOfConnectionsAndAnswersThatDoNotComeBack) {
  with_sockets();
  HeldFramework held = held_framework(50'000);
  held.connections = {{11, 3}, {12, 3}};
  held.answers = {70};
  end_session();
  session().restore(wit::encode(held));
  ASSERT_EQ(calls(), 3u);
  EXPECT_EQ(actor.calls->made[0].params, encoded(uint64_t{3}, uint64_t{11}));
  EXPECT_EQ(actor.calls->made[1].params, encoded(uint64_t{3}, uint64_t{12}));
  auto [id, event] = params<uint64_t, AnswerEvent>();
  EXPECT_EQ(id, 70u);
  EXPECT_THAT(std::get<AnswerGone>(event).value, StartsWith("interrupted: "));
}

TEST_F(HttpFrameworkTest, ClosesSocketsWithTheInstance) {
  with_sockets();
  auto [client, connection] = connected();
  client->socket->events.on_message(MessageKind::kText, to_bytes("waiting"));
  Withdrawn withdrawn = guest().watch.withdrawn;
  size_t before = calls();
  end_session();
  EXPECT_EQ(client->close->code, 1012);
  EXPECT_TRUE(withdrawn->load()) << "the next instance does not hear of it";
  client->socket->events.on_close({1012, ""});
  EXPECT_EQ(calls(), before);
}

TEST_F(HttpFrameworkTest, TriesAPortThatIsTakenAgain) {
  HeldFramework held = held_framework(8080);
  held.servers[0].asked_port = 8080;
  grant("http-framework:ports=8080");
  ports->failure = "in use";
  session().restore(wit::encode(held));
  scheduler.run_now();
  EXPECT_FALSE(call<Info>("get-server-info", uint64_t{1})->running);
  EXPECT_EQ(call<Info>("get-server-info", uint64_t{1})->port, 8080);
  ports->failure.reset();
  clock_passes();
  EXPECT_TRUE(call<Info>("get-server-info", uint64_t{1})->running);
  EXPECT_EQ(ports->all.back()->number, 8080);
}

TEST_F(HttpFrameworkTest, LeavesOutWhatAGrantNoLongerAllows) {
  HeldFramework held = held_framework(8080);
  held.servers[0].asked_port = 8080;
  session().restore(wit::encode(held));
  EXPECT_EQ(call<Info>("get-server-info", uint64_t{1}).error(), "Server not found: 1");
  end_session();
  grant("http-framework:ports=8080;routes=/other");
  session().restore(wit::encode(held));
  EXPECT_EQ(call<Info>("get-server-info", uint64_t{1})->routes_count, 0u);
}

}  // namespace theater::http_framework_handler_test
