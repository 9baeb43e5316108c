// http_router.hpp: registration, and one call of a route's function.
#pragma once

#include <algorithm>
#include <charconv>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace theater::detail {

// The parameters of a handler without its actor: the request, then those of the path.
template <class Handler>
struct HandlerTraits : HandlerTraits<decltype(&Handler::operator())> {};
template <class C, class R, class... P>
struct HandlerTraits<R (C::*)(P...)> {
  using Parameters = std::tuple<std::remove_cvref_t<P>...>;
};
template <class C, class R, class... P>
struct HandlerTraits<R (C::*)(P...) const> : HandlerTraits<R (C::*)(P...)> {};
template <class R, class... P>
struct HandlerTraits<R (*)(P...)> {
  using Parameters = std::tuple<std::remove_cvref_t<P>...>;
};

// How many of them stand before those of the path.
template <class Handler>
inline constexpr size_t kBeforePath = std::is_member_function_pointer_v<Handler> ? 1 : 2;

template <class Handler>
inline constexpr size_t kPathParameters =
    std::tuple_size_v<typename HandlerTraits<Handler>::Parameters> - kBeforePath<Handler>;

// The names of a path's parameters, in their order.
inline std::vector<std::string_view> parameter_names(std::string_view path) {
  std::vector<std::string_view> names;
  for (size_t begin = path.find('{'); begin != path.npos; begin = path.find('{', begin)) {
    size_t end = path.find('}', begin);
    if (end == path.npos) break;
    std::string_view name = path.substr(begin + 1, end - begin - 1);
    if (name.starts_with('*')) name.remove_prefix(1);
    names.push_back(name);
    begin = end;
  }
  return names;
}

// A value of a path's parameter; none if it is no such value.
template <class Value>
std::optional<Value> parameter_value(const std::string& text) {
  if constexpr (std::same_as<Value, std::string> || std::same_as<Value, std::string_view>) {
    return Value(text);
  } else {
    static_assert(std::integral<Value> && !std::same_as<Value, bool>,
                  "a parameter of a path is a std::string, a std::string_view or an integer");
    Value value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }
}

// The values of a path's parameters, in their order.
inline std::vector<std::string> parameter_texts(const http::Request& request,
                                                std::string_view path) {
  std::vector<std::string> texts;
  for (std::string_view name : parameter_names(path)) {
    auto header = http::find_header(request.headers, "X-Route-Param-" + std::string(name));
    texts.push_back(std::string(header.value_or("")));
  }
  return texts;
}

// Runs a handler with the values of its path's parameters.
template <class T, class Handler, size_t... I>
Result<http::Response> call_route(T& actor, const http::Request& request, Handler handler,
                                  std::string_view path, std::index_sequence<I...>) {
  using Parameters = typename HandlerTraits<Handler>::Parameters;
  std::vector<std::string> texts = parameter_texts(request, path);
  [[maybe_unused]] auto values = std::make_tuple(
      parameter_value<std::tuple_element_t<I + kBeforePath<Handler>, Parameters>>(texts[I])...);
  bool all = (std::get<I>(values).has_value() && ...);
  if (!all) return http::problem(404, "the path names nothing here");
  return std::invoke(handler, actor, request, *std::get<I>(values)...);
}

}  // namespace theater::detail

