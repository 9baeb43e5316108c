#include "theater/handlers/http_framework/http_framework_session.h"

#include "theater/base/check.h"
#include "theater/base/log.h"
#include "theater/net/address.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

constexpr size_t kHostBytesMax = 254;

tl::unexpected<std::string> no_server(uint64_t number) {
  return tl::unexpected(fmt::format("Server not found: {}", number));
}

// A port that is being opened again for a server that was restored.
struct Reopening {
  std::shared_ptr<ServerDoor> door;
  std::function<Result<void>()> open;
  Timers& timers;
  JobRunner& jobs;
  std::string actor;
  std::chrono::seconds wait = HttpFrameworkSession::kRetryMin;
};

void try_to_reopen(const std::shared_ptr<Reopening>& again);

void retry_to_reopen(const std::shared_ptr<Reopening>& again) {
  std::chrono::seconds wait = again->wait;
  again->wait = std::min(2 * again->wait, HttpFrameworkSession::kRetryMax);
  (void)again->timers.after(wait, [again] { try_to_reopen(again); });
}

void try_to_reopen(const std::shared_ptr<Reopening>& again) {
  // An instance that wants it again opens another one.
  if (again->door->is_closed() || again->door->close_if_vacant()) return;
  bool is_taken = again->jobs.submit([again] {
    Result<void> opened = again->open();
    if (again->door->is_closed()) return;
    if (opened) {
      log_line(LogLevel::kInfo, {.actor = again->actor, .part = "http-framework"},
               "listens on {} port {} again", again->door->place().address, again->door->number());
      return;
    }
    log_line(LogLevel::kWarn, {.actor = again->actor, .part = "http-framework"},
             "the server of {} port {} does not run: {}; the next attempt is in {} s",
             again->door->place().address, again->door->place().port, opened.error().to_string(),
             again->wait.count());
    again->door->not_opened(opened.error(), ServerDoor::Attempt::kOneOfMany);
    retry_to_reopen(again);
  });
  if (!is_taken) retry_to_reopen(again);
}

// Tells a guest of the end of a connection, now or when its mailbox has a place.
void tell_disconnect(const std::shared_ptr<ServerLink>& link, uint64_t handler,
                     uint64_t connection) {
  if (link->is_detached()) return;
  const ExportFunction& function = link->exports().disconnect;
  if (!link->parts().calls->exports(function)) return;
  Bytes params;
  wit::encode_params(params, handler, connection);
  auto given = link->parts().calls->call(function, std::move(params), ReplyTo::Reach::kNode,
                                         [](const RequestAnswer&) {});
  if (given) return;
  link->retry([link, handler, connection] { tell_disconnect(link, handler, connection); });
}

std::string in_capitals(std::string_view method) {
  std::string capitals;
  for (char letter : method)
    capitals += letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  return capitals;
}

// The path of a middleware: a folder, with or without `/*` at its end.
Result<std::string> middleware_path(std::string_view path) {
  if (path.ends_with("/*")) path.remove_suffix(1);
  std::string normal = THEATER_TRY(normal_path(path));
  if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

}  // namespace

HttpFrameworkSession::HttpFrameworkSession(const SessionContext& context,
                                           const HttpFrameworkParts& parts)
    : actor_(context.actor),
      pool_(context.pool.value_or(context.actor.id())),
      parts_(parts),
      timers_(context.timers),
      jobs_(context.jobs),
      rules_(context.permissions.http_framework, context.manifest.limits.payload_bytes),
      notes_(context.actor.notes()),
      own_link_(make_link()) {
  take_up_timer_ = timers_.after(
      kTakeUpTime, [doors = parts_.doors, actor = actor_.id()] { doors->close_vacant(actor); });
}

HttpFrameworkSession::~HttpFrameworkSession() {
  timers_.cancel(take_up_timer_);
  own_link_->detach();
  for (auto& [number, server] : servers_) {
    server.link->detach();
    if (server.door) server.door->leave(actor_.id());
  }
  for (const auto& link : destroyed_)
    link->detach();
  for (auto& [number, answer] : answers_)
    answer->abandon();
}

// Permissions.

