// The routes of one server: which handler of its actor takes a request.
//
// A pattern is a path whose segments are texts, `{name}` for one segment, or at its end `{*rest}` for
// one or more. Of several patterns that match a path, the one with the earlier text wins over a
// `{name}`, and that over a `{*rest}`. A pattern that has no route for the method gives way to the
// next that has.
//
// The same table has the paths of WebSockets. A table does not change while requests use it: the
// server makes a new one for each change.
#pragma once

#include "theater/base/result.h"
#include "theater/handlers/http_framework/request_path.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater {

// A path of a route, read and in normal form. Value type.
class RoutePattern {
 public:
  // A name of a parameter becomes a part of the name of a header.
  static constexpr size_t kNameBytesMax = 64;
  static constexpr size_t kBytesMax = 1024;

  // Fails with kInvalidArgument.
  static Result<RoutePattern> parse(std::string_view text);

  const std::string& text() const { return text_; }
  // The pattern without the names of its parameters: patterns with one shape match the same paths.
  std::string shape() const;

  struct Segment {
    enum class Kind : uint8_t { kText, kName, kRest };
    Kind kind = Kind::kText;
    std::string text;  // Or the name of the parameter.
  };
  const std::vector<Segment>& segments() const { return segments_; }

 private:
  std::string text_;
  std::vector<Segment> segments_;
};

// Whether guests may register routes for the method: one of those that name something to do with a
// resource, or `*` for each of them.
bool is_route_method(std::string_view method);

// Names of parameters and their values, in the order of the path.
using PathParameters = std::vector<std::pair<std::string, std::string>>;

// Handlers of one path that takes WebSockets.
struct WebSocketPath {
  std::optional<uint64_t> connect;
  uint64_t message = 0;
  std::optional<uint64_t> disconnect;

  bool operator==(const WebSocketPath&) const = default;
};

// Safe from any thread once it is complete.
class RouteTable {
 public:
  RouteTable();
  ~RouteTable();
  RouteTable(RouteTable&&) noexcept;
  RouteTable& operator=(RouteTable&&) noexcept;

  // Both fail with kAlreadyExists if a pattern of the same shape is there already, for that method or
  // for WebSockets.
  Result<void> add(const RoutePattern& pattern, std::string_view method, uint64_t handler);
  Result<void> add_web_socket(const RoutePattern& pattern, const WebSocketPath& path);

  struct Found {
    // Of the route; none if the path has no route for the method, or none at all.
    std::optional<uint64_t> handler;
    // Of the most exact pattern that takes WebSockets.
    std::optional<WebSocketPath> web_socket;
    PathParameters parameters;             // Of `handler`; not yet unescaped.
    PathParameters web_socket_parameters;  // The same of `web_socket`.
    // Methods with a route for the path, in byte order; `*` for all.
    std::vector<std::string> methods;
    // Whether the path has a route or takes WebSockets.
    bool is_known() const { return !methods.empty() || web_socket.has_value(); }
  };
  // `path` is in normal form. A route for GET takes HEAD too, unless HEAD has its own. A route for `*`
  // takes each method without one of its own. Visits each pattern once at most.
  Found find(std::string_view path, std::string_view method) const;

 private:
  struct Node;
  struct Search;

  Node& node_for(const RoutePattern& pattern);
  static void visit(const Node& node, size_t depth, Search& search);
  static void take(const Node& node, Search& search);

  std::unique_ptr<Node> root_;
};

}  // namespace theater
