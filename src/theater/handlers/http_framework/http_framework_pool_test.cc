// Actors of one pool, which serve the same port together.
#include "theater/handlers/http_framework/testing/framework_fixture.h"

namespace theater::http_framework_pool_test {

// Two actors: `actor`, and another one, which calls() and guest() do not mean.
struct HttpPoolTest : testing::HttpFrameworkFixture {
  HttpPoolTest() {
    grant("http-framework:ports=0,8080");
    other.id_value = *ActorId::parse("fedcba9876543210fedcba9876543210");
    pool = actor.id();
    (void)session();
    waiting = make_session(other);
  }
  ~HttpPoolTest() override {
    end_session();
    waiting.reset();
  }

  // Calls are those of the other actor from here on, or of the first one again.
  void change_places() { waiting = exchange_session(std::move(waiting)); }

  // A server with a route, which starts.
  uint64_t begun(uint16_t port, std::shared_ptr<Reply>& reply) {
    uint64_t made = server(port);
    must_add(made, "/a", "GET", handler());
    reply = begin<Port>("start-server", made);
    return made;
  }
  void both_run(uint16_t port = 8080) {
    std::shared_ptr<Reply> reply;
    first = begun(port, reply);
    scheduler.run_now();
    EXPECT_TRUE(answer_of<Port>(*reply));
    change_places();
    second = begun(port, reply);
    scheduler.run_now();
    EXPECT_EQ(*answer_of<Port>(*reply), ports->all[0]->number);
    change_places();
  }
  // Asks once by each of so many connections.
  void ask(int connections) {
    for (int number = 1; number <= connections; ++number)
      (void)ports->ask(request_of(static_cast<uint64_t>(number)));
  }
  HttpRequest request_of(uint64_t connection, const char* path = "/a") const {
    HttpRequest request;
    request.method = "GET";
    request.target = path;
    request.headers.add("Host", "localhost:" + std::to_string(ports->all.back()->number));
    request.peer = {"127.0.0.1", 40'000};
    request.connection = ConnectionId{connection};
    return request;
  }
  size_t calls_of_other() const { return other.calls->made.size(); }

  testing::FakeActor other;
  std::unique_ptr<Session> waiting;
  uint64_t first = 0;
  uint64_t second = 0;
};

TEST_F(HttpPoolTest, TakesConnectionsInTurn) {
  both_run();
  EXPECT_EQ(ports->all.size(), 1u) << "one socket listens";
  ask(6);
  EXPECT_EQ(calls(), 3u);
  EXPECT_EQ(calls_of_other(), 3u);
  for (int again = 0; again < 4; ++again)
    (void)ports->ask(request_of(6));
  EXPECT_TRUE(calls() == 7 || calls_of_other() == 7) << "a connection stays with its actor";
}

TEST_F(HttpPoolTest, SharesAPortThatTheSystemChose) {
  both_run(0);
  EXPECT_EQ(ports->all.size(), 1u);
  std::shared_ptr<Reply> reply;
  (void)begun(0, reply);
  scheduler.run_now();
  EXPECT_EQ(ports->all.size(), 2u) << "a second server of one actor has a port of its own";
}

TEST_F(HttpPoolTest, ActorsOutsideOfAPoolShareNothing) {
  pool.reset();
  waiting = make_session(other);
  std::shared_ptr<Reply> reply;
  (void)begun(8080, reply);
  scheduler.run_now();
  change_places();
  ports->failure = "in use";
  (void)begun(8080, reply);
  scheduler.run_now();
  EXPECT_EQ(answer_of<Port>(*reply).error(), "Failed to start server: in use");
}

TEST_F(HttpPoolTest, ThePortStaysUntilTheLastLeaves) {
  both_run();
  EXPECT_TRUE(wait<Done>("destroy-server", first));
  EXPECT_TRUE(ports->all[0]->is_open);
  ask(4);
  EXPECT_EQ(calls(), 0u);
  EXPECT_EQ(calls_of_other(), 4u);
  change_places();
  EXPECT_TRUE(wait<Done>("stop-server", second));
  EXPECT_FALSE(ports->all[0]->is_open);
}

TEST_F(HttpPoolTest, OthersServeWhileOneRestarts) {
  both_run();
  HeldFramework held = held_framework(8080);
  held.servers[0].asked_port = 8080;
  end_session();
  ask(4);
  EXPECT_EQ(calls_of_other(), 4u) << "none is refused";
  session().restore(wit::encode(held));
  EXPECT_EQ(ports->all.size(), 1u);
  ask(4);
  EXPECT_EQ(calls(), 2u);
  EXPECT_EQ(calls_of_other(), 6u);
  end_session();
  waiting.reset();
  EXPECT_TRUE(ports->all[0]->is_open) << "the port is held for both";
  EXPECT_EQ(ports->ask(request_of(1))->status(), 503);
}

TEST_F(HttpPoolTest, AnActorThatEndsLeavesThePortToTheOthers) {
  both_run();
  end_session();
  handler_value().actor_ended(actor.id(), manifest, jobs);
  EXPECT_TRUE(ports->all[0]->is_open);
  ask(2);
  EXPECT_EQ(calls_of_other(), 2u);
  waiting.reset();
  handler_value().actor_ended(other.id(), manifest, jobs);
  EXPECT_FALSE(ports->all[0]->is_open);
}

TEST_F(HttpPoolTest, JoinsAPortThatIsBeingOpened) {
  std::shared_ptr<Reply> one;
  std::shared_ptr<Reply> two;
  (void)begun(8080, one);
  change_places();
  (void)begun(8080, two);
  EXPECT_FALSE(one->got || two->got);
  scheduler.run_now();
  EXPECT_EQ(*answer_of<Port>(*one), 8080);
  EXPECT_EQ(*answer_of<Port>(*two), 8080);
  EXPECT_EQ(ports->all.size(), 1u);
}

TEST_F(HttpPoolTest, AllLearnThatThePortDoesNotOpen) {
  ports->failure = "in use";
  std::shared_ptr<Reply> one;
  std::shared_ptr<Reply> two;
  uint64_t made = begun(8080, one);
  change_places();
  (void)begun(8080, two);
  scheduler.run_now();
  EXPECT_EQ(answer_of<Port>(*one).error(), "Failed to start server: in use");
  EXPECT_EQ(answer_of<Port>(*two).error(), "Failed to start server: in use");
  ports->failure.reset();
  change_places();
  EXPECT_EQ(*wait<Port>("start-server", made), 8080) << "and may try again";
}

TEST_F(HttpPoolTest, TriesAPortThatIsTakenAgainForAll) {
  HeldFramework held = held_framework(8080);
  held.servers[0].asked_port = 8080;
  ports->failure = "in use";
  session().restore(wit::encode(held));
  change_places();
  session().restore(wit::encode(held));
  scheduler.run_now();
  // The one that opens it goes; the other still wants it.
  waiting.reset();
  ports->failure.reset();
  clock_passes();
  EXPECT_TRUE(call<Info>("get-server-info", uint64_t{1})->running);
  EXPECT_EQ(ports->all.size(), 1u);
}

TEST_F(HttpPoolTest, AnotherServerOfThePlaceFailsAtOnceWhileItIsTriedAgain) {
  HeldFramework held = held_framework(8080);
  held.servers[0].asked_port = 8080;
  ports->failure = "in use";
  session().restore(wit::encode(held));
  scheduler.run_now();
  change_places();
  std::shared_ptr<Reply> reply;
  (void)begun(8080, reply);
  scheduler.run_now();
  EXPECT_EQ(answer_of<Port>(*reply).error(), "Failed to start server: in use");
}

TEST_F(HttpPoolTest, SocketsEndWithTheServerOfTheirActorAlone) {
  std::shared_ptr<Reply> reply;
  uint64_t made = with_sockets_at(8080);
  change_places();
  (void)begun(8080, reply);
  change_places();
  HttpRequest open = request_of(2, "/ws");
  open.headers.add("Connection", "Upgrade");
  open.headers.add("Upgrade", "websocket");
  HttpRequest late = open;
  auto client = ports->ask(std::move(open));
  returns_nothing();
  ASSERT_TRUE(client->socket);
  auto deciding = ports->ask(std::move(late));
  EXPECT_TRUE(wait<Done>("stop-server", made));
  EXPECT_TRUE(ports->all[0]->is_open);
  EXPECT_EQ(client->close->code, 1001);
  returns_nothing();
  EXPECT_EQ(deciding->close->code, 1001) << "one that the guest takes only then ends too";
  client->socket->events.on_close({1001, ""});
  EXPECT_EQ(guest().function->name.name, "handle-websocket-disconnect");
}

}  // namespace theater::http_framework_pool_test