Refusal HttpFrameworkSession::refuses_server(const ServerConfig& config) const {
  auto address = IpAddress::parse(config.host_or_default());
  // The function itself says what is wrong with it.
  if (!address && rules_.refuses() == std::nullopt) return std::nullopt;
  std::string host = address ? config.host_or_default() : std::string(ServerConfig::kHost);
  return rules_.refuses_server(host, config.port.value_or(0), servers_.size());
}

Refusal HttpFrameworkSession::refuses_route(uint64_t number, std::string_view path,
                                            std::string_view method) const {
  auto pattern = RoutePattern::parse(path);
  const Server* server = find(number);
  std::string capitals = in_capitals(method);
  if (!pattern || !is_route_method(capitals)) return rules_.refuses();
  return rules_.refuses_route(pattern->text(), capitals, server == nullptr ? 0 : server->routes());
}

Refusal HttpFrameworkSession::refuses_web_socket(uint64_t number, std::string_view path) const {
  auto pattern = RoutePattern::parse(path);
  const Server* server = find(number);
  if (!pattern) return rules_.refuses();
  return rules_.refuses_web_socket(pattern->text(), server == nullptr ? 0 : server->routes());
}

// Servers.

HttpFrameworkSession::Server* HttpFrameworkSession::find(uint64_t number) {
  auto found = servers_.find(number);
  return found == servers_.end() ? nullptr : &found->second;
}

const HttpFrameworkSession::Server* HttpFrameworkSession::find(uint64_t number) const {
  auto found = servers_.find(number);
  return found == servers_.end() ? nullptr : &found->second;
}

std::shared_ptr<ServerLink> HttpFrameworkSession::make_link() const {
  return std::make_shared<ServerLink>(
      ServerLink::Parts{actor_.name(), rules_, actor_.guest_calls(), notes_, timers_, current_});
}

void HttpFrameworkSession::warn(std::string_view text) const {
  log_line(LogLevel::kWarn, {.actor = actor_.name(), .part = "http-framework", .id = actor_.id()},
           "{}: {}", actor_.id().to_string(), text);
}

HttpFrameworkSession::Number HttpFrameworkSession::create_server(const ServerConfig& config) {
  std::string host = config.host_or_default();
  bool is_long = host.size() > kHostBytesMax;
  if (is_long || !IpAddress::parse(host)) {
    return tl::unexpected(fmt::format(
        "Invalid host: {}: a server listens on a literal address, such as 127.0.0.1 or ::1",
        host.substr(0, kHostBytesMax)));
  }
  if (config.tls_config) {
    const auto& [certificate, key] =
        std::tie(config.tls_config->cert_path, config.tls_config->key_path);
    if (certificate.empty() || key.empty())
      return tl::unexpected(std::string("Invalid TLS configuration"));
    if (certificate != key) {
      return tl::unexpected(std::string(
          "Invalid TLS configuration: both fields are the name of one key pair of the operator's "
          "policy"));
    }
  }
  Server server;
  server.made.number = ++last_server_;
  server.made.host = std::move(host);
  server.made.asked_port = config.port.value_or(0);
  if (config.tls_config) server.made.key_pair = config.tls_config->cert_path;
  server.link = make_link();
  servers_.emplace(last_server_, std::move(server));
  return last_server_;
}

HttpFrameworkSession::Said<ServerInfo> HttpFrameworkSession::server_info(uint64_t number) const {
  const Server* server = find(number);
  if (server == nullptr) return no_server(number);
  ServerInfo info;
  info.id = number;
  info.host = server->made.host;
  info.running = server->door != nullptr && server->door->is_open();
  info.port =
      info.running ? server->door->number() : server->made.port.value_or(server->made.asked_port);
  info.routes_count = static_cast<uint32_t>(server->made.routes.size());
  info.middleware_count = static_cast<uint32_t>(server->made.middleware.size());
  info.websocket_enabled = !server->made.web_sockets.empty();
  return info;
}

ServerDoor::Place HttpFrameworkSession::place_of(const HeldServer& made, uint16_t port) const {
  return {made.host, port, made.key_pair.value_or("")};
}