namespace theater::http {

inline const Server::Registered* Server::find(std::string_view name) const {
  auto found = std::find_if(registered_.begin(), registered_.end(),
                            [&](const Registered& one) { return one.name == name; });
  return found == registered_.end() ? nullptr : &*found;
}

inline std::string_view Server::name_of(uint64_t handler) const {
  auto found = std::find_if(registered_.begin(), registered_.end(),
                            [&](const Registered& one) { return one.handler == handler; });
  return found == registered_.end() ? std::string_view() : std::string_view(found->name);
}

// The handler of a name, which is registered if it is not yet.
inline Result<uint64_t> Server::enroll(std::string_view name) {
  if (const Registered* known = find(name)) return known->handler;
  uint64_t handler = THEATER_TRY(http_framework::register_handler(name));
  registered_.push_back({std::string(name), handler, 0});
  return handler;
}

inline Status Server::take_back(const Registered& gone) const {
  if (gone.id == 0) return {};
  if (gone.name.starts_with("middleware ")) return http_framework::remove_middleware(gone.id);
  return http_framework::remove_route(gone.id);
}

inline Status Server::stop() {
  if (id_ != 0) THEATER_TRY_VOID(http_framework::destroy_server(id_));
  *this = {};
  return {};
}

template <class T>
Status Server::serve(const T&, const ServerConfig& config) {
  Result<ServerInfo> known = is_made() ? info() : fail("");
  if (!known) {
    *this = {};
    id_ = THEATER_TRY(http_framework::create_server(config));
  }
  Status done = [&]() -> Status {
    Router<T> router(*this);
    Router<T>::declare(router);
    THEATER_TRY_VOID(std::move(router.status_));
    for (const Registered& one : registered_) {
      if (std::ranges::find(router.declared_, one.name) == router.declared_.end())
        THEATER_TRY_VOID(take_back(one));
    }
    std::erase_if(registered_, [&](const Registered& one) {
      return std::ranges::find(router.declared_, one.name) == router.declared_.end();
    });
    bool is_running = known && known->is_running;
    port_ = is_running ? known->port : THEATER_TRY(http_framework::start_server(id_));
    return {};
  }();
  // The state that names this server is lost with the error.
  if (!done && !known) static_cast<void>(http_framework::destroy_server(id_));
  return done;
}

template <class T>
void Router<T>::enroll(const std::string& name, std::string_view method, std::string_view path) {
  if (server_ == nullptr || !status_) return;
  declared_.push_back(name);
  status_ = [&]() -> Status {
    if (server_->find(name) != nullptr) return {};
    uint64_t handler = THEATER_TRY(server_->enroll(name));
    server_->registered_.back().id = THEATER_TRY(
        method.empty() ? http_framework::add_middleware(server_->id_, path, handler)
                       : http_framework::add_route(server_->id_, path, method, handler));
    return {};
  }();
}

template <class T>
void Router<T>::route(std::string_view method, std::string_view path, auto handler) {
  using Handler = decltype(handler);
  constexpr size_t kCount = detail::kPathParameters<Handler>;
  std::string name = std::string(method) + " " + std::string(path);
  if (is_called(name) && call_->request != nullptr) {
    call_->response = detail::call_route(call_->actor, *call_->request, handler, path,
                                         std::make_index_sequence<kCount>());
  }
  size_t count = detail::parameter_names(path).size();
  if (server_ != nullptr && status_ && count != kCount) {
    status_ = fail("the route " + name + " has " + std::to_string(count) +
                   " parameters, and its function takes " + std::to_string(kCount));
  }
  enroll(name, method, path);
}

template <class T>
void Router<T>::middleware(std::string_view path, auto handler) {
  std::string name = "middleware " + std::string(path);
  if (is_called(name) && call_->passing != nullptr)
    call_->passed = std::invoke(handler, call_->actor, *call_->passing);
  enroll(name, "", path);
}

// A WebSocket is one declaration with up to three handlers.
template <class T>
void Router<T>::enroll_websocket(std::string_view path, bool has_others) {
  if (server_ == nullptr || !status_) return;
  std::string place(path);
  status_ = [&]() -> Status {
    bool is_known = server_->find("message " + place) != nullptr;
    uint64_t message = THEATER_TRY(server_->enroll("message " + place));
    declared_.push_back("message " + place);
    std::optional<uint64_t> connect, disconnect;
    if (has_others) {
      is_known = is_known && server_->find("connect " + place) != nullptr;
      connect = THEATER_TRY(server_->enroll("connect " + place));
      disconnect = THEATER_TRY(server_->enroll("disconnect " + place));
      declared_.push_back("connect " + place);
      declared_.push_back("disconnect " + place);
    }
    if (is_known) return {};
    return http_framework::enable_websocket(server_->id_, path, connect, message, disconnect);
  }();
}

template <class T>
void Router<T>::websocket(std::string_view path, auto on_message) {
  if (is_called("message " + std::string(path)) && call_->message != nullptr)
    call_->messages = std::invoke(on_message, call_->actor, call_->connection, *call_->message);
  enroll_websocket(path, false);
}

template <class T>
void Router<T>::websocket(std::string_view path, auto on_connect, auto on_message,
                          auto on_disconnect) {
  std::string place(path);
  if (is_called("message " + place) && call_->message != nullptr) {
    call_->messages = std::invoke(on_message, call_->actor, call_->connection, *call_->message);
  }
  if (is_called("connect " + place)) {
    call_->done =
        std::invoke(on_connect, call_->actor, call_->connection, call_->path, call_->subprotocol);
  }
  if (is_called("disconnect " + place))
    call_->done = std::invoke(on_disconnect, call_->actor, call_->connection);
  enroll_websocket(path, true);
}

// The outcome of the call that a handler is for; without one, an error.
template <class T>
typename Router<T>::Call Router<T>::run(Call call) {
  // A copy: the function may stop the server, whose table has the name.
  std::string name(call.name);
  call.name = name;
  Router router(call);
  declare(router);
  call.name = {};
  return call;
}

template <class T>
Result<Response> Router<T>::answer(T& actor, uint64_t handler, const Request& request) {
  Call call = run({.actor = actor, .name = name_of(actor, handler), .request = &request});
  if (call.response) return *std::move(call.response);
  return problem(404, "this route is gone");
}

template <class T>
Result<bool> Router<T>::pass(T& actor, uint64_t handler, Request& request) {
  Call call = run({.actor = actor, .name = name_of(actor, handler), .passing = &request});
  if (call.passed) return *std::move(call.passed);
  return fail("this middleware is gone: serve() registers the present ones");
}

template <class T>
Status Router<T>::connect(T& actor, uint64_t handler, uint64_t connection, std::string_view path,
                          std::optional<std::string_view> subprotocol) {
  Call call = run({.actor = actor,
                   .name = name_of(actor, handler),
                   .connection = connection,
                   .path = path,
                   .subprotocol = subprotocol});
  if (call.done) return *std::move(call.done);
  return fail("this WebSocket is gone: serve() registers the present ones");
}

template <class T>
Result<std::vector<websocket::Message>> Router<T>::message(T& actor, uint64_t handler,
                                                           uint64_t connection,
                                                           const websocket::Message& message) {
  Call call = run({.actor = actor,
                   .name = name_of(actor, handler),
                   .connection = connection,
                   .message = &message});
  if (call.messages) return *std::move(call.messages);
  return std::vector<websocket::Message>{websocket::close()};
}

template <class T>
Status Router<T>::disconnect(T& actor, uint64_t handler, uint64_t connection) {
  Call call = run({.actor = actor, .name = name_of(actor, handler), .connection = connection});
  return call.done ? *std::move(call.done) : Status();
}

}  // namespace theater::http
