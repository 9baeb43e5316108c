// A forward proxy on a port of 127.0.0.1, whose rules a test sets and whose reports it reads.
#pragma once

#include "theater/base/guarded.h"
#include "theater/net/forward_proxy.h"
#include "theater/net/testing/raw_client.h"
#include "theater/net/testing/raw_server.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::testing {

class FakeProxyOwner final : public ProxyOwner {
 public:
  struct Heard {
    std::vector<std::string> decided;  // `1 GET localhost:80` or `1 GET localhost:80: why`.
    std::vector<ProxiedEnd> ended;
    size_t without_place = 0;
  };

  std::optional<std::string> refuses(std::string_view method, const Url& url) const override {
    if (url.host == refused_host || method == refused_method) return "the rules of the test";
    return std::nullopt;
  }
  bool allows_private(const Url&) const override { return is_private_allowed; }
  void decided(const ProxiedConnection& one, const std::optional<std::string>& refusal) override {
    heard.with([&](Heard& all) {
      all.decided.push_back(fmt::format("{} {} {}:{}{}{}", one.number, one.method, one.url.host,
                                        one.url.port, refusal ? ": " : "", refusal.value_or("")));
    });
    heard.notify_all();
  }
  void ended(const ProxiedEnd& end) override {
    heard.with([&](Heard& all) { all.ended.push_back(end); });
    heard.notify_all();
  }
  void had_no_place() override {
    heard.with([](Heard& all) { ++all.without_place; });
    heard.notify_all();
  }

  ProxiedEnd wait_for_end(size_t which = 0) {
    return heard.wait([&](const Heard& all) { return all.ended.size() > which; },
                      [&](const Heard& all) { return all.ended[which]; });
  }
  std::vector<std::string> decisions() const {
    return heard.with([](const Heard& all) { return all.decided; });
  }

  // Set before the first connection.
  std::string refused_host = "refused.example";
  std::string refused_method = "DELETE";
  bool is_private_allowed = true;

  Guarded<Heard> heard;
};

struct ProxyFixture : ::testing::Test {
  static Result<std::vector<IpAddress>> resolve(const std::string& name) {
    static const std::map<std::string, std::vector<const char*>> names = {
        {"web.example", {"127.0.0.1"}},
        {"other.example", {"127.0.0.1"}},
        {"inside.example", {"169.254.169.254", "10.0.0.1", "::ffff:127.0.0.1", "fd00::1"}},
        {"empty.example", {}}};
    auto found = names.find(name);
    if (found == names.end()) return fail(ErrorCode::kNotFound, "there is no host `{}`", name);
    std::vector<IpAddress> addresses;
    for (const char* text : found->second)
      addresses.push_back(*IpAddress::parse(text));
    return addresses;
  }

  // Where a client of the proxy connects.
  uint16_t port() {
    if (proxy == nullptr) {
      proxies = std::make_unique<ForwardProxies>(resolver, limits);
      auto socket = ListeningSocket::tcp("127.0.0.1", 0);
      EXPECT_TRUE(socket) << socket.error().to_string();
      port_ = socket->port();
      proxy = proxies->serve(*std::move(socket), "test", owner);
    }
    return port_;
  }
  // What a client gets that sends these bytes, until the proxy ends the connection.
  std::string ask(std::string_view bytes) { return RawClient(port()).send(bytes).read_all(); }
  // The code of the answer to a request of SOCKS5, -1 if there is none.
  int socks(std::string_view request) {
    std::string all = ask(std::string("\x05\x01\x00", 3) + std::string(request));
    if (all.size() < 4 || all.substr(0, 2) != std::string("\x05\x00", 2)) return -1;
    return static_cast<uint8_t>(all[3]);
  }
  static std::string socks_name(std::string_view host, uint16_t to) {
    std::string text("\x05\x01\x00\x03", 4);
    text += static_cast<char>(host.size());
    text += host;
    text += static_cast<char>(to >> 8);
    text += static_cast<char>(to & 0xff);
    return text;
  }

  ForwardProxyLimits limits;
  Resolver resolver = resolve;
  std::shared_ptr<FakeProxyOwner> owner = std::make_shared<FakeProxyOwner>();
  std::unique_ptr<ForwardProxies> proxies;
  std::unique_ptr<ForwardProxy> proxy;

 private:
  uint16_t port_ = 0;
};

}  // namespace theater::testing
