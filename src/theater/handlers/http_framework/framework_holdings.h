// The servers of an actor as its record has them: with their routes, middleware and WebSockets, and
// the connections and answers that end with the instance.
#pragma once

#include "theater/actor/handler/holdings.h"
#include "theater/handlers/http_framework/framework_values.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace theater {

struct HeldRoute {
  uint64_t number = 0;
  std::string path;
  std::string method;
  uint64_t handler = 0;

  bool operator==(const HeldRoute&) const = default;
};
BOOST_DESCRIBE_STRUCT(HeldRoute, (), (number, path, method, handler))

struct HeldMiddleware {
  uint64_t number = 0;
  std::string path;
  uint64_t handler = 0;

  bool operator==(const HeldMiddleware&) const = default;
};
BOOST_DESCRIBE_STRUCT(HeldMiddleware, (), (number, path, handler))

struct HeldWebSocket {
  std::string path;
  std::optional<uint64_t> connect;
  uint64_t message = 0;
  std::optional<uint64_t> disconnect;

  bool operator==(const HeldWebSocket&) const = default;
};
BOOST_DESCRIBE_STRUCT(HeldWebSocket, (), (path, connect, message, disconnect))

struct HeldServer {
  uint64_t number = 0;
  std::string host;
  uint16_t asked_port = 0;
  std::optional<uint16_t> port;
  std::optional<std::string> key_pair;
  std::vector<HeldRoute> routes;
  std::vector<HeldMiddleware> middleware;
  std::vector<HeldWebSocket> web_sockets;

  bool operator==(const HeldServer&) const = default;
};
BOOST_DESCRIBE_STRUCT(HeldServer, (),
                      (number, host, asked_port, port, key_pair, routes, middleware, web_sockets))

// The type `framework` of wit/log/log.wit, interface `held`. Value type.
struct HeldFramework {
  uint64_t last_server = 0;
  uint64_t last_handler = 0;
  uint64_t last_route = 0;
  uint64_t last_middleware = 0;
  std::vector<HeldServer> servers;
  std::vector<std::tuple<uint64_t, uint64_t>> connections;
  std::vector<uint64_t> answers;

  // Fails with kInvalidArgument for bytes of another type, and for numbers that are not in order.
  static Result<HeldFramework> parse(ByteView bytes);

  HeldServer* find_server(uint64_t number);

  bool operator==(const HeldFramework&) const = default;
};
BOOST_DESCRIBE_STRUCT(HeldFramework, (),
                      (last_server, last_handler, last_route, last_middleware, servers, connections,
                       answers))

class FrameworkHoldings final : public Holdings {
 public:
  Result<void> begin(ByteView held) override;
  void take(std::string_view function, ByteView arguments, ByteView result) override;
  void take_callback(std::string_view function, ByteView params) override;
  void callback_failed(std::string_view function) override;
  std::optional<Bytes> held() const override;

 private:
  // The handler that hears of the end of a connection which this handler has got something of.
  std::optional<uint64_t> disconnect_handler(uint64_t handler,
                                             const std::optional<std::string>& path) const;
  void add_connection(uint64_t number, std::optional<uint64_t> disconnect);
  void remove_connection(uint64_t number);

  HeldFramework all_;
  uint64_t connecting_ = 0;  // The connection of the call that was taken last.
};

}  // namespace theater
