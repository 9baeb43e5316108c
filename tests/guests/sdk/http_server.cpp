// Serves HTTP by every function and callback of the SDK. `http_server.rs` and `http_server.ts` answer
// the same.
#include <theater/http_answer.hpp>
#include <theater/http_router.hpp>
#include <theater/message_server.hpp>

#include <algorithm>

using namespace theater;

struct Item {
  std::string name;
  THEATER_FIELDS(name)
};

struct Counted {
  int64_t count = 0;
  std::string name;
  THEATER_FIELDS(count, name)
};

struct Porter {
  http::Server server;
  std::vector<std::string> names;
  std::vector<uint64_t> connections;
  std::vector<uint64_t> answers;
  std::vector<std::string> heard;
  THEATER_FIELDS(server, names, connections, answers, heard)

  static void routes(http::Router<Porter>& router) {
    router.get("/", [](Porter&, const http::Request&) { return http::text("hello\n"); });
    router.get("/items/{id}", &Porter::item);
    router.post("/items", &Porter::add);
    router.put("/items/{id}/{name}", &Porter::rename);
    router.patch("/items", &Porter::clear);
    router.del("/items/{id}", &Porter::remove);
    router.get("/files/{*path}", [](Porter&, const http::Request&, std::string_view path) {
      return http::text(std::string(path));
    });
    router.get("/fail", &Porter::fall);
    router.get("/moved", [](Porter&, const http::Request&) { return http::redirect("/items/0"); });
    router.get("/seen", &Porter::seen);
    router.get("/events", &Porter::events);
    router.middleware("/seen", &Porter::mark);
    router.middleware("/files/private", [](Porter&, http::Request&) { return false; });
    router.websocket("/live", &Porter::joined, &Porter::said, &Porter::left);
    router.websocket("/echo", [](Porter&, uint64_t, const websocket::Message& message) {
      return std::vector{message};
    });
  }

  Status init(std::string_view) { return server.serve(*this); }

  Result<http::Response> item(const http::Request& request, size_t id) {
    if (id >= names.size()) return http::problem(404, "no such item");
    json::Value value = json::Value::object({{"id", id}, {"name", names[id]}});
    value.set("q", http::query_value(request, "q").value_or("none"));
    return http::json(value);
  }

  Result<http::Response> add(const http::Request& request) {
    auto item = http::read_json<Item>(request);
    if (!item) return http::problem(400, "no item");
    names.push_back(item->name);
    for (uint64_t connection : connections)
      THEATER_TRY_VOID(server.send_text(connection, "new: " + item->name));
    return http::json(201, Counted{static_cast<int64_t>(names.size()), item->name});
  }

  Result<http::Response> rename(const http::Request&, size_t id, const std::string& name) {
    if (id >= names.size()) return http::problem(404, "no such item");
    names[id] = name;
    return http::text("renamed");
  }

  Result<http::Response> clear(const http::Request& request) {
    names.clear();
    return http::html(request.body.value_or("nothing"));
  }

  Result<http::Response> remove(const http::Request&, size_t id) {
    if (id >= names.size()) return http::problem(404, "no such item");
    names.erase(names.begin() + static_cast<ptrdiff_t>(id));
    return http::Response{.status = 204};
  }

  Result<http::Response> fall(const http::Request&) {
    names.push_back("lost");
    return fail("as asked");
  }

  Result<bool> mark(http::Request& request) {
    heard.push_back("passed " + request.uri);
    request.headers.push_back({"Mark", "marked"});
    return true;
  }

  Result<http::Response> seen(const http::Request& request) {
    return http::text(std::string(http::find_header(request.headers, "mark").value_or("none")));
  }

  // Messages to the actor write the rest of the answer.
  Result<http::Response> events(const http::Request&) {
    answers.push_back(THEATER_TRY(http_answer::open()));
    heard.push_back(http_answer::open() ? "two answers" : "one answer");
    return http::Response{.status = 200, .headers = {{"Content-Type", "text/event-stream"}}};
  }

  Status joined(uint64_t connection, std::string_view path,
                std::optional<std::string_view> subprotocol) {
    if (subprotocol == "none") return fail("not with this subprotocol");
    connections.push_back(connection);
    heard.push_back("joined " + std::string(path) + " " + std::string(subprotocol.value_or("-")));
    return {};
  }

