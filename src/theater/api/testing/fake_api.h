// A server for tests that gives canned answers of the management API and keeps what it was asked.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/testing/must.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/net/http_server.h"

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace theater::api {

// Listens on a Unix socket in a folder of its own.
class FakeServer {
 public:
  explicit FakeServer(HttpHandlers handlers)
      : server_(HttpServer::create(loop_, std::move(handlers))) {
    must(server_->listen_unix(path()));
  }

  std::string path() const { return folder_.path() / "socket"; }

 private:
  TemporaryFolder folder_;
  IoLoop loop_{"fake"};
  std::unique_ptr<HttpServer> server_;
};

class FakeApi {
 public:
  // Answers to `METHOD TARGET` from here on.
  void answer(const std::string& request, HttpAnswer answer) {
    answers_.with([&](auto& known) { known.insert_or_assign(request, std::move(answer)); });
  }
  void answer(const std::string& request, std::string_view json, int status = 200) {
    answer(request, HttpAnswer{status, {{"Content-Type", "application/json"}}, to_bytes(json)});
  }

  // All requests until now.
  std::vector<HttpRequest> asked() {
    return asked_.with([](auto& all) { return all; });
  }
  // The same as `METHOD TARGET` texts.
  std::vector<std::string> lines() {
    std::vector<std::string> lines;
    for (const HttpRequest& request : asked())
      lines.push_back(request.method + " " + request.target);
    return lines;
  }

  std::string path() const { return server_.path(); }

 private:
  void handle(HttpRequest request, HttpResponder responder) {
    std::string line = request.method + " " + request.target;
    asked_.with([&](auto& all) { all.push_back(std::move(request)); });
    responder.answer(answers_.with([&](const auto& known) {
      auto found = known.find(line);
      if (found != known.end()) return found->second;
      return HttpAnswer{404,
                        {{"Content-Type", "application/problem+json"}},
                        to_bytes(R"({"status": 404, "code": "not_found", "detail": "no route"})")};
    }));
  }

  Guarded<std::map<std::string, HttpAnswer>> answers_;
  Guarded<std::vector<HttpRequest>> asked_;
  FakeServer server_{{.handle = [this](HttpRequest request, HttpResponder responder) {
    handle(std::move(request), std::move(responder));
  }}};
};

// A variable of the environment for the time of a test.
class TestVariable {
 public:
  TestVariable(const char* name, const std::string& value) : name_(name) {
    const char* before = std::getenv(name);
    if (before != nullptr) before_ = before;
    value.empty() ? ::unsetenv(name) : ::setenv(name, value.c_str(), 1);
  }
  ~TestVariable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  TestVariable(const TestVariable&) = delete;
  TestVariable& operator=(const TestVariable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace theater::api
