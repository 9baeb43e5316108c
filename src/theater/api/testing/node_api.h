// The API on a real node, asked by the client of this module's transport.
#pragma once

#include "theater/access/token_store.h"
#include "theater/api/api_server.h"
#include "theater/api/connection_limits.h"
#include "theater/base/log_history.h"
#include "theater/base/testing/must.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/event/event.h"
#include "theater/log/event/view.h"
#include "theater/log/reader/log_reader.h"
#include "theater/net/http_client.h"
#include "theater/net/multipart.h"
#include "theater/runtime/node.h"
#include "theater/runtime/testing/echo_actor.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace theater::api {

using Json = nlohmann::ordered_json;

inline constexpr std::string_view kManifest = R"(
name = "echo"
component = "echo.wasm"
state = "explicit"
[[handler]]
type = "message-server"
)";

// A secret that no test has a value of.
inline constexpr std::string_view kPolicy = R"(
[[secret]]
name = "s"
environment = "S_KEY"
hosts = ["a.org"]
actors = ["keeper"]
)";

inline constexpr uint64_t kFirstLine = 1'000;

struct Answer {
  int status = 0;
  HttpHeaders headers;
  std::string text;
  Json json;

  std::string code() const { return json.is_object() ? json.value("code", "") : ""; }
};

class NodeApiTest : public ::testing::Test {
 protected:
  // Whether the node's recovery is over when the test begins, or lasts until ApiServer::set_ready().
  enum class Recovery : uint8_t { kOver, kInProgress };

  explicit NodeApiTest(Recovery recovery = Recovery::kOver) {
    node = must(Node::open({.home = folder.path() / "home", .holder = "test"}));
    must(node->prepare_recovery(Policy::default_policy()));
    must(node->recover());
    tokens.emplace(node->layout());
    for (AccessScope scope : kAccessScopes)
      add_token(std::string(scope_name(scope)), scope);
    AccessRules rules{.owner = ::geteuid(),
                      .owner_name = "me",
                      .tokens = *tokens,
                      .hosts = {"node.example"},
                      .proxies = {must(AddressRange::parse("127.0.0.1"))}};
    server.emplace(NodeParts{.runtime = node->runtime(),
                             .handlers = node->handlers(),
                             .timers = node->timers(),
                             .log = node->log(),
                             .log_folder = node->layout().log(),
                             .policy = must(Policy::parse(kPolicy, "policy.toml", "/")),
                             .version = "test",
                             .engine = node->engine_identity(),
                             .lines = lines,
                             .shut_down = [this] { ++shut_downs; }},
                   rules, must(connection_limits(4096)));
    must(server->listen_unix(socket()));
    must(server->listen_unix(shared_socket(), SocketUsers::kEveryone));
    port = must(server->listen_tcp("127.0.0.1", 0));
    if (recovery == Recovery::kOver) server->set_ready();
  }

  ~NodeApiTest() override { server->close(std::chrono::seconds(5)); }

  std::filesystem::path socket() const { return folder.path() / "socket"; }
  std::filesystem::path shared_socket() const { return folder.path() / "shared"; }

  void add_token(const std::string& name, AccessScope scope, std::optional<ActorId> tree = {}) {
    TokenRequest request{.scope = scope, .subtree = tree, .name = name};
    OsRandom random;
    texts[name] = must(make_token(node->layout(), request, random, SystemClock().wall_us())).text;
  }

  Answer ask(HttpCall call, std::optional<HttpEndpoint> to = {}) {
    auto client = must(HttpClient::connect(to.value_or(HttpEndpoint::at_path(socket()))));
    HttpAnswer answer = must(client->send(call));
    std::string text(as_text(answer.body));
    return {answer.status, answer.headers, text, Json::parse(text, nullptr, false)};
  }
  Answer get(const std::string& target) { return ask({.target = target}); }
  Answer post(const std::string& target, std::string_view body = "") {
    return ask({.method = "POST", .target = target, .body = to_bytes(body)});
  }
  // Over TCP, with a token.
  Answer as(const std::string& token, HttpCall call) {
    call.headers.add("Authorization", "Bearer " + (texts.contains(token) ? texts[token] : token));
    return ask(std::move(call), HttpEndpoint::tcp("127.0.0.1", port));
  }

  // A message with an idempotency key, asked again while the server reads the keys on record.
  Answer keyed(const std::string& key, HttpCall call, const std::string& token = "") {
    call.headers.add("Idempotency-Key", key);
    for (;;) {
      Answer answer = token.empty() ? ask(call) : as(token, call);
      bool is_early = answer.status == 503 && answer.headers.find("Retry-After");
      if (!is_early) return answer;
    }
  }
  static HttpCall message(const std::string& target, std::string_view body) {
    return {.method = "POST", .target = target, .body = to_bytes(body)};
  }
  size_t calls_of(const std::string& actor) {
    constexpr std::string_view kCaller = R"("from":{"named-client")";
    std::string text = get(actor + "/events").text;
    size_t calls = 0;
    for (size_t at = text.find(kCaller); at != text.npos; at = text.find(kCaller, at + 1))
      ++calls;
    return calls;
  }

  static HttpCall start_call(std::string_view manifest = kManifest,
                             std::vector<NewPart> more = {}) {
    std::vector<NewPart> parts = {{"manifest", "", as_bytes(manifest)},
                                  {"component", "", as_bytes(testing::kEchoActor)}};
    parts.insert(parts.end(), more.begin(), more.end());
    Multipart body = write_multipart(parts);
    return {.method = "POST",
            .target = "/v1/actors",
            .headers = {{"Content-Type", body.content_type}},
            .body = std::move(body.body)};
  }
  std::string start(std::string_view manifest = kManifest) {
    Answer started = ask(start_call(manifest));
    EXPECT_EQ(started.status, 201) << started.text;
    return "/v1/actors/" + started.json.value("id", "");
  }

  // What the node's own chain says in `noted`.
  std::vector<std::string> node_notes() const {
    auto reader = must(log::LogReader::open(node->layout().log()));
    log::LogCursor cursor = reader->actor_cursor(reader->log_id());
    std::vector<std::string> notes;
    while (auto stored = must(cursor.next())) {
      log::Event event = must(log::decode_event(stored->bytes));
      const auto* control = std::get_if<log::Control>(&event.body);
      if (control != nullptr && std::holds_alternative<log::Noted>(control->operation))
        notes.push_back(log::describe(event.body, {}));
    }
    return notes;
  }

  TemporaryFolder folder;
  std::shared_ptr<LogHistory> lines = std::make_shared<LogHistory>(kFirstLine);
  std::unique_ptr<Node> node;
  std::optional<ApiServer> server;
  uint16_t port = 0;
  std::optional<TokenLookup> tokens;
  std::map<std::string, std::string> texts;  // Of tokens, by their names.
  int shut_downs = 0;
};

}  // namespace theater::api
