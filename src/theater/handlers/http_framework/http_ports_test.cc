// Real ports for actors: which the node keeps for itself.
#include "theater/handlers/http_framework/http_ports.h"

#include "theater/base/testing/must.h"

#include <gtest/gtest.h>

namespace theater::http_ports_test {

PortOptions options(uint16_t port) {
  PortOptions wanted;
  wanted.address = "127.0.0.1";
  wanted.port = port;
  wanted.connections_max = 1;
  wanted.handle = [](HttpRequest, std::unique_ptr<PortReply>) {};
  return wanted;
}

TEST(HttpPortsTest, NeverGivesAPortOfTheNodeAway) {
  auto own = std::make_shared<OwnPorts>();
  auto ports = network_ports(own);
  uint16_t number = must(ports->listen(options(0)))->number();
  // The port is free again by then or not: the answer is the same.
  own->add(number);
  auto refused = ports->listen(options(number));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_NE(refused.error().message().find("is the node's own, and no grant gives it to an actor"),
            std::string::npos);
  EXPECT_NE(must(ports->listen(options(0)))->number(), 0);
}

}  // namespace theater::http_ports_test
