#include "theater/handlers/http_framework/framework_holdings.h"

#include "theater/base/check.h"
#include "theater/handlers/http_framework/request_path.h"
#include "theater/handlers/http_framework/route_table.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

template <class... P>
std::tuple<P...> recorded(ByteView bytes) {
  auto decoded = wit::decode<std::tuple<P...>>(bytes);
  THEATER_CHECK(decoded.has_value(), "{}", decoded.error().to_string());
  return *std::move(decoded);
}

template <class T>
T succeeded(ByteView result) {
  auto decoded = wit::decode<tl::expected<T, std::string>>(result);
  THEATER_CHECK(decoded.has_value() && decoded->has_value(), "a call that failed was taken");
  return **decoded;
}

template <class Items>
bool is_in_order(const Items& items) {
  return std::is_sorted(items.begin(), items.end(),
                        [](const auto& a, const auto& b) { return a.number <= b.number; });
}

template <class Items>
void erase_number(Items& items, uint64_t number) {
  std::erase_if(items, [number](const auto& item) { return item.number == number; });
}

// Whether a path of a connection belongs to the pattern. Both may be written in another form.
bool is_of(const std::string& pattern, const std::string& path) {
  auto parsed = RoutePattern::parse(pattern);
  auto normal = normal_path(path);
  if (!parsed || !normal) return false;
  RouteTable table;
  (void)table.add_web_socket(*parsed, {});
  return table.find(*normal, "GET").web_socket.has_value();
}

}  // namespace

Result<HeldFramework> HeldFramework::parse(ByteView bytes) {
  auto held = THEATER_TRY(wit::decode<HeldFramework>(bytes));
  bool in_order = is_in_order(held.servers);
  for (const HeldServer& server : held.servers)
    in_order = in_order && is_in_order(server.routes) && is_in_order(server.middleware);
  in_order = in_order &&
             std::is_sorted(
                 held.connections.begin(), held.connections.end(),
                 [](const auto& a, const auto& b) { return std::get<0>(a) <= std::get<0>(b); }) &&
             std::is_sorted(held.answers.begin(), held.answers.end(),
                            [](uint64_t a, uint64_t b) { return a <= b; });
  if (!in_order) return fail(ErrorCode::kInvalidArgument, "a number is out of order");
  return held;
}

HeldServer* HeldFramework::find_server(uint64_t number) {
  auto found = std::find_if(servers.begin(), servers.end(),
                            [number](const HeldServer& one) { return one.number == number; });
  return found == servers.end() ? nullptr : &*found;
}

Result<void> FrameworkHoldings::begin(ByteView held) {
  all_ = THEATER_TRY(HeldFramework::parse(held));
  return {};
}

