#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/http_router.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using testing::Host;
using ::testing::IsEmpty;
using testing::TestActor;
using ::testing::UnorderedElementsAre;

struct Item {
  std::string name;
  int64_t price = 0;
  THEATER_FIELDS(name, price)
};

struct Shop {
  http::Server server;
  std::vector<Item> items;
  std::vector<uint64_t> watchers;
  THEATER_FIELDS(server, items, watchers)

  static void routes(http::Router<Shop>& router) {
    router.get("/items/{id}", &Shop::item);
    router.post("/items", &Shop::add);
    router.put("/items/{id}/names/{name}", &Shop::rename);
    router.del("/items", [](Shop& shop, const http::Request&) {
      shop.items.clear();
      return http::text("cleared");
    });
    router.patch("/stop", &Shop::stop);
    router.get("/files/{*path}", &Shop::file);
    router.middleware("/items", &Shop::check);
    router.websocket("/live", &Shop::joined, &Shop::said, &Shop::left);
    router.websocket("/echo", [](Shop&, uint64_t, const websocket::Message& message) {
      return std::vector{message};
    });
  }

  Status init(std::string_view) { return server.serve(*this, {.port = 8080}); }

  Result<http::Response> item(const http::Request&, size_t id) const {
    if (id >= items.size()) return http::problem(404, "no such item");
    return http::json(items[id]);
  }

  Result<http::Response> add(const http::Request& request) {
    auto read = http::read_json<Item>(request);
    if (!read) return http::problem(400, read.error());
    items.push_back(*read);
    if (read->price < 0) return fail("a price below nothing");
    for (uint64_t watcher : watchers)
      static_cast<void>(server.send_text(watcher, read->name));
    return http::json(201, *read);
  }

  http::Response rename(const http::Request&, uint8_t id, std::string_view name) {
    items.at(id).name = name;
    return http::text("renamed");
  }

  Result<http::Response> stop(const http::Request&) {
    THEATER_TRY_VOID(server.stop());
    return http::text("stopped");
  }

  Result<http::Response> file(const http::Request&, const std::string& path) {
    return http::text(path);
  }

  Result<bool> check(http::Request& request) {
    return http::query_value(request, "key") != "wrong";
  }

  Status joined(uint64_t connection, std::string_view, std::optional<std::string_view> protocol) {
    if (protocol == "old") return fail("too old");
    watchers.push_back(connection);
    return {};
  }

  Result<std::vector<websocket::Message>> said(uint64_t connection,
                                               const websocket::Message& message) {
    if (message.content() == "bye") {
      THEATER_TRY_VOID(server.close(connection));
      return std::vector<websocket::Message>();
    }
    return std::vector{websocket::text("you said " + std::string(message.content()))};
  }

  Status left(uint64_t connection) {
    std::erase(watchers, connection);
    return {};
  }
};
THEATER_ACTOR(Shop)
THEATER_HTTP_HANDLERS(Shop)

// The same shop after an update: without most routes, and with a new one. It serves again when a
// message says so; the test calls that directly.
struct NewShop {
  http::Server server;
  std::vector<Item> items;
  std::vector<uint64_t> watchers;
  THEATER_FIELDS(server, items, watchers)

  static void routes(http::Router<NewShop>& router) {
    router.get("/items/{id}", [](NewShop& shop, const http::Request&, size_t id) {
      return http::text(shop.items.at(id).name);
    });
    router.get("/count", [](NewShop& shop, const http::Request&) {
      return http::text(std::to_string(shop.items.size()));
    });
  }
};

struct Wrong {
  http::Server server;
  THEATER_FIELDS(server)

  static void routes(http::Router<Wrong>& router) {
    router.get("/a/{b}/{c}", [](Wrong&, const http::Request&, int) { return http::text(""); });
  }
  Status init(std::string_view) { return server.serve(*this); }
};

class HttpRouterTest : public ::testing::Test {
 protected:
  HttpRouterTest() { host_ = {}; }
  Host& host_ = Host::current();
  TestActor<Shop> shop_;
};

TEST_F(HttpRouterTest, AFunctionTakesTheParametersOfItsPath) {
  ASSERT_TRUE(shop_.init());
  EXPECT_EQ(shop_.http_post("/items", R"({"name":"nail","price":3})")->status, 201);
  EXPECT_EQ(shop_.http_get("/items/0")->body, R"({"name":"nail","price":3})");
  EXPECT_EQ(shop_.http_get("/items/1")->status, 404);
  http::Response renamed = shop_.http({.method = "PUT", .uri = "/items/0/names/screw"}).value();
  EXPECT_EQ(renamed.body, "renamed");
  EXPECT_EQ(shop_.actor()->items[0].name, "screw");
  EXPECT_EQ(shop_.http_get("/files/a/b")->body, "a/b");
  EXPECT_EQ(shop_.http({.method = "DELETE", .uri = "/items"})->body, "cleared");
  EXPECT_THAT(shop_.actor()->items, IsEmpty());
}

TEST_F(HttpRouterTest, AValueThatDoesNotFitIsNotFound) {
  ASSERT_TRUE(shop_.init());
  for (std::string_view id : {"x", "-1", "1x", "99999999999999999999", " 1"}) {
    http::Response response = shop_.http_get("/items/" + std::string(id)).value();
    EXPECT_EQ(response.status, 404) << id;
    EXPECT_EQ(http::find_header(response.headers, "content-type"), "application/problem+json");
  }
  EXPECT_EQ(shop_.http({.method = "PUT", .uri = "/items/256/names/x"})->status, 404);
}