std::function<Result<void>()> HttpFrameworkSession::opening(
    const std::shared_ptr<ServerDoor>& door) const {
  return [door, ports = parts_.ports, key_pairs = parts_.key_pairs,
          connections = rules_.connections_max()]() -> Result<void> {
    HttpServer::TlsSource tls;
    if (const std::string& name = door->place().key_pair; !name.empty()) {
      if (key_pairs == nullptr) {
        return fail(ErrorCode::kNotFound,
                    "Certificate not found: {}: the operator's policy names no key pairs", name);
      }
      tls = THEATER_TRY(key_pairs->open(name));
    }
    auto port = THEATER_TRY(ports->listen(door->options(connections, std::move(tls))));
    if (door->open(std::move(port))) return {};
    return fail(ErrorCode::kUnavailable, "the server was stopped meanwhile");
  };
}

void HttpFrameworkSession::start_server(Responder<Port> reply, uint64_t number) {
  auto refuse = [&](std::string why) { std::move(reply).answer(tl::unexpected(std::move(why))); };
  Server* server = find(number);
  if (server == nullptr) return refuse(no_server(number).value());
  // A start that failed has left a closed door.
  if (server->door && !server->door->is_closed())
    return refuse("Failed to start server: Server is already running");
  if (parts_.ports == nullptr) return refuse("Failed to start server: this node has no network");
  ServerDoor::Place place = place_of(server->made, server->made.asked_port);
  server->link->take_sockets();
  using Wanted = ServerDoors::Wanted;
  auto door = parts_.doors->join(holder(), place, Wanted::kPromising, server->link);
  bool is_new = door == nullptr;
  if (is_new) {
    door = std::make_shared<ServerDoor>(std::move(place), parts_.room);
    parts_.doors->add(holder(), door, server->link);
  }
  server->door = door;
  auto waiting = std::make_shared<Responder<Port>>(std::move(reply));
  door->when_open([waiting, door, doors = parts_.doors,
                   actor = actor_.id()](const Result<uint16_t>& port) {
    if (port) return std::move(*waiting).answer(*port);
    if (doors->remove(actor, door)) door->close({});
    std::move(*waiting).answer(tl::unexpected("Failed to start server: " + port.error().message()));
  });
  if (!is_new) return;
  auto failed = [door](const Error& why) { door->not_opened(why, ServerDoor::Attempt::kLast); };
  bool is_taken = jobs_.submit([open = opening(door), failed] {
    if (Result<void> opened = open(); !opened) failed(opened.error());
  });
  if (!is_taken)
    failed(Error(ErrorCode::kResourceExhausted, "the node has too much to do: try later"));
}

void HttpFrameworkSession::stop_server(Responder<Done> reply, uint64_t number) {
  Server* server = find(number);
  if (server == nullptr) return std::move(reply).answer(no_server(number));
  if (server->door == nullptr || server->door->is_closed()) {
    server->door.reset();
    return std::move(reply).answer(
        tl::unexpected(std::string("Failed to stop server: Server is not running")));
  }
  auto door = std::exchange(server->door, nullptr);
  server->made.port.reset();
  leave_door(std::move(reply), server->link, door);
}

void HttpFrameworkSession::leave_door(Responder<Done> reply,
                                      const std::shared_ptr<ServerLink>& link,
                                      const std::shared_ptr<ServerDoor>& door) {
  if (parts_.doors->remove(actor_.id(), door)) {
    auto waiting = std::make_shared<Responder<Done>>(std::move(reply));
    return door->close([waiting, door] { std::move(*waiting).answer(Done()); });
  }
  // The port stays open for the others of the pool.
  link->close_sockets();
  std::move(reply).answer(Done());
}

void HttpFrameworkSession::destroy_server(Responder<Done> reply, uint64_t number) {
  Server* server = find(number);
  if (server == nullptr) return std::move(reply).answer(no_server(number));
  auto door = std::move(server->door);
  auto link = std::move(server->link);
  servers_.erase(number);
  // Sockets and requests that are under way share it with this object.
  std::erase_if(destroyed_, [](const auto& one) { return one.use_count() == 1; });
  destroyed_.push_back(link);
  if (door == nullptr) return std::move(reply).answer(Done());
  leave_door(std::move(reply), link, door);
}

// Routes.

