#include "theater/handlers/http_framework/framework_holdings.h"

#include <gtest/gtest.h>

namespace theater::framework_holdings_test {

using Number = tl::expected<uint64_t, std::string>;
using Port = tl::expected<uint16_t, std::string>;
using Done = tl::expected<void, std::string>;
using Handler = std::optional<uint64_t>;

class FrameworkHoldingsTest : public ::testing::Test {
 protected:
  template <class R, class... Args>
  void take(const std::string& function, const R& result, const Args&... args) {
    Bytes arguments;
    wit::encode_params(arguments, args...);
    holdings.take(function, arguments, wit::encode(result));
  }
  template <class... Args>
  void callback(const std::string& function, const Args&... args) {
    Bytes params;
    wit::encode_params(params, args...);
    holdings.take_callback(function, params);
  }
  HeldFramework held() const {
    auto bytes = holdings.held();
    return bytes ? *HeldFramework::parse(*bytes) : HeldFramework();
  }
  // A server on port 4000 with a route, a middleware and WebSockets on /ws/{room}.
  void make_server() {
    take("create-server", Number(1), ServerConfig{std::nullopt, std::nullopt, std::nullopt});
    take("register-handler", Number(1), std::string("h"));
    take("add-route", Number(1), uint64_t{1}, std::string("/a"), std::string("GET"), uint64_t{1});
    take("add-middleware", Number(1), uint64_t{1}, std::string("/"), uint64_t{1});
    take("enable-websocket", Done(), uint64_t{1}, std::string("/ws/{room}"), Handler(5),
         uint64_t{6}, Handler(7));
    take("start-server", Port(uint16_t{4000}), uint64_t{1});
  }
  void connect(uint64_t connection) {
    callback("handle-websocket-connect", uint64_t{5}, connection, std::string("/ws/x"),
             std::optional<std::string>());
  }

  FrameworkHoldings holdings;
};

TEST_F(FrameworkHoldingsTest, AreTheServersAsTheyWereMade) {
  EXPECT_EQ(holdings.held(), std::nullopt);
  make_server();
  HeldFramework all = held();
  ASSERT_EQ(all.servers.size(), 1u);
  EXPECT_EQ(all.servers[0], (HeldServer{1,
                                        "127.0.0.1",
                                        0,
                                        uint16_t{4000},
                                        std::nullopt,
                                        {{1, "/a", "GET", 1}},
                                        {{1, "/", 1}},
                                        {{"/ws/{room}", 5, 6, 7}}}));
  take("stop-server", Done(), uint64_t{1});
  EXPECT_EQ(held().servers[0].port, std::nullopt);
  take("remove-route", Done(), uint64_t{1});
  take("remove-middleware", Done(), uint64_t{1});
  EXPECT_TRUE(held().servers[0].routes.empty());
  EXPECT_TRUE(held().servers[0].middleware.empty());
  take("destroy-server", Done(), uint64_t{1});
  EXPECT_TRUE(held().servers.empty());
  EXPECT_EQ(held().last_server, 1u) << "no number comes twice";
}

TEST_F(FrameworkHoldingsTest, NameTheKeyPair) {
  take("create-server", Number(3),
       ServerConfig{uint16_t{443}, std::string("0.0.0.0"), TlsConfig{"shop", "shop"}});
  HeldServer server = held().servers.at(0);
  EXPECT_EQ(server.key_pair, "shop");
  EXPECT_EQ(server.host, "0.0.0.0");
  EXPECT_EQ(server.asked_port, 443);
}

TEST_F(FrameworkHoldingsTest, OweTheEndOfEachConnection) {
  make_server();
  connect(20);
  connect(10);
  EXPECT_EQ(held().connections, (std::vector<std::tuple<uint64_t, uint64_t>>{{10, 7}, {20, 7}}));
  callback("handle-websocket-message", uint64_t{6}, uint64_t{30},
           SocketMessage{SocketText{}, std::nullopt, "x"});
  EXPECT_EQ(held().connections.size(), 3u) << "one without a connect handler appears by a message";
  callback("handle-websocket-disconnect", uint64_t{7}, uint64_t{10});
  EXPECT_EQ(held().connections.size(), 2u);
}

TEST_F(FrameworkHoldingsTest, OweNothingForAConnectionThatWasRefused) {
  make_server();
  connect(20);
  connect(30);
  holdings.callback_failed("handle-websocket-connect");
  EXPECT_EQ(held().connections, (std::vector<std::tuple<uint64_t, uint64_t>>{{20, 7}}));
  // A message that fails is no end of its connection.
  callback("handle-websocket-message", uint64_t{6}, uint64_t{20},
           SocketMessage{SocketText{}, std::nullopt, "x"});
  holdings.callback_failed("handle-websocket-message");
  EXPECT_EQ(held().connections.size(), 1u);
}

TEST_F(FrameworkHoldingsTest, OweTheEndOfEachAnswer) {
  take("open", Number(40));
  take("open", Number(50));
  take("open", Number(60));
  take("finish", Done(), uint64_t{40});
  callback("handle-answer", uint64_t{50}, AnswerEvent(AnswerRoom{}));
  EXPECT_EQ(held().answers, (std::vector<uint64_t>{50, 60}));
  callback("handle-answer", uint64_t{50}, AnswerEvent(AnswerGone{"closed: x"}));
  take("abort", Done(), uint64_t{60});
  EXPECT_TRUE(held().answers.empty());
}

TEST_F(FrameworkHoldingsTest, ContinueFromTheirBytes) {
  make_server();
  connect(20);
  FrameworkHoldings other;
  ASSERT_TRUE(other.begin(*holdings.held()));
  EXPECT_EQ(other.held(), holdings.held());
}

TEST_F(FrameworkHoldingsTest, RefuseWhatIsNotInOrder) {
  EXPECT_FALSE(holdings.begin(Bytes{9}));
  HeldFramework wrong;
  wrong.servers.resize(2);
  EXPECT_FALSE(holdings.begin(wit::encode(wrong)));
  wrong.servers.clear();
  wrong.answers = {2, 1};
  EXPECT_FALSE(holdings.begin(wit::encode(wrong)));
  wrong.answers.clear();
  wrong.connections = {{2, 1}, {2, 1}};
  EXPECT_FALSE(holdings.begin(wit::encode(wrong)));
}

}  // namespace theater::framework_holdings_test
