// Routes of an HTTP server: each is a function of the actor.
//
//   #include <theater/http_router.hpp>
//
//   struct Shop {
//     http::Server server;   // The field has this name.
//     std::map<std::string, Item> items;
//     THEATER_FIELDS(server, items)
//
//     static void routes(http::Router<Shop>& router) {
//       router.get("/items/{id}", &Shop::item);
//       router.post("/items", &Shop::add);
//       router.middleware("/admin", &Shop::check);
//       router.websocket("/live", &Shop::joined, &Shop::said, &Shop::left);
//     }
//
//     Status init(std::string_view) { return server.serve(*this, {.port = 8080}); }
//
//     Result<http::Response> item(const http::Request& request, uint64_t id);
//     Result<http::Response> add(const http::Request& request);
//     Result<bool> check(http::Request& request);
//     Status joined(uint64_t connection, std::string_view path,
//                   std::optional<std::string_view> subprotocol);
//     Result<std::vector<websocket::Message>> said(uint64_t connection,
//                                                  const websocket::Message& message);
//     Status left(uint64_t connection);
//   };
//   THEATER_ACTOR(Shop)
//   THEATER_HTTP_HANDLERS(Shop)
//
// The parameters of a route's function behind the request are those of its path, in their order: a
// std::string, a std::string_view or an integer each. A value that is no such integer gets 404. The
// node answers for paths and methods without a route, and for HEAD and OPTIONS.
//
// http_messages.hpp makes responses, errors among them: `return http::problem(404, "no such item")`
// keeps the state that the function has changed. `return fail("why")` leaves the state as it was
// before the request, and the client gets 500. http_framework.hpp says more of each callback.
#pragma once

#include "theater/codec.hpp"
#include "theater/http_framework.hpp"
#include "theater/http_messages.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::http {

// A server and the routes that are registered with it. An actor with routes has one as its field
// `server`, which lives as long as the actor's state.
class Server {
 public:
  // Makes the server if there is none, registers the actor's routes, and listens. A second call
  // registers routes that are new in the actor's code, takes back those that are gone from it, and
  // listens again where the server was stopped; an actor that may be updated calls it from another
  // callback than `init`. A port of 0 picks a free one. If it fails, no server was made.
  template <class T>
  Status serve(const T& actor, const ServerConfig& config = {});

  // Stops the server and forgets it, with its routes.
  Status stop();

  // None before serve() and after stop().
  bool is_made() const { return id_ != 0; }
  uint64_t id() const { return id_; }
  uint16_t port() const { return port_; }

  // What the node says of it.
  Result<ServerInfo> info() const { return http_framework::get_server_info(id_); }

  // Sends on a WebSocket. Fails if the connection is gone.
  Status send(uint64_t connection, const websocket::Message& message) const {
    return http_framework::send_websocket_message(id_, connection, message);
  }
  Status send_text(uint64_t connection, std::string_view content) const {
    return send(connection, websocket::text(std::string(content)));
  }
  Status close(uint64_t connection) const {
    return http_framework::close_websocket(id_, connection);
  }

  THEATER_FIELDS(id_, port_, registered_)

 private:
  template <class T>
  friend class Router;

  // A function of the routes, the handler that is registered for it, and the id by which the node
  // takes it back; 0 for those of a WebSocket.
  struct Registered {
    std::string name;
    uint64_t handler = 0;
    uint64_t id = 0;
    THEATER_FIELDS(name, handler, id)
  };

  const Registered* find(std::string_view name) const;
  // The name under which a handler was registered; empty if it was not.
  std::string_view name_of(uint64_t handler) const;
  Result<uint64_t> enroll(std::string_view name);
  Status take_back(const Registered& gone) const;

  uint64_t id_ = 0;
  uint16_t port_ = 0;
  std::vector<Registered> registered_;
};

// Takes the declarations of an actor's routes. The SDK makes one for each call, and runs the one
// declaration that the call is for.
template <class T>
class Router {
 public:
  // A handler is a member function, or a function or lambda with the actor before the request.
  void get(std::string_view path, auto handler) { route("GET", path, handler); }
  void post(std::string_view path, auto handler) { route("POST", path, handler); }
  void put(std::string_view path, auto handler) { route("PUT", path, handler); }
  void patch(std::string_view path, auto handler) { route("PATCH", path, handler); }
  void del(std::string_view path, auto handler) { route("DELETE", path, handler); }
  void route(std::string_view method, std::string_view path, auto handler);

  // Sees the requests for `path` and for all below it first. It may change them; false answers 403.
  void middleware(std::string_view path, auto handler);

  // Takes WebSockets on a path. The first form accepts each of them.
  void websocket(std::string_view path, auto on_message);
  void websocket(std::string_view path, auto on_connect, auto on_message, auto on_disconnect);

  // The calls of http_framework.hpp, for an actor with routes.
  static Result<Response> answer(T& actor, uint64_t handler, const Request& request);
  static Result<bool> pass(T& actor, uint64_t handler, Request& request);
  static Status connect(T& actor, uint64_t handler, uint64_t connection, std::string_view path,
                        std::optional<std::string_view> subprotocol);
  static Result<std::vector<websocket::Message>> message(T& actor, uint64_t handler,
                                                         uint64_t connection,
                                                         const websocket::Message& message);
  static Status disconnect(T& actor, uint64_t handler, uint64_t connection);

 private:
  friend class Server;

  // The call in progress, of which one kind is set.
  struct Call {
    T& actor;
    std::string_view name;
    const Request* request = nullptr;
    std::optional<Result<Response>> response = std::nullopt;
    Request* passing = nullptr;
    std::optional<Result<bool>> passed = std::nullopt;
    uint64_t connection = 0;
    std::string_view path = {};
    std::optional<std::string_view> subprotocol = std::nullopt;
    const websocket::Message* message = nullptr;
    std::optional<Result<std::vector<websocket::Message>>> messages = std::nullopt;
    std::optional<Status> done = std::nullopt;
  };

  // With a server it registers; with a call it runs.
  explicit Router(Server& server) : server_(&server) {}
  explicit Router(Call& call) : call_(&call) {}

  static Call run(Call call);
  // One copy of the routes' code, which would be large in each of its callers.
  [[gnu::noinline]] static void declare(Router& router) { T::routes(router); }
  static std::string_view name_of(const T& actor, uint64_t handler) {
    return actor.server.name_of(handler);
  }
  // Whether a declaration is of the call in progress.
  bool is_called(std::string_view name) const { return call_ != nullptr && call_->name == name; }
  // Registers a route of a method, or a middleware, which has none.
  void enroll(const std::string& name, std::string_view method, std::string_view path);
  void enroll_websocket(std::string_view path, bool has_others);

  Server* server_ = nullptr;
  Call* call_ = nullptr;
  Status status_;                      // Of the registration.
  std::vector<std::string> declared_;  // While it registers.
};

}  // namespace theater::http

#include "theater/detail/http_router_impl.hpp"