HttpFrameworkSession::Number HttpFrameworkSession::register_handler(std::string_view name) {
  if (name.empty()) return tl::unexpected(std::string("Handler name cannot be empty"));
  if (last_handler_ >= kHandlersMax)
    return tl::unexpected(fmt::format("an actor has at most {} handlers", kHandlersMax));
  return ++last_handler_;
}

HttpFrameworkSession::Done HttpFrameworkSession::check_handler(uint64_t number,
                                                               std::string_view what) const {
  if (number != 0 && number <= last_handler_) return {};
  return tl::unexpected(fmt::format("{} not found: {}", what, number));
}

Result<std::shared_ptr<const ServerRouting>> HttpFrameworkSession::routing_of(
    const HeldServer& made) {
  auto routing = std::make_shared<ServerRouting>();
  for (const HeldMiddleware& middleware : made.middleware)
    routing->middleware.push_back(
        {THEATER_TRY(middleware_path(middleware.path)), middleware.handler});
  for (const HeldRoute& route : made.routes) {
    RoutePattern pattern = THEATER_TRY(RoutePattern::parse(route.path));
    THEATER_TRY_VOID(routing->routes.add(pattern, in_capitals(route.method), route.handler));
  }
  for (const HeldWebSocket& socket : made.web_sockets) {
    RoutePattern pattern = THEATER_TRY(RoutePattern::parse(socket.path));
    THEATER_TRY_VOID(routing->routes.add_web_socket(
        pattern, {socket.connect, socket.message, socket.disconnect}));
  }
  return std::shared_ptr<const ServerRouting>(std::move(routing));
}

// Requests from here on follow the change, while the server runs.
HttpFrameworkSession::Done HttpFrameworkSession::change(Server& server, HeldServer changed,
                                                        std::string_view what) {
  auto routing = routing_of(changed);
  if (!routing) return tl::unexpected(fmt::format("{}: {}", what, routing.error().message()));
  server.made = std::move(changed);
  server.link->set_routing(*std::move(routing));
  return {};
}

HttpFrameworkSession::Number HttpFrameworkSession::add_route(uint64_t number, std::string_view path,
                                                             std::string_view method,
                                                             uint64_t handler) {
  Server* server = find(number);
  if (server == nullptr) return no_server(number);
  if (!path.starts_with('/')) return tl::unexpected(std::string("Path must start with /"));
  if (!is_route_method(in_capitals(method)))
    return tl::unexpected(fmt::format("Invalid HTTP method: {}", method));
  if (Done known = check_handler(handler, "Handler"); !known) return tl::unexpected(known.error());
  HeldServer changed = server->made;
  changed.routes.push_back({last_route_ + 1, std::string(path), std::string(method), handler});
  if (Done done = change(*server, std::move(changed), "Invalid route pattern"); !done)
    return tl::unexpected(done.error());
  return ++last_route_;
}

HttpFrameworkSession::Done HttpFrameworkSession::remove_route(uint64_t number) {
  for (auto& [id, server] : servers_) {
    HeldServer changed = server.made;
    std::erase_if(changed.routes, [number](const auto& route) { return route.number == number; });
    if (changed.routes.size() == server.made.routes.size()) continue;
    return change(server, std::move(changed), "Invalid route pattern");
  }
  return tl::unexpected(fmt::format("Route not found: {}", number));
}

HttpFrameworkSession::Number HttpFrameworkSession::add_middleware(uint64_t number,
                                                                  std::string_view path,
                                                                  uint64_t handler) {
  Server* server = find(number);
  if (server == nullptr) return no_server(number);
  if (!path.starts_with('/')) return tl::unexpected(std::string("Path must start with /"));
  if (Done known = check_handler(handler, "Handler"); !known) return tl::unexpected(known.error());
  if (server->made.middleware.size() >= kMiddlewareMax)
    return tl::unexpected(fmt::format("a server has at most {} middleware", kMiddlewareMax));
  HeldServer changed = server->made;
  changed.middleware.push_back({last_middleware_ + 1, std::string(path), handler});
  if (Done done = change(*server, std::move(changed), "Invalid path of middleware"); !done)
    return tl::unexpected(done.error());
  return ++last_middleware_;
}

