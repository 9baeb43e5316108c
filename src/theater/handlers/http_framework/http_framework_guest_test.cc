// HTTP servers behind the wall: what is recorded of requests, messages and pieces, in whatever order
// workers, clients and jobs come.
#include "theater/actor/testing/actor_harness.h"
#include "theater/base/testing/must.h"
#include "theater/handlers/http_framework/http_framework_handler.h"
#include "theater/handlers/http_framework/testing/fake_ports.h"
#include "theater/manifest/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::http_framework_guest_test {

using namespace testing;
using ::testing::HasSubstr;
using Number = tl::expected<uint64_t, std::string>;
using Port = tl::expected<uint16_t, std::string>;
using Done = tl::expected<void, std::string>;

constexpr const char* kFramework = "theater:simple/http-framework";
constexpr const char* kAnswers = "theater:http-stream/server";
constexpr uint64_t kSeeds = 60;

HandlerSet with_ports(const std::shared_ptr<FakePorts>& ports) {
  HandlerSet all;
  all.push_back(std::make_unique<HttpFrameworkHandler>(ports));
  return all;
}

// A server with GET /a and WebSockets on /ws, that runs.
void serve(Play& play) {
  auto server = play.call<Number>(kFramework, "create-server", ServerConfig());
  auto handler = play.call<Number>(kFramework, "register-handler", std::string("h"));
  play.call<Number>(kFramework, "add-route", *server, std::string("/a"), std::string("GET"),
                    *handler);
  std::optional<uint64_t> by = *handler;
  play.call<Done>(kFramework, "enable-websocket", *server, std::string("/ws"), by, *handler, by);
  play.call_waiting<Port>(
      kFramework, "start-server",
      [](Play& then, const Port& port) {
        EXPECT_TRUE(port) << port.error();
        then.finish(then.state());
      },
      *server);
}

struct Site {
  explicit Site(uint64_t seed) : scheduler(seed), harness(scheduler, with_ports(ports)) {}
  ~Site() {
    for (auto& listening : ports->all)
      listening->options = {};
  }

  ActorId add(const ScriptedComponent& component) {
    ActorHarness::Options options;
    options.permissions = must(parse_grant("http-framework", "/"));
    return harness.add(component, std::move(options));
  }
  ScriptedComponent component(const Script& on_request) {
    ScriptedComponent made = harness.component(serve);
    const FrameworkExports& functions = framework_exports();
    made.exports(functions.request, on_request);
    made.exports(functions.connect, keep);
    made.exports(functions.message, [](Play& play) {
      auto [handler, connection, message] = play.params<uint64_t, uint64_t, SocketMessage>();
      play.finish(play.state(), std::vector<SocketMessage>{message});
    });
    made.exports(functions.disconnect, keep);
    made.exports(functions.answer, keep);
    return made;
  }
  Bytes held(const ActorId& id) {
    for (const auto& [name, part] : harness.cell(id)->holdings().held().value) {
      if (name == "http-framework") return to_bytes(log::inline_bytes(part)->view());
    }
    return {};
  }

  std::shared_ptr<FakePorts> ports = std::make_shared<FakePorts>();
  SeededScheduler scheduler;
  ActorHarness harness;
};

HttpHeaders upgrade() {
  return FakePorts::upgrade();
}

TEST(HttpFrameworkGuest, ARequestIsACallAndItsAnswerFollowsTheReturn) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Site site(seed);
    ActorId id = site.add(site.component([](Play& play) {
      auto [handler, request] = play.params<uint64_t, GuestRequest>();
      play.finish(play.state(), GuestAnswer{200, {}, to_bytes(request.uri)});
    }));
    site.scheduler.run();
    EXPECT_EQ(site.harness.outline(id), "genesis instance call host host host host host returned");
    std::vector<std::shared_ptr<FakeClient>> clients;
    for (int at = 0; at < 5; ++at)
      clients.push_back(site.ports->ask("GET", "/a?" + std::to_string(at)));
    auto gone = site.ports->ask("GET", "/a?gone");
    gone->has_gone->store(true);
    site.scheduler.run();
    for (int at = 0; at < 5; ++at)
      EXPECT_EQ(clients[static_cast<size_t>(at)]->text(), "/a?" + std::to_string(at));
    EXPECT_EQ(site.harness.outline(id),
              "genesis instance call host host host host host returned call returned call returned "
              "call returned call returned call returned")
        << "the call of a client that has gone never began";
    Story story = site.harness.story(id);
    const auto& call = std::get<log::Call>(story.at(9).body);
    EXPECT_TRUE(std::holds_alternative<log::FromHandler>(call.from));
    EXPECT_EQ(site.harness.check_chains(), std::nullopt);
  }
}

