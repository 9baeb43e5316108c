// WebSockets, answers in pieces, and what comes back with the next instance.
#include "theater/handlers/http_framework/testing/framework_fixture.h"

namespace theater::http_framework_sockets_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct HttpSocketsTest : testing::HttpFrameworkFixture {};

// WebSockets.

TEST_F(HttpSocketsTest, OpensAWebSocket) {
  uint64_t made = with_sockets();
  auto client = ports->ask("GET", "/ws", upgrade({{"Sec-WebSocket-Protocol", "chat, other"}}));
  EXPECT_EQ(guest().function->name.name, "handle-websocket-connect");
  auto [h, connection, path, protocol] =
      params<uint64_t, uint64_t, std::string, std::optional<std::string>>();
  EXPECT_EQ(h, 1u);
  EXPECT_EQ(path, "/ws");
  EXPECT_EQ(protocol, "chat");
  EXPECT_FALSE(client->socket) << "the guest decides first";
  // What the guest says before it agrees waits for that.
  EXPECT_TRUE(send(made, connection, {SocketText{}, std::nullopt, "welcome"}));
  commit();
  EXPECT_TRUE(client->messages.empty());
  returns_nothing();
  EXPECT_EQ(client->status(), 101);
  EXPECT_EQ(client->socket->subprotocol, "chat");
  EXPECT_EQ(client->socket->idle_time, std::chrono::seconds(60));
  EXPECT_EQ(client->socket->message_bytes_max, size_t{1} << 20);
  EXPECT_THAT(client->messages, ElementsAre(std::pair(MessageKind::kText, "welcome")));
  EXPECT_TRUE(send(made, connection, {SocketBinary{}, Bytes{1, 2}, std::nullopt}));
  EXPECT_EQ(client->messages.size(), 1u) << "it leaves when it is on record";
  commit();
  EXPECT_EQ(client->messages.back(), std::pair(MessageKind::kBinary, std::string("\1\2")));
}

TEST_F(HttpSocketsTest, AGuestMayRefuseAWebSocket) {
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

TEST_F(HttpSocketsTest, OnlyPagesOfTheSameOriginOpenWebSockets) {
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

TEST_F(HttpSocketsTest, MiddlewareSeesTheUpgradeFirst) {
  uint64_t made = with_sockets();
  EXPECT_TRUE(call<Number>("add-middleware", made, std::string("/"), uint64_t{1}));
  auto client = ports->ask("GET", "/ws", upgrade());
  EXPECT_EQ(guest().function->name.name, "handle-middleware");
  returns(MiddlewareResult{false, request()});
  EXPECT_EQ(client->status(), 403);
}

TEST_F(HttpSocketsTest, ExchangesMessagesInOrder) {
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

TEST_F(HttpSocketsTest, TellsTheGuestOfTheEnd) {
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

TEST_F(HttpSocketsTest, TellsOfABrokenConnectionOnlyTheEnd) {
  with_sockets();
  auto [client, connection] = connected();
  client->socket->events.on_close({1006, "reset"});
  ASSERT_EQ(calls(), 2u);
  EXPECT_EQ(guest().function->name.name, "handle-websocket-disconnect");
}

TEST_F(HttpSocketsTest, ClosesWithACode) {
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

TEST_F(HttpSocketsTest, ClosesAClientThatDoesNotRead) {
  uint64_t made = with_sockets();
  auto [client, connection] = connected();
  client->is_full = true;
  EXPECT_TRUE(send(made, connection, {SocketText{}, std::nullopt, "x"}));
  commit();
  EXPECT_EQ(client->close->code, 1013);
}

TEST_F(HttpSocketsTest, BoundsWhatWaitsForTheRecord) {
  uint64_t made = with_sockets();
  auto [client, connection] = connected();
  for (size_t at = 0; at < SocketLink::kUnsentMax; ++at)
    ASSERT_TRUE(send(made, connection, {SocketText{}, std::nullopt, "x"}));
  EXPECT_THAT(send(made, connection, {SocketText{}, std::nullopt, "x"}).error(), HasSubstr("full"));
  commit();
  EXPECT_TRUE(send(made, connection, {SocketText{}, std::nullopt, "x"}));
}

TEST_F(HttpSocketsTest, LetsAFastClientWait) {
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

TEST_F(HttpSocketsTest, KeepsMessagesInOrderThroughAFullMailbox) {
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

TEST_F(HttpSocketsTest, WritesAnAnswerInPieces) {
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

TEST_F(HttpSocketsTest, TellsAWriterOfRoom) {
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

TEST_F(HttpSocketsTest, TellsAWriterThatTheClientHasGone) {
  running("/a");
  auto client = ports->ask("GET", "/a");
  uint64_t id = *opened();
  returns(ok("x"));
  client->stream.on_event(WriterEvent::kClosed);
  EXPECT_EQ((params<uint64_t, AnswerEvent>()),
            std::tuple(id, AnswerEvent(AnswerGone{"closed: the client has gone"})));
  EXPECT_THAT(write(id, "x").error(), StartsWith("closed: "));
}

TEST_F(HttpSocketsTest, CutsAnAnswerOff) {
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

TEST_F(HttpSocketsTest, BringsServersBackOnTheirPorts) {
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

TEST_F(HttpSocketsTest, TellsOfConnectionsAndAnswersThatDoNotComeBack) {
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

TEST_F(HttpSocketsTest, ClosesSocketsWithTheInstance) {
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

// What waits in the mailbox outlives the instance, and the record says that the socket was open.
TEST_F(HttpSocketsTest, TheNextInstanceAloneHearsOfAnEndThatWaits) {
  for (bool is_destroyed : {false, true}) {
    SCOPED_TRACE(is_destroyed);
    uint64_t made = with_sockets();
    auto [client, connection] = connected();
    if (is_destroyed) {
      EXPECT_TRUE(wait<Done>("destroy-server", made));
    }
    client->socket->events.on_close({1001, ""});
    ASSERT_EQ(guest().function->name.name, "handle-websocket-disconnect");
    Withdrawn waits = guest().watch.withdrawn;
    EXPECT_FALSE(waits->load());
    end_session();
    EXPECT_TRUE(waits->load());
  }
}

TEST_F(HttpSocketsTest, AnEndThatTheGuestHasHeardOfIsOver) {
  uint64_t made = with_sockets();
  auto [client, connection] = connected();
  client->socket->events.on_close({1006, ""});
  ASSERT_EQ(guest().function->name.name, "handle-websocket-disconnect");
  Withdrawn waits = guest().watch.withdrawn;
  EXPECT_EQ(send(made, connection, {SocketText{}, std::nullopt, "x"}).error(),
            fmt::format("WebSocket connection not found: {}", connection));
  returns_nothing();
  end_session();
  EXPECT_FALSE(waits->load());
}

TEST_F(HttpSocketsTest, TriesAPortThatIsTakenAgain) {
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

TEST_F(HttpSocketsTest, LeavesOutWhatAGrantNoLongerAllows) {
  HeldFramework held = held_framework(8080);
  held.servers[0].asked_port = 8080;
  session().restore(wit::encode(held));
  EXPECT_EQ(call<Info>("get-server-info", uint64_t{1}).error(), "Server not found: 1");
  end_session();
  grant("http-framework:ports=8080;routes=/other");
  session().restore(wit::encode(held));
  EXPECT_EQ(call<Info>("get-server-info", uint64_t{1})->routes_count, 0u);
}

}  // namespace theater::http_framework_sockets_test
