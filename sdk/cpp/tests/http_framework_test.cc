#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <theater/http_framework.hpp>
#include <theater/testing.hpp>

namespace theater {
namespace {

using ::testing::ElementsAre;
using testing::Host;
using ::testing::IsEmpty;
using testing::TestActor;

// Uses every function and callback of the interface, without a router.
struct Porter {
  uint64_t server = 0;
  uint64_t handler = 0;
  std::vector<std::string> heard;
  THEATER_FIELDS(server, handler, heard)

  Status init(std::string_view) {
    server = THEATER_TRY(http_framework::create_server({.port = 8080}));
    handler = THEATER_TRY(http_framework::register_handler("all"));
    THEATER_TRY(http_framework::add_route(server, "/", "GET", handler));
    THEATER_TRY(http_framework::add_route(server, "/files/{*rest}", "GET", handler));
    THEATER_TRY(http_framework::add_middleware(server, "/files", handler));
    THEATER_TRY_VOID(http_framework::enable_websocket(server, "/live", handler, handler, handler));
    THEATER_TRY(http_framework::start_server(server));
    return {};
  }

  Result<http::Response> handle_http_request(uint64_t id, const http::Request& request) {
    if (request.uri == "/files/bad") return fail("no such thing");
    heard.push_back(std::to_string(id) + " " + request.method + " " + request.uri);
    auto rest = http::find_header(request.headers, "x-route-param-rest");
    return http::Response{.status = 200, .body = std::string(rest.value_or("root"))};
  }

  Result<bool> handle_middleware(uint64_t, http::Request& request) {
    if (request.uri.ends_with("/secret")) return false;
    request.headers.push_back({"Seen", "yes"});
    heard.push_back("passed " + request.uri);
    return true;
  }

  Status handle_websocket_connect(uint64_t, uint64_t connection, std::string_view path,
                                  std::optional<std::string_view> subprotocol) {
    if (subprotocol == "none") return fail("not with this subprotocol");
    heard.push_back("joined " + std::to_string(connection) + " " + std::string(path));
    return {};
  }

  Result<std::vector<websocket::Message>> handle_websocket_message(
      uint64_t, uint64_t connection, const websocket::Message& message) {
    if (message.content() == "leave") {
      THEATER_TRY_VOID(http_framework::close_websocket(server, connection));
      return std::vector<websocket::Message>();
    }
    THEATER_TRY_VOID(
        http_framework::send_websocket_message(server, connection, websocket::binary("first")));
    return std::vector{message, websocket::text("last")};
  }