HttpFrameworkSession::Done HttpFrameworkSession::remove_middleware(uint64_t number) {
  for (auto& [id, server] : servers_) {
    HeldServer changed = server.made;
    std::erase_if(changed.middleware, [number](const auto& one) { return one.number == number; });
    if (changed.middleware.size() == server.made.middleware.size()) continue;
    return change(server, std::move(changed), "Invalid path of middleware");
  }
  return tl::unexpected(fmt::format("Middleware not found: {}", number));
}

HttpFrameworkSession::Done HttpFrameworkSession::enable_web_socket(
    uint64_t number, std::string_view path, Handler connect, uint64_t message, Handler disconnect) {
  Server* server = find(number);
  if (server == nullptr) return no_server(number);
  if (!path.starts_with('/')) return tl::unexpected(std::string("Path must start with /"));
  if (Done known = check_handler(message, "Message handler"); !known) return known;
  if (connect) {
    if (Done known = check_handler(*connect, "Connect handler"); !known) return known;
  }
  if (disconnect) {
    if (Done known = check_handler(*disconnect, "Disconnect handler"); !known) return known;
  }
  HeldServer changed = server->made;
  changed.web_sockets.push_back({std::string(path), connect, message, disconnect});
  return change(*server, std::move(changed), "Invalid route pattern");
}

// WebSockets.

HttpFrameworkSession::Done HttpFrameworkSession::send_message(uint64_t number, uint64_t connection,
                                                              const SocketMessage& message) {
  Server* server = find(number);
  if (server == nullptr) return no_server(number);
  auto socket = server->link->find_socket(connection);
  if (socket == nullptr)
    return tl::unexpected(fmt::format("WebSocket connection not found: {}", connection));
  auto out = out_message(message);
  if (!out) return tl::unexpected("Failed to send WebSocket message: " + out.error());
  if (auto room = socket->reserve(*out); !room) return room;
  actor_.to_outside([socket, out = *std::move(out)](const std::optional<Error>& failure) {
    failure ? socket->drop(out) : socket->send(out);
  });
  return {};
}

HttpFrameworkSession::Done HttpFrameworkSession::close_socket(uint64_t number,
                                                              uint64_t connection) {
  return send_message(number, connection, SocketMessage{SocketClose{}, std::nullopt, std::nullopt});
}

// Answers in pieces.

HttpFrameworkSession::Number HttpFrameworkSession::open_answer() {
  bool is_in_request = current_->call != 0 && current_->call == actor_.current_call().seq;
  auto exchange = current_->exchange.lock();
  auto server = current_->server.lock();
  if (!is_in_request || exchange == nullptr || server == nullptr)
    return tl::unexpected(std::string("an answer is opened in `handle-request` only"));
  if (*current_->opened != nullptr)
    return tl::unexpected(std::string("the answer of this request is open already"));
  const ExportFunction& function = server->exports().answer;
  if (!server->parts().calls->exports(function)) {
    return tl::unexpected(
        fmt::format("the component does not export {}, which hears of the end of an answer",
                    function.name.to_string()));
  }
  forget_closed_answers();
  if (answers_.size() >= kOpenAnswersMax)
    return tl::unexpected(fmt::format("full: {} answers of this actor are open, which is the limit",
                                      kOpenAnswersMax));
  uint64_t number = actor_.chain().position().seq;
  auto answer = std::make_shared<OpenAnswer>(std::move(server), number);
  *current_->opened = answer;
  answers_.emplace(number, std::move(answer));
  return number;
}

std::shared_ptr<OpenAnswer> HttpFrameworkSession::find_answer(uint64_t number) {
  auto found = answers_.find(number);
  return found == answers_.end() ? nullptr : found->second;
}

void HttpFrameworkSession::forget_closed_answers() {
  std::erase_if(answers_, [](const auto& answer) { return answer.second->is_over(); });
}

HttpFrameworkSession::Said<bool> HttpFrameworkSession::write_answer(uint64_t number,
                                                                    ByteView bytes) {
  auto answer = find_answer(number);
  if (answer == nullptr)
    return tl::unexpected(fmt::format("closed: answer {} is not open", number));
  auto room = answer->reserve(bytes.size());
  if (!room) return room;
  actor_.to_outside([answer, piece = to_bytes(bytes)](const std::optional<Error>& failure) {
    if (!failure) answer->put(piece);
  });
  return room;
}

