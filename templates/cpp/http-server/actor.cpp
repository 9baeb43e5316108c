// Serves HTTP: a greeting at `/`, and `/health`.
#include <theater/http_router.hpp>

#include <string>

namespace http = theater::http;
using theater::Result;
using theater::Status;

struct Actor {
  // What is named here is kept between calls.
  uint16_t port = 8080;
  int64_t visitors = 0;
  http::Server server;
  THEATER_FIELDS(port, visitors, server)

  using Codec = theater::JsonCodec;

  static void routes(http::Router<Actor>& router) {
    router.get("/", &Actor::greet);
    router.get("/health", &Actor::health);
  }

  Status init(std::string_view) {
    THEATER_TRY_VOID(server.serve(*this, {.port = port}));
    theater::log("listening on http://127.0.0.1:" + std::to_string(server.port()));
    return {};
  }

  Result<http::Response> greet(const http::Request&) {
    return http::text("hello, visitor " + std::to_string(++visitors) + "\n");
  }

  Result<http::Response> health(const http::Request&) {
    return http::json(theater::json::Value::object({{"status", "ok"}}));
  }
};

THEATER_ACTOR(Actor)
THEATER_HTTP_HANDLERS(Actor)
