// The handler of bench/http_in: 64 bytes at `/`, and `/compute/N`, which computes N rounds first.
#include <theater/http_router.hpp>

#include <string>

namespace http = theater::http;
using theater::Result;
using theater::Status;

struct Hello {
  uint16_t port = 0;
  http::Server server;
  THEATER_FIELDS(port, server)

  using Codec = theater::JsonCodec;

  static void routes(http::Router<Hello>& router) {
    router.get("/", &Hello::hello);
    router.get("/compute/{rounds}", &Hello::compute);
  }

  Status init(std::string_view) { return server.serve(*this, {.port = port}); }

  Result<http::Response> hello(const http::Request&) { return http::text(std::string(64, 'h')); }

  Result<http::Response> compute(const http::Request&, uint64_t rounds) {
    uint64_t value = 88172645463325252;
    for (uint64_t round = 0; round < rounds; ++round) {
      value ^= value << 13;
      value ^= value >> 7;
      value ^= value << 17;
    }
    return http::text(std::to_string(value));
  }
};

THEATER_ACTOR(Hello)
THEATER_HTTP_HANDLERS(Hello)
