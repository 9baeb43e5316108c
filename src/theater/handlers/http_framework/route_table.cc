#include "theater/handlers/http_framework/route_table.h"

#include <algorithm>
#include <array>
#include <set>

namespace theater {

namespace {

constexpr std::array<std::string_view, 15> kMethods = {
    "COPY",  "DELETE", "GET",      "HEAD",      "LOCK", "MKCOL",  "MOVE", "OPTIONS",
    "PATCH", "POST",   "PROPFIND", "PROPPATCH", "PUT",  "UNLOCK", "*"};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= RoutePattern::kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char byte) {
           return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                  (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
         });
}

Result<RoutePattern::Segment> parse_segment(std::string_view text, bool is_last) {
  using Segment = RoutePattern::Segment;
  bool is_parameter = text.starts_with('{') && text.ends_with('}');
  if (!is_parameter) {
    if (text.find_first_of("{}*") != std::string_view::npos) {
      return fail(
          ErrorCode::kInvalidArgument,
          "`{}`: braces and stars stand for whole segments, as in `{{name}}` or `{{*rest}}`", text);
    }
    return Segment{Segment::Kind::kText, std::string(text)};
  }
  std::string_view name = text.substr(1, text.size() - 2);
  bool is_rest = name.starts_with('*');
  if (is_rest) name.remove_prefix(1);
  if (!is_name(name)) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: a parameter has a name of 1 to {} letters, digits, `-` and `_`", text,
                RoutePattern::kNameBytesMax);
  }
  if (is_rest && !is_last)
    return fail(ErrorCode::kInvalidArgument, "`{}`: it must be the last segment", text);
  return Segment{is_rest ? Segment::Kind::kRest : Segment::Kind::kName, std::string(name)};
}

// Braces and stars are no part of the normal form's rules, so the texts between them are read alone.
Result<std::string> normal_segments(std::string_view text) {
  std::string normal;
  for (std::string_view segment : path_segments(text)) {
    normal += '/';
    if (segment.starts_with('{')) {
      normal += segment;
    } else {
      normal += THEATER_TRY(normal_path("/" + std::string(segment))).substr(1);
    }
  }
  return normal;
}

}  // namespace

Result<RoutePattern> RoutePattern::parse(std::string_view text) {
  if (!text.starts_with('/'))
    return fail(ErrorCode::kInvalidArgument, "`{}`: a path begins with a slash", text);
  if (text.size() > kBytesMax)
    return fail(ErrorCode::kInvalidArgument, "a path has at most {} bytes", kBytesMax);
  RoutePattern pattern;
  pattern.text_ = THEATER_TRY(normal_segments(text));
  std::vector<std::string_view> segments = path_segments(pattern.text_);
  if (segments.size() > kPathSegmentsMax)
    return fail(ErrorCode::kInvalidArgument, "a path has at most {} segments", kPathSegmentsMax);
  std::set<std::string> names;
  for (size_t at = 0; at < segments.size(); ++at) {
    bool is_last = at + 1 == segments.size();
    if (segments[at].empty() && !is_last)
      return fail(ErrorCode::kInvalidArgument, "`{}`: a segment is empty", text);
    Segment segment = THEATER_TRY(parse_segment(segments[at], is_last));
    bool is_twice = segment.kind != Segment::Kind::kText && !names.insert(segment.text).second;
    if (is_twice)
      return fail(ErrorCode::kInvalidArgument, "`{}`: two parameters have one name", text);
    pattern.segments_.push_back(std::move(segment));
  }
  return pattern;
}

std::string RoutePattern::shape() const {
  std::string shape;
  for (const Segment& segment : segments_) {
    shape += '/';
    if (segment.kind == Segment::Kind::kText) shape += segment.text;
    if (segment.kind == Segment::Kind::kName) shape += "{}";
    if (segment.kind == Segment::Kind::kRest) shape += "{*}";
  }
  return shape;
}