TEST_F(HttpRouterTest, ABadBodyIsAProblemAndAnErrorLeavesTheState) {
  ASSERT_TRUE(shop_.init());
  http::Response response = shop_.http_post("/items", R"({"price":"3"})").value();
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            R"({"status":400,"detail":"the body: expected an integer that fits in `price`"})");
  EXPECT_EQ(shop_.http_post("/items", "[")->status, 400);
  EXPECT_EQ(shop_.http_post("/items", R"({"price":-1})").error(), "a price below nothing");
  EXPECT_THAT(shop_.actor()->items, IsEmpty());
}

TEST_F(HttpRouterTest, AMiddlewareSeesRequestsFirst) {
  ASSERT_TRUE(shop_.init());
  EXPECT_EQ(shop_.http_get("/items/0?key=wrong")->status, 403);
  EXPECT_EQ(shop_.http_get("/items/0?key=right")->status, 404);
}

TEST_F(HttpRouterTest, WebSocketsAreWatched) {
  ASSERT_TRUE(shop_.init());
  EXPECT_EQ(shop_.websocket_open("/live", "old").error(), "too old");
  uint64_t first = shop_.websocket_open("/live").value();
  uint64_t second = shop_.websocket_open("/live").value();
  ASSERT_TRUE(shop_.http_post("/items", R"({"name":"nail"})"));
  ASSERT_TRUE(shop_.websocket_message(second, websocket::text("hi")));
  EXPECT_THAT(host_.websockets.at(first).sent, ElementsAre(websocket::text("nail")));
  EXPECT_THAT(host_.websockets.at(second).sent,
              ElementsAre(websocket::text("nail"), websocket::text("you said hi")));
  ASSERT_TRUE(shop_.websocket_close(first));
  EXPECT_THAT(shop_.actor()->watchers, ElementsAre(second));
  ASSERT_TRUE(shop_.websocket_message(second, websocket::text("bye")));
  EXPECT_THAT(host_.closed_websockets, ElementsAre(second));
  uint64_t echo = shop_.websocket_open("/echo").value();
  ASSERT_TRUE(shop_.websocket_message(echo, websocket::binary("x")));
  EXPECT_THAT(host_.websockets.at(echo).sent, ElementsAre(websocket::binary("x")));
  EXPECT_TRUE(shop_.websocket_close(echo));
}

TEST_F(HttpRouterTest, AServerIsMadeOnceAndStoppedWhole) {
  ASSERT_TRUE(shop_.init());
  Shop shop = shop_.actor().value();
  EXPECT_EQ(shop.server.port(), 8080);
  EXPECT_EQ(shop.server.info()->routes, 6u);
  ASSERT_TRUE(shop.server.serve(shop));
  EXPECT_EQ(host_.http_servers.size(), 1u);
  EXPECT_EQ(shop.server.info()->routes, 6u);
  EXPECT_EQ(shop_.http({.method = "PATCH", .uri = "/stop"})->body, "stopped");
  EXPECT_FALSE(shop_.actor()->server.is_made());
  EXPECT_THAT(host_.http_servers, IsEmpty());
}

TEST_F(HttpRouterTest, AnUpdatedActorServesItsPresentRoutes) {
  ASSERT_TRUE(shop_.init());
  ASSERT_TRUE(shop_.http_post("/items", R"({"name":"nail"})"));
  NewShop shop{.server = shop_.actor()->server, .items = shop_.actor()->items, .watchers = {}};
  uint64_t item = host_.http_servers.begin()->second.routes.begin()->second.handler;
  uint64_t gone = (++host_.http_servers.begin()->second.routes.begin())->second.handler;
  http::Request request{.uri = "/items/0", .headers = {{"X-Route-Param-id", "0"}}};
  EXPECT_EQ(http::Router<NewShop>::answer(shop, item, request)->body, "nail");
  EXPECT_EQ(http::Router<NewShop>::answer(shop, gone, request)->status, 404);
  EXPECT_FALSE(http::Router<NewShop>::connect(shop, gone, 1, "/live", std::nullopt));
  ASSERT_TRUE(shop.server.serve(shop));
  std::vector<std::string> paths;
  for (const auto& [id, route] : host_.http_servers.begin()->second.routes)
    paths.push_back(route.path);
  EXPECT_THAT(paths, UnorderedElementsAre("/items/{id}", "/count"));
  EXPECT_EQ(shop.server.info()->middlewares, 0u);
}

TEST_F(HttpRouterTest, AServerThatTheNodeForgotIsMadeAgain) {
  ASSERT_TRUE(shop_.init());
  Shop shop = shop_.actor().value();
  host_ = {};
  ASSERT_TRUE(shop.server.serve(shop, {.port = 9000}));
  EXPECT_EQ(shop.server.info()->routes, 6u);
  EXPECT_EQ(shop.server.port(), 9000);
}

TEST_F(HttpRouterTest, AStoppedServerListensAgain) {
  ASSERT_TRUE(shop_.init());
  Shop shop = shop_.actor().value();
  ASSERT_TRUE(http_framework::stop_server(shop.server.id()));
  ASSERT_TRUE(shop.server.serve(shop));
  EXPECT_TRUE(shop.server.info()->is_running);
}

TEST_F(HttpRouterTest, ARouteThatDoesNotFitItsFunctionIsAnErrorWithoutAServer) {
  EXPECT_EQ(TestActor<Wrong>().init().error(),
            "the route GET /a/{b}/{c} has 2 parameters, and its function takes 1");
  EXPECT_THAT(host_.http_servers, IsEmpty());
}

}  // namespace
}  // namespace theater
