// The servers of a unit test: their routes, and which of them a request takes.
#pragma once

#include "theater/detail/http_server_types.hpp"
#include "theater/detail/http_types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::testing {

struct HttpRoute {
  std::string path;
  std::string method;
  uint64_t handler = 0;
};

struct HttpMiddleware {
  std::string path;
  uint64_t handler = 0;
};

struct WebSocketPath {
  std::optional<uint64_t> connect_handler;
  uint64_t message_handler = 0;
  std::optional<uint64_t> disconnect_handler;
};

// A server that the actor has made.
struct HttpServer {
  http::ServerConfig config;
  uint16_t port = 0;
  bool is_running = false;
  std::map<uint64_t, HttpRoute> routes = {};  // By their ids.
  std::map<uint64_t, HttpMiddleware> middlewares = {};
  std::map<std::string, WebSocketPath> websockets = {};  // By their paths.
};

// A WebSocket that is open.
struct OpenWebSocket {
  uint64_t server = 0;
  std::string path;
  std::vector<websocket::Message> sent;  // By the actor, answers included.
};

enum class AnswerEnd : uint8_t { kOpen, kFinished, kAborted, kGone };

// An answer that the actor has kept open.
struct OpenAnswer {
  std::string written;              // After the response's own body.
  size_t taken = 0;                 // Bytes that the client has read.
  size_t buffer = size_t{1} << 16;  // The bytes that fill the buffer; a test may change it.
  AnswerEnd end = AnswerEnd::kOpen;
};

using RouteParameters = std::vector<std::pair<std::string, std::string>>;

// The next segment of a path after its slash; takes both off the path.
inline std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

// The parameters of a path that a route's path fits; none if it does not fit.
inline std::optional<RouteParameters> match_path(std::string_view route, std::string_view path) {
  RouteParameters found;
  while (!route.empty() && !path.empty()) {
    std::string_view rest = path.substr(1);
    std::string_view expected = take_segment(route);
    std::string_view segment = take_segment(path);
    if (!expected.starts_with('{')) {
      if (expected != segment) return std::nullopt;
    } else if (expected.starts_with("{*")) {
      if (rest.empty()) return std::nullopt;
      found.push_back({std::string(expected.substr(2, expected.size() - 3)), std::string(rest)});
      return found;
    } else {
      if (segment.empty()) return std::nullopt;
      found.push_back({std::string(expected.substr(1, expected.size() - 2)), std::string(segment)});
    }
  }
  if (!route.empty() || !path.empty()) return std::nullopt;
  return found;
}

// Fewer and later parameters come first: a path without any is taken before one with some.
inline bool is_more_exact(std::string_view route, std::string_view other) {
  size_t parameter = route.find('{');
  size_t others = other.find('{');
  if (parameter == others && parameter != std::string_view::npos) {
    return other.substr(others).starts_with("{*") && !route.substr(parameter).starts_with("{*");
  }
  return parameter > others;
}

// Whether a path is a middleware's, or lies below it.
inline bool is_at_or_below(std::string_view path, std::string_view folder) {
  if (folder == "/" || path == folder) return true;
  return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
}

// What a server does with a request: a route and its parameters, or a status.
struct FoundRoute {
  uint16_t status = 404;
  const HttpRoute* route = nullptr;
  RouteParameters parameters = {};
};

inline FoundRoute find_route(const HttpServer& server, std::string_view method,
                             std::string_view path) {
  FoundRoute found;
  for (const auto& [id, route] : server.routes) {
    std::optional<RouteParameters> parameters = match_path(route.path, path);
    if (!parameters) continue;
    bool is_worse = found.route != nullptr && !is_more_exact(route.path, found.route->path);
    if (route.method == method && !is_worse) found = {200, &route, *std::move(parameters)};
    if (found.route == nullptr) found.status = 405;
  }
  return found;
}

}  // namespace theater::testing