TEST(HttpFrameworkGuest, AKillAnswersEachClientOnce) {
  for (uint64_t seed = 1; seed <= 5 * kSeeds; ++seed) {
    SeededRandom dice(seed);
    Site site(seed);
    ActorId id = site.add(site.component([](Play& play) {
      play.yield([](Play& then) { then.finish(then.state(), GuestAnswer{200, {}, {}}); });
    }));
    site.scheduler.run();
    std::vector<std::shared_ptr<FakeClient>> clients;
    for (uint64_t left = dice.below(8) + 1; left > 0; --left) {
      clients.push_back(dice.below(2) == 0 ? site.ports->ask("GET", "/a")
                                           : site.ports->ask("GET", "/ws", upgrade()));
      site.scheduler.run(dice.below(4));
    }
    for (auto& client : clients) {
      if (client->socket && dice.below(2) == 0)
        client->socket->events.on_message(MessageKind::kText, to_bytes("x"));
    }
    site.harness.kill(id);
    site.scheduler.run();
    for (auto& client : clients) {
      ASSERT_TRUE(client->answer) << seed;
      if (client->status() == 101) {
        EXPECT_TRUE(client->close) << seed;
      }
    }
    EXPECT_FALSE(site.ports->all[0]->is_open) << "the port ends with the actor";
    EXPECT_EQ(site.harness.check_chains(), std::nullopt) << seed;
  }
}

// What an actor holds follows from its record alone, whatever its clients do.
TEST(HttpFrameworkGuest, TheRecordHasTheOpenConnections) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SeededRandom dice(seed);
    Site site(seed);
    size_t refused = 0;
    ScriptedComponent component = site.component(keep);
    component.exports(framework_exports().connect, [&](Play& play) {
      if (dice.below(3) != 0) return play.finish(play.state());
      ++refused;
      play.fail("no");
    });
    ActorId id = site.add(component);
    site.scheduler.run();
    std::vector<std::shared_ptr<FakeClient>> clients;
    size_t closed = 0;
    for (int at = 0; at < 20; ++at) {
      clients.push_back(site.ports->ask("GET", "/ws", upgrade()));
      site.scheduler.run(dice.below(10));
      auto& client = clients[dice.below(clients.size())];
      if (client->status() != 101 || client->close || dice.below(2) != 0) continue;
      client->close = WebSocketClose{};
      ++closed;
      client->socket->events.on_close({1006, "gone"});
    }
    site.scheduler.run();
    HeldFramework held = must(HeldFramework::parse(site.held(id)));
    EXPECT_EQ(held.connections.size(), clients.size() - refused - closed) << seed;
    EXPECT_EQ(site.harness.check_chains(), std::nullopt);
  }
}

TEST(HttpFrameworkGuest, PiecesAreOnRecordAndTheAnswerHeld) {
  Site site(1);
  uint64_t number = 0;
  ActorId id = site.add(site.component([&](Play& play) {
    number = *play.call<Number>(kAnswers, "open");
    EXPECT_EQ(
        (play.call<tl::expected<bool, std::string>>(kAnswers, "write", number, to_bytes("piece"))),
        true);
    play.finish(play.state(), GuestAnswer{200, {}, to_bytes("head ")});
  }));
  site.scheduler.run();
  auto client = site.ports->ask("GET", "/a");
  site.scheduler.run();
  EXPECT_EQ(client->body, "head piece");
  Story story = site.harness.story(id);
  EXPECT_EQ(number, 10u) << "the position of its `host`";
  EXPECT_TRUE(std::holds_alternative<log::Host>(story.at(10).body));
  EXPECT_EQ(must(HeldFramework::parse(site.held(id))).answers, std::vector<uint64_t>{10});
  client->stream.on_event(WriterEvent::kClosed);
  site.scheduler.run();
  EXPECT_TRUE(must(HeldFramework::parse(site.held(id))).answers.empty());
  EXPECT_EQ(site.harness.check_chains(), std::nullopt);
}

TEST(HttpFrameworkGuest, WithoutAGrantEverythingIsRefusedOnRecord) {
  Site site(1);
  ActorId id = site.harness.add(site.harness.component([](Play& play) {
    auto made = play.call<Number>(kFramework, "create-server", ServerConfig{8080, {}, {}});
    EXPECT_THAT(made.error(), HasSubstr("Permission denied: http-framework:ports=8080"));
    play.finish(play.state());
  }),
                                [] {
                                  ActorHarness::Options options;
                                  options.permissions = must(parse_grant("http-framework", "/"));
                                  return options;
                                }());
  site.scheduler.run();
  EXPECT_EQ(site.harness.outline(id), "genesis instance call refused returned");
}

TEST(HttpFrameworkGuest, AForeignNumberIsAnUnknownOne) {
  Site site(1);
  ActorId owner = site.add(site.component(keep));
  site.scheduler.run();
  std::vector<std::string> heard;
  ScriptedComponent stranger = site.harness.component([&](Play& play) {
    for (uint64_t number : {uint64_t{1}, uint64_t{99}}) {
      auto info =
          play.call<tl::expected<ServerInfo, std::string>>(kFramework, "get-server-info", number);
      heard.push_back(info ? "found" : info.error());
      auto route = play.call<Number>(kFramework, "add-route", number, std::string("/b"),
                                     std::string("GET"), uint64_t{1});
      heard.push_back(route ? "added" : route.error());
      auto removed = play.call<Done>(kFramework, "remove-route", number);
      heard.push_back(removed ? "removed" : removed.error());
    }
    play.finish(play.state());
  });
  site.add(stranger);
  site.scheduler.run();
  EXPECT_EQ(heard, (std::vector<std::string>{"Server not found: 1", "Server not found: 1",
                                             "Route not found: 1", "Server not found: 99",
                                             "Server not found: 99", "Route not found: 99"}));
  EXPECT_EQ(site.harness.check_chains(), std::nullopt);
  (void)owner;
}

}  // namespace theater::http_framework_guest_test