  Result<std::vector<websocket::Message>> said(uint64_t connection,
                                               const websocket::Message& message) {
    if (message.kind == websocket::Message::Kind::kClose) return std::vector<websocket::Message>();
    if (message.content() == "bye") {
      THEATER_TRY_VOID(server.close(connection));
      return std::vector<websocket::Message>();
    }
    THEATER_TRY_VOID(server.send(connection, websocket::binary("binary")));
    return std::vector{websocket::text("you said " + std::string(message.content())),
                       websocket::text("no more")};
  }

  Status left(uint64_t connection) {
    std::erase(connections, connection);
    heard.push_back("left");
    return {};
  }

  Status handle_answer(uint64_t answer, const http_answer::Event& event) {
    bool is_gone = event.kind == http_answer::Event::Kind::kGone;
    if (is_gone) std::erase(answers, answer);
    heard.push_back(is_gone ? "gone " + std::string(event.error.substr(0, event.error.find(':')))
                            : "room");
    return {};
  }

  // `event TEXT`, `finish`, `abort` or `fill`.
  Status handle_send(std::string_view message) {
    for (uint64_t answer : std::vector(answers)) {
      if (message == "finish") THEATER_TRY_VOID(http_answer::finish(answer));
      if (message == "abort") THEATER_TRY_VOID(http_answer::abort(answer));
      if (message == "fill") THEATER_TRY_VOID(fill(answer));
      if (message.starts_with("event "))
        THEATER_TRY(http_answer::write(answer, server_sent_event(message.substr(6), "news")));
    }
    if (message == "finish" || message == "abort") answers.clear();
    return {};
  }

  // Until the node takes no more. It may send pieces meanwhile, so a full buffer may take another.
  Status fill(uint64_t answer) {
    std::string piece(65536, 'x');
    Result<bool> written = true;
    while (written)
      written = http_answer::write(answer, piece);
    heard.push_back(written.error().substr(0, written.error().find(':')));
    return {};
  }

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message == "port") return std::to_string(server.port());
    if (message == "heard") return joined_lines();
    if (message == "functions") return functions();
    if (message == "serve") return served_again();
    if (message == "stop") {
      THEATER_TRY_VOID(server.stop());
      return server.info() ? "there" : "gone";
    }
    return fail("unknown request: " + std::string(message));
  }

  std::string joined_lines() const {
    std::string text;
    for (const std::string& line : heard)
      text += (text.empty() ? "" : "\n") + line;
    return text;
  }

  Result<Reply> served_again() {
    THEATER_TRY_VOID(server.serve(*this));
    return describe(THEATER_TRY(server.info()));
  }

  static std::string describe(const http::ServerInfo& info) {
    return info.host + (info.is_running ? " running " : " stopped ") + std::to_string(info.routes) +
           " " + std::to_string(info.middlewares) + (info.has_websockets ? " websockets" : "");
  }

  // Every function below the router, on a server of its own.
  static Result<Reply> functions() {
    namespace framework = http_framework;
    uint64_t server = THEATER_TRY(framework::create_server({.host = "127.0.0.1"}));
    uint64_t handler = THEATER_TRY(framework::register_handler("all"));
    uint64_t route = THEATER_TRY(framework::add_route(server, "/a", "GET", handler));
    THEATER_TRY(framework::add_route(server, "/b", "GET", handler));
    uint64_t middleware = THEATER_TRY(framework::add_middleware(server, "/a", handler));
    THEATER_TRY_VOID(
        framework::enable_websocket(server, "/c", std::nullopt, handler, std::nullopt));
    std::string before = describe(THEATER_TRY(framework::get_server_info(server)));
    THEATER_TRY_VOID(framework::remove_route(route));
    THEATER_TRY_VOID(framework::remove_middleware(middleware));
    uint16_t port = THEATER_TRY(framework::start_server(server));
    std::string after = describe(THEATER_TRY(framework::get_server_info(server)));
    THEATER_TRY_VOID(framework::stop_server(server));
    THEATER_TRY_VOID(framework::destroy_server(server));
    bool all_fail = !framework::get_server_info(server) && !framework::remove_route(route) &&
                    !framework::send_websocket_message(server, 1, websocket::close()) &&
                    !framework::close_websocket(server, 1) && port != 0;
    return before + " / " + after + (all_fail ? " / gone" : " / there");
  }
};

THEATER_ACTOR(Porter)
THEATER_MESSAGE_SERVER_CLIENT(Porter)
THEATER_HTTP_HANDLERS(Porter)
THEATER_HTTP_ANSWER_HANDLERS(Porter)
