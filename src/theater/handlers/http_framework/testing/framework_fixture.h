// Servers of one session, without an actor: the test is their clients, their guest and their record.
#pragma once

#include "theater/base/testing/must.h"
#include "theater/handlers/http_framework/http_framework_handler.h"
#include "theater/handlers/http_framework/testing/fake_ports.h"
#include "theater/handlers/testing/handler_fixture.h"
#include "theater/manifest/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace theater::testing {

struct HttpFrameworkFixture : ::testing::Test, HandlerFixture {
  using Number = tl::expected<uint64_t, std::string>;
  using Done = tl::expected<void, std::string>;
  using Port = tl::expected<uint16_t, std::string>;
  using Info = tl::expected<ServerInfo, std::string>;
  using Handler = std::optional<uint64_t>;

  struct Reply final : ReplySink {
    void answered(CallAnswer answer) override { got = std::move(answer); }
    std::optional<CallAnswer> got;
  };

  HttpFrameworkFixture() : HandlerFixture(std::make_unique<HttpFrameworkHandler>(new_ports())) {
    grant("http-framework");
  }
  ~HttpFrameworkFixture() override {
    for (auto& listening : ports->all)
      listening->options = {};
  }
  // The ports exist before the handler, whose constructor takes them.
  static std::shared_ptr<FakePorts> new_ports() {
    last_ports = std::make_shared<FakePorts>();
    return last_ports;
  }
  static inline std::shared_ptr<FakePorts> last_ports;
  std::shared_ptr<FakePorts> ports = last_ports;

  void grant(const std::string& text) { permissions = must(parse_grant(text, "/")); }

  // A waiting function, with its jobs done.
  template <class R, class... Args>
  R wait(const std::string& name, const Args&... args) {
    std::shared_ptr<Reply> reply = begin<R>(name, args...);
    for (int steps = 0; !reply->got && steps < 1'000; ++steps)
      scheduler.step();
    return answer_of<R>(*reply);
  }
  // The same, before any of its jobs is done.
  template <class R, class... Args>
  std::shared_ptr<Reply> begin(const std::string& name, const Args&... args) {
    const HostFunction& function = find<R, Args...>(name);
    Bytes encoded;
    wit::encode_params(encoded, args...);
    refused = function.refusal(session(), encoded);
    THEATER_CHECK(!refused, "{}", *refused);
    auto reply = std::make_shared<Reply>();
    std::get<HostFunction::Waiting>(function.body)(session(), encoded, RawResponder(reply, 1));
    return reply;
  }
  template <class R>
  static R answer_of(const Reply& reply) {
    THEATER_CHECK(reply.got && reply.got->result, "there is no answer");
    return *wit::decode<R>(*reply.got->result);
  }

  uint64_t server(std::optional<uint16_t> port = {}) {
    return *call<Number>("create-server", ServerConfig{port, std::nullopt, std::nullopt});
  }
  uint64_t handler() { return *call<Number>("register-handler", std::string("h")); }
  // A server that runs, with a route for GET.
  uint64_t running(const std::string& path = "/a", uint16_t port = 0) {
    uint64_t made = server(port);
    EXPECT_TRUE(call<Number>("add-route", made, path, std::string("GET"), handler()));
    EXPECT_TRUE(wait<Port>("start-server", made));
    return made;
  }

  template <class R, class... Args>
  std::string why_refused(const std::string& name, const Args&... args) {
    const HostFunction& function = find<R, Args...>(name);
    return function.refusal(session(), encoded(args...)).value_or("");
  }
  template <class... Args>
  static Bytes encoded(const Args&... args) {
    Bytes bytes;
    wit::encode_params(bytes, args...);
    return bytes;
  }
  uint64_t must_add(uint64_t to, const std::string& path, const std::string& method, uint64_t by) {
    return *call<Number>("add-route", to, path, method, by);
  }
  Done send(uint64_t to, uint64_t connection, const SocketMessage& message) {
    return call<Done>("send-websocket-message", to, connection, message);
  }
  // A server that runs, with /a and with WebSockets on /ws: connect 1, message 2, disconnect 3.
  uint64_t with_sockets() { return with_sockets_at(0); }
  uint64_t with_sockets_at(uint16_t port) {
    uint64_t made = running("/a", port);
    (void)handler();
    (void)handler();
    EXPECT_TRUE(call<Done>("enable-websocket", made, std::string("/ws"), Handler(1), uint64_t{2},
                           Handler(3)));
    return made;
  }
  static HttpHeaders upgrade(HttpHeaders headers = {}) {
    headers.add("Connection", "Upgrade");
    headers.add("Upgrade", "websocket");
    return headers;
  }
  std::pair<std::shared_ptr<FakeClient>, uint64_t> connected() {
    auto client = ports->ask("GET", "/ws", upgrade());
    uint64_t connection =
        std::get<1>(params<uint64_t, uint64_t, std::string, std::optional<std::string>>());
    returns_nothing();
    return {client, connection};
  }
  // As in the call that is the newest.
  Number opened() {
    actor.call_value.seq = 1'000 + calls();
    guest().watch.called({actor.call_value.seq, Hash(), true});
    return call<Number>("open");
  }
  tl::expected<bool, std::string> write(uint64_t id, const std::string& text) {
    return call<tl::expected<bool, std::string>>("write", id, to_bytes(text));
  }
  // What with_sockets() makes, as a record has it.
  static HeldFramework held_framework(uint16_t port) {
    HeldFramework held;
    held.last_server = 1;
    held.last_handler = 3;
    held.last_route = 5;
    held.last_middleware = 1;
    held.servers.push_back({1,
                            "127.0.0.1",
                            0,
                            port,
                            std::nullopt,
                            {{1, "/a", "GET", 1}},
                            {{1, "/m", 1}},
                            {{"/ws", 1, 2, 3}}});
    return held;
  }
  void clock_passes() {
    for (int at = 0; at < 50; ++at)
      scheduler.step();
  }

  // The newest call of the guest.
  FakeCalls::Call& guest() { return actor.calls->made.back(); }
  size_t calls() const { return actor.calls->made.size(); }
  template <class... P>
  std::tuple<P...> params() {
    return *wit::decode<std::tuple<P...>>(guest().params);
  }
  GuestRequest request() { return std::get<1>(params<uint64_t, GuestRequest>()); }
  std::string header(std::string_view name) {
    std::string all;
    for (const auto& [key, value] : request().headers) {
      if (equals_ignoring_case(key, name)) all += (all.empty() ? "" : "|") + value;
    }
    return all;
  }
  template <class R>
  void returns(const R& value) {
    RequestAnswer answer;
    answer.result = wit::encode(value);
    std::exchange(guest().answered, nullptr)(std::move(answer));
  }
  void returns_nothing() {
    RequestAnswer answer;
    answer.result = Bytes();
    std::exchange(guest().answered, nullptr)(std::move(answer));
  }
  void fails(const std::string& text, bool is_from_guest = true) {
    RequestAnswer answer;
    answer.result = tl::unexpected(text);
    answer.is_from_guest = is_from_guest;
    std::exchange(guest().answered, nullptr)(std::move(answer));
  }
  GuestAnswer ok(const std::string& text) { return {200, {}, to_bytes(text)}; }
  // What was handed out is on record.
  void commit() {
    for (auto& then : std::exchange(actor.outputs, {}))
      then(std::nullopt);
  }
};

}  // namespace theater::testing