bool is_route_method(std::string_view method) {
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

struct RouteTable::Node {
  struct Route {
    uint64_t handler = 0;
    std::vector<std::string> names;
  };
  struct WebSockets {
    WebSocketPath path;
    std::vector<std::string> names;
  };
  std::map<std::string, Node, std::less<>> texts;
  std::unique_ptr<Node> name;
  std::unique_ptr<Node> rest;
  std::map<std::string, Route, std::less<>> routes;  // By method.
  std::optional<WebSockets> web_socket;
};

struct RouteTable::Search {
  std::vector<std::string_view> segments;
  std::string_view path;
  std::string_view method;
  std::vector<std::string_view> values;
  std::set<std::string> methods;
  Found found;
};

RouteTable::RouteTable() : root_(std::make_unique<Node>()) {}
RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

RouteTable::Node& RouteTable::node_for(const RoutePattern& pattern) {
  Node* node = root_.get();
  for (const RoutePattern::Segment& segment : pattern.segments()) {
    if (segment.kind == RoutePattern::Segment::Kind::kText) {
      node = &node->texts[segment.text];
      continue;
    }
    bool is_name = segment.kind == RoutePattern::Segment::Kind::kName;
    std::unique_ptr<Node>& next = is_name ? node->name : node->rest;
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  return *node;
}

namespace {

std::vector<std::string> names_of(const RoutePattern& pattern) {
  std::vector<std::string> names;
  for (const RoutePattern::Segment& segment : pattern.segments()) {
    if (segment.kind != RoutePattern::Segment::Kind::kText) names.push_back(segment.text);
  }
  return names;
}

PathParameters named(const std::vector<std::string>& names,
                     const std::vector<std::string_view>& values) {
  PathParameters parameters;
  for (size_t at = 0; at < names.size(); ++at)
    parameters.emplace_back(names[at], values[at]);
  return parameters;
}

}  // namespace

Result<void> RouteTable::add(const RoutePattern& pattern, std::string_view method,
                             uint64_t handler) {
  Node& node = node_for(pattern);
  bool is_first =
      node.routes.emplace(std::string(method), Node::Route{handler, names_of(pattern)}).second;
  if (is_first) return {};
  return fail(ErrorCode::kAlreadyExists, "{} {} has a route already", method, pattern.text());
}

Result<void> RouteTable::add_web_socket(const RoutePattern& pattern, const WebSocketPath& path) {
  Node& node = node_for(pattern);
  if (node.web_socket)
    return fail(ErrorCode::kAlreadyExists, "{} takes WebSockets already", pattern.text());
  node.web_socket = Node::WebSockets{path, names_of(pattern)};
  return {};
}

// The path ends at this node.
void RouteTable::take(const Node& node, Search& search) {
  for (const auto& [method, route] : node.routes)
    search.methods.insert(method);
  if (node.web_socket && !search.found.web_socket) {
    search.found.web_socket = node.web_socket->path;
    search.found.web_socket_parameters = named(node.web_socket->names, search.values);
  }
  if (search.found.handler) return;
  auto route = node.routes.find(search.method);
  if (route == node.routes.end() && search.method == "HEAD") route = node.routes.find("GET");
  if (route == node.routes.end()) route = node.routes.find("*");
  if (route == node.routes.end()) return;
  search.found.handler = route->second.handler;
  search.found.parameters = named(route->second.names, search.values);
}

void RouteTable::visit(const Node& node, size_t depth, Search& search) {
  if (depth == search.segments.size()) return take(node, search);
  std::string_view segment = search.segments[depth];
  if (auto found = node.texts.find(segment); found != node.texts.end())
    visit(found->second, depth + 1, search);
  if (segment.empty()) return;
  if (node.name != nullptr) {
    search.values.push_back(segment);
    visit(*node.name, depth + 1, search);
    search.values.pop_back();
  }
  if (node.rest != nullptr) {
    size_t from = static_cast<size_t>(segment.data() - search.path.data());
    search.values.push_back(search.path.substr(from));
    take(*node.rest, search);
    search.values.pop_back();
  }
}

RouteTable::Found RouteTable::find(std::string_view path, std::string_view method) const {
  Search search;
  search.path = path;
  search.method = method;
  search.segments = path_segments(path);
  visit(*root_, 0, search);
  search.found.methods.assign(search.methods.begin(), search.methods.end());
  return std::move(search.found);
}

}  // namespace theater
