#include "theater/handlers/http_framework/request_exchange.h"

#include <fmt/ranges.h>

#include <set>
#include <utility>
#include <vector>

namespace theater {

namespace {

// Methods that the node answers itself or refuses.
constexpr std::string_view kOptions = "OPTIONS";

std::string_view path_of(std::string_view uri) {
  return uri.substr(0, uri.find('?'));
}

// Of a path that has routes: what a client may ask of it.
std::string allowed_methods(std::vector<std::string> methods, bool takes_sockets) {
  std::set<std::string> allowed(methods.begin(), methods.end());
  if (allowed.contains("*")) {
    allowed.erase("*");
    for (const char* method : {"DELETE", "GET", "PATCH", "POST", "PUT"})
      allowed.insert(method);
  }
  if (takes_sockets) allowed.insert("GET");
  if (allowed.contains("GET")) allowed.insert("HEAD");
  allowed.insert(std::string(kOptions));
  return fmt::format("{}", fmt::join(allowed, ", "));
}

std::optional<HttpAnswer> refused_by_host(const HttpRequest& request) {
  if (request.method == "TRACE") return host_answer(501, "This server does not take TRACE.");
  if (request.method == "CONNECT") return host_answer(501, "This server is no proxy.");
  bool changes_protocol = has_token(request.headers, "Upgrade", "h2c") ||
                          request.headers.find("HTTP2-Settings").has_value();
  if (changes_protocol) return host_answer(501, "This server does not change to HTTP/2.");
  return std::nullopt;
}

}  // namespace

void RequestExchange::serve(std::shared_ptr<ServerLink> server, HttpRequest request,
                            std::unique_ptr<PortReply> reply) {
  auto exchange =
      std::make_shared<RequestExchange>(OnlyServe(), std::move(server), std::move(reply));
  exchange->begin(std::move(request));
}

void RequestExchange::begin(HttpRequest request) {
  const FrameworkRules& rules = server_->parts().rules;
  if (auto refused = refused_by_host(request)) return answer(*std::move(refused));
  if (!is_meant(request, server_->name(), rules))
    return answer(host_answer(421, "This server does not have the name that Host says."));
  if (request.target == "*") {
    HttpAnswer every{204, {{"Allow", allowed_methods({"*"}, false)}}, {}};
    return answer(std::move(every));
  }
  Result<std::string> path = normal_path(request.path());
  if (!path) return answer(host_answer(400, path.error().message()));
  wants_socket_ = request.wants_web_socket();
  if (wants_socket_) {
    may_open_socket_ = may_open_socket(request, rules);
    if (!first_subprotocol(request, subprotocol_))
      return answer(host_answer(400, "Sec-WebSocket-Protocol is no list of names."));
  }
  facts_ = fact_headers(request, server_->next_request_id());
  client_has_gone_ = request.client_has_gone;
  request_ = guest_request(request, *path);
  advance();
}

void RequestExchange::advance() {
  // Middleware may have changed it.
  Result<std::string> path = normal_path(path_of(request_.uri));
  if (!path) return answer_bad("the middleware returned a request whose path is none");
  put_facts(request_.headers, facts_);
  while (next_middleware_ < routing_->middleware.size()) {
    const ServerRouting::Middleware& middleware = routing_->middleware[next_middleware_++];
    if (lies_below(*path, middleware.path)) return call_middleware(middleware);
  }
  route(*path);
}

void RequestExchange::route(const std::string& path) {
  RouteTable::Found found = routing_->routes.find(path, request_.method);
  if (wants_socket_ && found.web_socket)
    return connect(*found.web_socket, found.web_socket_parameters);
  if (!found.handler) return answer_unrouted(found);
  call_handler(*found.handler, found.parameters);
}

void RequestExchange::answer_unrouted(const RouteTable::Found& found) {
  if (!found.is_known()) return answer(host_answer(404, "There is nothing at this path."));
  std::string allowed = allowed_methods(found.methods, found.web_socket.has_value());
  if (request_.method == kOptions) return answer({204, {{"Allow", allowed}}, {}});
  bool is_for_sockets = found.methods.empty() && request_.method == "GET";
  if (is_for_sockets) {
    // `Upgrade` itself belongs to the connection.
    return answer(host_answer(426, "This path takes WebSockets only."));
  }
  HttpAnswer wrong = host_answer(405, "This path does not take that method.");
  wrong.headers.add("Allow", std::move(allowed));
  answer(std::move(wrong));
}

// Calls of the guest.

bool RequestExchange::call(const ExportFunction& function, Bytes params,
                           void (RequestExchange::*heard)(const RequestAnswer&)) {
  auto self = shared_from_this();
  const ServerLink::Parts& parts = server_->parts();
  CallWatch watch;
  watch.withdrawn = client_has_gone_;
  watch.called = [self, is_request = &function ==
                                     &server_->exports().request](const RecordedCall& recorded) {
    self->call_ = recorded.seq;
    if (!is_request) return;
    CurrentRequest& current = *self->server_->parts().current;
    current.call = recorded.seq;
    current.server = self->server_;
    current.opened = &self->opened_;
    current.exchange = self;
  };
  if (!parts.calls->exports(function)) {
    answer(
        host_answer(500, fmt::format("The actor does not export {}.", function.name.to_string())));
    return false;
  }
  auto taken = parts.calls->call(
      function, std::move(params), ReplyTo::Reach::kOutside,
      [self, heard](const RequestAnswer& result) { ((*self).*heard)(result); }, std::move(watch));
  if (!taken) answer(busy_answer("The actor has too much to do."));
  return taken.has_value();
}

void RequestExchange::call_middleware(const ServerRouting::Middleware& middleware) {
  Bytes params;
  wit::encode_params(params, middleware.handler, request_);
  (void)call(server_->exports().middleware, std::move(params), &RequestExchange::heard_middleware);
}

void RequestExchange::heard_middleware(const RequestAnswer& result) {
  if (!result.result) return answer_failed("Middleware", result);
  auto decided = wit::decode<MiddlewareResult>(*result.result);
  if (!decided) return answer_bad("the middleware returned what is no result");
  if (!decided->proceed) return answer({403, {}, {}});
  request_ = std::move(decided->request);
  advance();
}

void RequestExchange::call_handler(uint64_t handler, const PathParameters& parameters) {
  if (!add_parameters(request_.headers, parameters))
    return answer(host_answer(400, "The path is no text."));
  Bytes params;
  wit::encode_params(params, handler, request_);
  // The guest has its copy; a request may wait long.
  request_.body.reset();
  (void)call(server_->exports().request, std::move(params), &RequestExchange::heard_handler);
}

void RequestExchange::heard_handler(const RequestAnswer& result) {
  auto opened = std::exchange(opened_, nullptr);
  if (!result.result) {
    if (opened) opened->fail();
    return answer_failed("Handler", result);
  }
  auto given = wit::decode<GuestAnswer>(*result.result);
  if (!given) return answer_bad("the handler returned what is no response");
  Result<HttpAnswer> checked = checked_answer(*std::move(given));
  if (!checked) {
    if (opened) opened->fail();
    return answer_bad(checked.error().message());
  }
  if (opened == nullptr) return answer(*std::move(checked));
  auto reply = std::exchange(reply_, nullptr);
  opened->begin(*reply, *std::move(checked));
}

// WebSockets.

void RequestExchange::connect(const WebSocketPath& path, const PathParameters&) {
  if (!may_open_socket_)
    return answer(host_answer(403, "Pages of this origin may not open WebSockets here."));
  if (!server_->parts().calls->exports(server_->exports().message))
    return answer(host_answer(500, "The actor does not take messages of WebSockets."));
  socket_ = std::make_shared<SocketLink>(server_, random_connection(), path);
  if (!server_->add_socket(socket_)) return answer(busy_answer("The actor restarts."));
  if (!path.connect) {
    RequestAnswer accepted;
    accepted.result = Bytes();
    return heard_connect(accepted);
  }
  Bytes params;
  wit::encode_params(params, *path.connect, socket_->connection(),
                     std::string(path_of(request_.uri)), subprotocol_);
  auto socket = socket_;
  if (!call(server_->exports().connect, std::move(params), &RequestExchange::heard_connect))
    socket->refuse();
}

void RequestExchange::heard_connect(const RequestAnswer& result) {
  if (result.result) {
    auto reply = std::exchange(reply_, nullptr);
    return socket_->accept(*reply, subprotocol_);
  }
  socket_->refuse();
  if (result.is_from_guest) return answer(host_answer(403, result.result.error()));
  answer_failed("WebSocket", result);
}

// Answers.

void RequestExchange::answer(HttpAnswer answer) {
  std::exchange(reply_, nullptr)->answer(std::move(answer));
}

void RequestExchange::answer_failed(std::string_view part, const RequestAnswer& result) {
  if (result.is_from_guest)
    return answer(host_answer(500, fmt::format("{} error: {}", part, result.result.error())));
  answer(host_answer(500, "The actor could not answer."));
}

void RequestExchange::answer_bad(std::string why) {
  server_->note_bad_answer(call_, std::move(why));
  answer(host_answer(500, "The actor's answer cannot be sent."));
}

}  // namespace theater