HttpFrameworkSession::Done HttpFrameworkSession::finish_answer(uint64_t number) {
  auto answer = find_answer(number);
  if (answer == nullptr || answer->is_over())
    return tl::unexpected(fmt::format("closed: answer {} is not open", number));
  answer->set_over();
  answers_.erase(number);
  actor_.to_outside([answer](const std::optional<Error>& failure) {
    failure ? answer->abort() : answer->finish();
  });
  return {};
}

HttpFrameworkSession::Done HttpFrameworkSession::abort_answer(uint64_t number) {
  auto answer = find_answer(number);
  if (answer == nullptr || answer->is_over())
    return tl::unexpected(fmt::format("closed: answer {} is not open", number));
  answer->set_over();
  answers_.erase(number);
  actor_.to_outside([answer](const std::optional<Error>&) { answer->abort(); });
  return {};
}

// What comes back.

void HttpFrameworkSession::restore(ByteView bytes) {
  auto held = HeldFramework::parse(bytes);
  THEATER_CHECK(held.has_value(), "{}", held.error().to_string());
  last_server_ = held->last_server;
  last_handler_ = held->last_handler;
  last_route_ = held->last_route;
  last_middleware_ = held->last_middleware;
  for (const auto& [connection, handler] : held->connections)
    tell_disconnect(own_link_, handler, connection);
  for (uint64_t answer : held->answers) {
    AnswerGone gone{"interrupted: the instance that opened the answer has ended"};
    tell_answer_event(own_link_, answer, gone, std::make_shared<std::atomic<bool>>(false));
  }
  for (HeldServer& server : held->servers)
    restore_server(std::move(server));
}

void HttpFrameworkSession::leave_out_what_is_refused(HeldServer& held) const {
  size_t kept = 0;
  auto is_refused = [&](std::string_view path, std::string_view method) {
    auto pattern = RoutePattern::parse(path);
    Refusal why = pattern ? rules_.refuses_route(pattern->text(), in_capitals(method), kept)
                          : Refusal(pattern.error().message());
    if (!why) ++kept;
    if (why) warn(fmt::format("the route {} {} is not restored: {}", method, path, *why));
    return why.has_value();
  };
  std::erase_if(held.routes,
                [&](const HeldRoute& route) { return is_refused(route.path, route.method); });
  std::erase_if(held.web_sockets,
                [&](const HeldWebSocket& socket) { return is_refused(socket.path, "GET"); });
}

void HttpFrameworkSession::restore_server(HeldServer held) {
  uint16_t port = held.port.value_or(held.asked_port);
  // The grant may say 0, for any port that the system chooses; this one was.
  uint16_t granted = held.asked_port == 0 ? uint16_t{0} : port;
  if (Refusal why = rules_.refuses_server(held.host, granted, servers_.size())) {
    warn(fmt::format("the server {} of {} port {} is not restored: {}", held.number, held.host,
                     port, *why));
    return;
  }
  leave_out_what_is_refused(held);
  Server server;
  server.link = make_link();
  uint64_t number = held.number;
  auto [added, is_added] = servers_.emplace(number, std::move(server));
  THEATER_CHECK(is_added);
  bool was_running = held.port.has_value();
  if (Done done = change(added->second, held, "Invalid route pattern"); !done) {
    warn(fmt::format("the routes of server {} are not restored: {}", number, done.error()));
    added->second.made = std::move(held);
  }
  if (was_running) reopen(added->second);
}

void HttpFrameworkSession::reopen(Server& server) {
  ServerDoor::Place place = place_of(server.made, *server.made.port);
  server.door = parts_.doors->join(holder(), place, ServerDoors::Wanted::kAny, server.link);
  if (server.door || parts_.ports == nullptr) return;
  server.door = std::make_shared<ServerDoor>(std::move(place), parts_.room);
  parts_.doors->add(holder(), server.door, server.link);
  try_to_reopen(std::make_shared<Reopening>(
      Reopening{server.door, opening(server.door), timers_, jobs_, actor_.name()}));
}

}  // namespace theater