void FrameworkHoldings::take(std::string_view function, ByteView arguments, ByteView result) {
  using HandlerNumber = std::optional<uint64_t>;
  if (function == "create-server") {
    auto [config] = recorded<ServerConfig>(arguments);
    all_.last_server = succeeded<uint64_t>(result);
    HeldServer& server = all_.servers.emplace_back();
    server.number = all_.last_server;
    server.host = config.host_or_default();
    server.asked_port = config.port.value_or(0);
    if (config.tls_config) server.key_pair = config.tls_config->cert_path;
  } else if (function == "start-server") {
    HeldServer* server = all_.find_server(std::get<0>(recorded<uint64_t>(arguments)));
    if (server != nullptr) server->port = succeeded<uint16_t>(result);
  } else if (function == "stop-server") {
    HeldServer* server = all_.find_server(std::get<0>(recorded<uint64_t>(arguments)));
    if (server != nullptr) server->port.reset();
  } else if (function == "destroy-server") {
    erase_number(all_.servers, std::get<0>(recorded<uint64_t>(arguments)));
  } else if (function == "register-handler") {
    all_.last_handler = succeeded<uint64_t>(result);
  } else if (function == "add-route") {
    auto [number, path, method, handler] =
        recorded<uint64_t, std::string, std::string, uint64_t>(arguments);
    all_.last_route = succeeded<uint64_t>(result);
    HeldServer* server = all_.find_server(number);
    if (server != nullptr)
      server->routes.push_back({all_.last_route, std::move(path), std::move(method), handler});
  } else if (function == "add-middleware") {
    auto [number, path, handler] = recorded<uint64_t, std::string, uint64_t>(arguments);
    all_.last_middleware = succeeded<uint64_t>(result);
    HeldServer* server = all_.find_server(number);
    if (server != nullptr)
      server->middleware.push_back({all_.last_middleware, std::move(path), handler});
  } else if (function == "remove-route" || function == "remove-middleware") {
    uint64_t number = std::get<0>(recorded<uint64_t>(arguments));
    for (HeldServer& server : all_.servers) {
      if (function == "remove-route") erase_number(server.routes, number);
      if (function == "remove-middleware") erase_number(server.middleware, number);
    }
  } else if (function == "enable-websocket") {
    auto [number, path, connect, message, disconnect] =
        recorded<uint64_t, std::string, HandlerNumber, uint64_t, HandlerNumber>(arguments);
    HeldServer* server = all_.find_server(number);
    if (server != nullptr)
      server->web_sockets.push_back({std::move(path), connect, message, disconnect});
  } else if (function == "open") {
    all_.answers.push_back(succeeded<uint64_t>(result));
  } else if (function == "finish" || function == "abort") {
    std::erase(all_.answers, std::get<0>(recorded<uint64_t>(arguments)));
  }
}

void FrameworkHoldings::take_callback(std::string_view function, ByteView params) {
  connecting_ = 0;
  if (function == "handle-websocket-connect") {
    auto [handler, connection, path, protocol] =
        recorded<uint64_t, uint64_t, std::string, std::optional<std::string>>(params);
    add_connection(connection, disconnect_handler(handler, path));
    connecting_ = connection;
  } else if (function == "handle-websocket-message") {
    auto [handler, connection, message] = recorded<uint64_t, uint64_t, SocketMessage>(params);
    add_connection(connection, disconnect_handler(handler, std::nullopt));
  } else if (function == "handle-websocket-disconnect") {
    remove_connection(std::get<1>(recorded<uint64_t, uint64_t>(params)));
  } else if (function == "handle-answer") {
    auto [number, event] = recorded<uint64_t, AnswerEvent>(params);
    if (std::holds_alternative<AnswerGone>(event)) std::erase(all_.answers, number);
  }
}

// A connection that the guest refuses was never open.
void FrameworkHoldings::callback_failed(std::string_view function) {
  if (function == "handle-websocket-connect") remove_connection(std::exchange(connecting_, 0));
}

std::optional<uint64_t> FrameworkHoldings::disconnect_handler(
    uint64_t handler, const std::optional<std::string>& path) const {
  for (const HeldServer& server : all_.servers) {
    for (const HeldWebSocket& socket : server.web_sockets) {
      bool is_it =
          path ? socket.connect == handler && is_of(socket.path, *path) : socket.message == handler;
      if (is_it) return socket.disconnect;
    }
  }
  return std::nullopt;
}

void FrameworkHoldings::add_connection(uint64_t number, std::optional<uint64_t> disconnect) {
  if (!disconnect) return;
  auto at = std::lower_bound(
      all_.connections.begin(), all_.connections.end(), number,
      [](const auto& connection, uint64_t other) { return std::get<0>(connection) < other; });
  if (at != all_.connections.end() && std::get<0>(*at) == number) return;
  all_.connections.insert(at, {number, *disconnect});
}

void FrameworkHoldings::remove_connection(uint64_t number) {
  std::erase_if(all_.connections,
                [number](const auto& connection) { return std::get<0>(connection) == number; });
}

std::optional<Bytes> FrameworkHoldings::held() const {
  if (all_ == HeldFramework()) return std::nullopt;
  return wit::encode(all_);
}

}  // namespace theater
