// A server for tests, on a free port and on a Unix socket, with a loop of its own.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/testing/must.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/net/http_server.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace theater {

// Values that one thread gives and another waits for.
template <class T>
class Mailbox {
 public:
  void put(T value) {
    values_.with([&](auto& values) { values.push_back(std::move(value)); });
    values_.notify_all();
  }
  T take() {
    return values_.wait([](const auto& values) { return !values.empty(); },
                        [](auto& values) {
                          T value = std::move(values.front());
                          values.pop_front();
                          return value;
                        });
  }

 private:
  Guarded<std::deque<T>> values_;
};

class TestServer {
 public:
  explicit TestServer(HttpHandlers handlers, HttpLimits limits = {}, TlsContext* tls = nullptr)
      : server(HttpServer::create(loop, std::move(handlers), {.limits = limits})),
        port(must(server->listen_tcp("127.0.0.1", 0, tls))) {
    must(server->listen_unix(path()));
  }

  std::string path() const { return folder.path() / "socket"; }

  // Waits until `ready` holds for the server's counts.
  template <class Ready>
  void wait_for(Ready ready) {
    while (!ready(server->counts()))
      loop.run([] {});
  }

  TemporaryFolder folder;
  IoLoop loop{"test"};
  std::unique_ptr<HttpServer> server;
  uint16_t port = 0;
};

// Answers with what it was asked.
inline HttpHandlers echo() {
  return {.handle = [](HttpRequest request, HttpResponder responder) {
    responder.answer(HttpAnswer::text(
        200, request.method + " " + request.target + " " + std::string(as_text(request.body))));
  }};
}

}  // namespace theater
