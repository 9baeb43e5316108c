// A guestbook: a page, a JSON API, and a WebSocket with each new entry. The entries are in a store.
#include <theater/http_router.hpp>
#include <theater/store.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "page.h"

namespace http = theater::http;
namespace websocket = theater::websocket;
using theater::Result;
using theater::Status;
using theater::Store;

struct Entry {
  int64_t number = 0;  // From 1.
  std::string name;
  std::string text;
  uint64_t time_ms = 0;
  THEATER_FIELDS(number, name, text, time_ms)
};

// What a guest sends.
struct Draft {
  std::string name;
  std::string text;
  THEATER_FIELDS(name, text)
};

struct Guestbook {
  uint16_t port = 8080;
  std::string store;
  int64_t entries = 0;
  std::vector<uint64_t> listeners;  // WebSockets that are open.
  http::Server server;
  THEATER_FIELDS(port, store, entries, listeners, server)

  static constexpr int64_t kEntriesShown = 50;
  static constexpr size_t kNameBytesMax = 120;
  static constexpr size_t kTextBytesMax = 2000;
  static constexpr size_t kListenersMax = 1000;

  // People can read this state in the chain.
  using Codec = theater::JsonCodec;

  static void routes(http::Router<Guestbook>& router) {
    router.get("/", &Guestbook::page);
    router.get("/guestbook.css", &Guestbook::style);
    router.get("/guestbook.js", &Guestbook::script);
    router.get("/api/entries", &Guestbook::list);
    router.post("/api/entries", &Guestbook::add);
    router.get("/api/entries/{number}", &Guestbook::entry);
    router.websocket("/live", &Guestbook::joined, &Guestbook::said, &Guestbook::left);
  }

  Status init(std::string_view) {
    store = THEATER_TRY(Store::create()).id();
    THEATER_TRY_VOID(server.serve(*this, {.port = port}));
    theater::log("the guestbook is at http://127.0.0.1:" + std::to_string(server.port()) + "/");
    return {};
  }

  Result<http::Response> page(const http::Request&) const {
    std::string body(kPageBegin);
    for (const Entry& entry : THEATER_TRY(newest(kEntriesShown))) {
      body += "<li><b>" + escaped(entry.name) + "</b><p>" + escaped(entry.text) + "</p></li>\n";
    }
    http::Response response = http::html(body.append(kPageEnd));
    // Only files of this server, and no script in what guests write.
    response.headers.push_back({"Content-Security-Policy",
                                "default-src 'none'; script-src 'self'; style-src 'self'; "
                                "connect-src 'self'; img-src data:; form-action 'none'"});
    return response;
  }

  http::Response style(const http::Request&) const { return file("text/css", kStyle); }
  http::Response script(const http::Request&) const { return file("text/javascript", kScript); }

  static http::Response file(std::string type, std::string_view content) {
    return {200, {{"Content-Type", std::move(type)}}, std::string(content)};
  }

  // The newest entries first; `?limit=N` gives fewer than fifty.
  Result<http::Response> list(const http::Request& request) const {
    int64_t limit = kEntriesShown;
    if (std::optional<std::string> given = http::query_value(request, "limit")) {
      auto read = theater::json::parse(*given);
      limit = read ? read->integer().value_or(0) : 0;
      if (limit < 1 || limit > kEntriesShown) return http::problem(400, "limit is from 1 to 50");
    }
    return http::json(THEATER_TRY(newest(limit)));
  }

  Result<http::Response> entry(const http::Request&, int64_t number) const {
    if (number < 1 || number > entries) return http::problem(404, "no such entry");
    return http::json(THEATER_TRY(read(number)));
  }

  Result<http::Response> add(const http::Request& request) {
    // A page of another site cannot send this type without asking, and nothing here says yes.
    if (http::find_header(request.headers, "content-type") != "application/json") {
      return http::problem(415, "an entry is application/json");
    }
    auto draft = http::read_json<Draft>(request);
    if (!draft) return http::problem(400, draft.error());
    if (draft->name.empty() || draft->name.size() > kNameBytesMax) {
      return http::problem(400, "a name has 1 to 120 bytes");
    }
    if (draft->text.empty() || draft->text.size() > kTextBytesMax) {
      return http::problem(400, "a text has 1 to 2000 bytes");
    }
    Entry entry{entries + 1, draft->name, draft->text, theater::get_current_time()};
    std::string content = theater::JsonCodec::save(entry).value();
    THEATER_TRY(Store(store).put_at(label(entry.number), content));
    entries = entry.number;
    for (uint64_t listener : listeners) {
      // One that is gone is on its way out of the list.
      static_cast<void>(server.send_text(listener, content));
    }
    return http::json(201, entry);
  }

  Status joined(uint64_t connection, std::string_view, std::optional<std::string_view>) {
    if (listeners.size() == kListenersMax)
      return theater::fail("the guestbook is full of listeners");
    listeners.push_back(connection);
    return {};
  }

  // Nothing is asked of a listener.
  std::vector<websocket::Message> said(uint64_t, const websocket::Message&) { return {}; }

  Status left(uint64_t connection) {
    std::erase(listeners, connection);
    return {};
  }

 private:
  static std::string label(int64_t number) { return "entries/" + std::to_string(number); }

  Result<Entry> read(int64_t number) const {
    Store entries_store(store);
    auto content = THEATER_TRY(entries_store.find(label(number)));
    if (!content) return theater::fail("the entry is not in the store");
    return theater::JsonCodec::load<Entry>(THEATER_TRY(entries_store.get(*content)));
  }

  Result<std::vector<Entry>> newest(int64_t count) const {
    std::vector<Entry> found;
    for (int64_t number = entries; number > 0 && number > entries - count; --number)
      found.push_back(THEATER_TRY(read(number)));
    return found;
  }
};

THEATER_ACTOR(Guestbook)
THEATER_HTTP_HANDLERS(Guestbook)