  Status handle_websocket_disconnect(uint64_t, uint64_t connection) {
    heard.push_back("left " + std::to_string(connection));
    return {};
  }
};
THEATER_ACTOR(Porter)
THEATER_HTTP_HANDLERS(Porter)

struct SilentServer {
  Status init(std::string_view) {
    uint64_t server = THEATER_TRY(http_framework::create_server());
    uint64_t handler = THEATER_TRY(http_framework::register_handler("all"));
    THEATER_TRY(http_framework::add_route(server, "/", "GET", handler));
    THEATER_TRY_VOID(
        http_framework::enable_websocket(server, "/live", handler, handler, std::nullopt));
    THEATER_TRY(http_framework::start_server(server));
    return {};
  }
};
THEATER_ACTOR(SilentServer)
THEATER_HTTP_HANDLERS(SilentServer)

class HttpFrameworkTest : public ::testing::Test {
 protected:
  HttpFrameworkTest() { host_ = {}; }
  Host& host_ = Host::current();
  TestActor<Porter> actor_;
};

TEST_F(HttpFrameworkTest, RequestsReachTheirHandler) {
  EXPECT_EQ(actor_.http_get("/").error(), "this actor runs no server");
  ASSERT_TRUE(actor_.init());
  EXPECT_EQ(actor_.http_get("/")->body, "root");
  EXPECT_EQ(actor_.http_get("/files/a/b?c=d")->body, "a/b");
  EXPECT_EQ(actor_.http_get("/files/")->status, 404);
  EXPECT_EQ(actor_.http_get("/other")->status, 404);
  EXPECT_EQ(actor_.http_post("/", "x")->status, 405);
  EXPECT_THAT(actor_.actor()->heard, ElementsAre("2 GET /", "passed /files/a/b?c=d",
                                                 "2 GET /files/a/b?c=d", "passed /files/"));
  EXPECT_EQ(actor_.http_get("/filesystem")->status, 404);
  EXPECT_EQ(actor_.actor()->heard.size(), 4u);
}

TEST_F(HttpFrameworkTest, AMiddlewareEndsARequest) {
  ASSERT_TRUE(actor_.init());
  EXPECT_EQ(actor_.http_get("/files/secret")->status, 403);
  EXPECT_THAT(actor_.actor()->heard, IsEmpty());
}

TEST_F(HttpFrameworkTest, AnErrorOfACallbackLeavesTheState) {
  ASSERT_TRUE(actor_.init());
  EXPECT_EQ(actor_.http_get("/files/bad").error(), "no such thing");
  // The middleware was a call of its own.
  EXPECT_THAT(actor_.actor()->heard, ElementsAre("passed /files/bad"));
}

TEST_F(HttpFrameworkTest, WebSocketsAreOpenedAndAnsweredAndClosed) {
  ASSERT_TRUE(actor_.init());
  EXPECT_EQ(actor_.websocket_open("/other").error(), "no WebSocket at /other");
  EXPECT_EQ(actor_.websocket_open("/live", "none").error(), "not with this subprotocol");
  uint64_t id = actor_.websocket_open("/live", "chat").value();
  ASSERT_TRUE(actor_.websocket_message(id, websocket::text("hello")));
  EXPECT_THAT(
      host_.websockets.at(id).sent,
      ElementsAre(websocket::binary("first"), websocket::text("hello"), websocket::text("last")));
  EXPECT_TRUE(actor_.websocket_close(id));
  EXPECT_FALSE(actor_.websocket_message(id, websocket::text("late")));
  EXPECT_FALSE(actor_.websocket_close(id));
  uint64_t other = actor_.websocket_open("/live").value();
  EXPECT_TRUE(actor_.websocket_message(other, websocket::text("leave")));
  EXPECT_THAT(host_.closed_websockets, ElementsAre(other));
  EXPECT_THAT(actor_.actor()->heard, ElementsAre("joined 2 /live", "left 2", "joined 3 /live"));
}

TEST_F(HttpFrameworkTest, AnUnknownIdIsAnError) {
  ASSERT_TRUE(actor_.init());
  EXPECT_EQ(http_framework::get_server_info(7).error(), "Server not found: 7");
  EXPECT_EQ(http_framework::start_server(7).error(), "Server not found: 7");
  EXPECT_EQ(http_framework::start_server(1).error(),
            "Failed to start server: Server is already running");
  EXPECT_EQ(http_framework::add_route(1, "a", "GET", 2).error(), "Path must start with /");
  EXPECT_EQ(http_framework::add_route(1, "/a", "GET", 9).error(), "Handler not found: 9");
  EXPECT_EQ(http_framework::add_middleware(1, "/a", 9).error(), "Handler not found: 9");
  EXPECT_EQ(http_framework::enable_websocket(1, "/a", 2, 9, std::nullopt).error(),
            "Handler not found: 9");
  EXPECT_EQ(http_framework::register_handler("").error(), "Handler name cannot be empty");
  EXPECT_EQ(http_framework::remove_route(9).error(), "Route not found: 9");
  EXPECT_EQ(http_framework::remove_middleware(9).error(), "Middleware not found: 9");
  EXPECT_EQ(http_framework::send_websocket_message(1, 9, websocket::close()).error(),
            "WebSocket connection not found: 9");
  EXPECT_EQ(http_framework::close_websocket(1, 9).error(), "WebSocket connection not found: 9");
  host_.on_create_server = [](const http::ServerConfig& config) -> Status {
    return fail("Permission denied: http-framework:ports=" + std::to_string(config.port));
  };
  EXPECT_EQ(http_framework::create_server({.port = 80}).error(),
            "Permission denied: http-framework:ports=80");
}

TEST_F(HttpFrameworkTest, AServerIsStoppedAndDestroyed) {
  ASSERT_TRUE(actor_.init());
  EXPECT_EQ(http_framework::get_server_info(1), (http::ServerInfo{.id = 1,
                                                                  .port = 8080,
                                                                  .host = "127.0.0.1",
                                                                  .is_running = true,
                                                                  .routes = 2,
                                                                  .middlewares = 1,
                                                                  .has_websockets = true}));
  ASSERT_TRUE(actor_.websocket_open("/live"));
  EXPECT_TRUE(http_framework::remove_route(3));
  EXPECT_TRUE(http_framework::remove_middleware(5));
  EXPECT_TRUE(http_framework::stop_server(1));
  EXPECT_THAT(host_.websockets, IsEmpty());
  EXPECT_FALSE(http_framework::stop_server(1));
  EXPECT_FALSE(actor_.http_get("/"));
  EXPECT_EQ(http_framework::start_server(1), 8080);
  EXPECT_EQ(actor_.http_get("/")->status, 404);
  EXPECT_TRUE(http_framework::destroy_server(1));
  EXPECT_EQ(http_framework::destroy_server(1).error(), "Server not found: 1");
}

TEST_F(HttpFrameworkTest, CallbacksThatAreMissingHaveDefaults) {
  TestActor<SilentServer> silent;
  ASSERT_TRUE(silent.init());
  EXPECT_EQ(silent.http_get("/").error(), "this actor answers no HTTP requests");
  uint64_t id = silent.websocket_open("/live").value();
  EXPECT_TRUE(silent.websocket_message(id, websocket::text("x")));
  EXPECT_THAT(host_.websockets.at(id).sent, IsEmpty());
  EXPECT_TRUE(silent.websocket_close(id));
}

}  // namespace
}  // namespace theater
