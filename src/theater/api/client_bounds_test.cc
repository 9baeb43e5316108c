#include "theater/api/client_bounds.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::api::client_bounds_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

Identity token(uint8_t number) {
  std::string digits = std::to_string(number);
  return {.name = "token " + digits, .client = "token:" + digits, .access = Access{}};
}

TEST(ClientBounds, EachClientHasBoundsOfItsOwn) {
  ClientBounds bounds;
  std::vector<ClientLease> held;
  for (size_t count = 0; count < kTokenLimits.requests_max; ++count)
    held.push_back(bounds.request(token(1)).value());
  auto refused = bounds.request(token(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, &kTooManyRequests);
  EXPECT_EQ(refused.error().detail,
            "token 1 has 256 requests that wait for their answers, and may have no more");
  EXPECT_TRUE(bounds.stream(token(1)));
  EXPECT_TRUE(bounds.request(token(2)));
  EXPECT_TRUE(bounds.request({.name = "user me", .client = "user:0"}));
  held.pop_back();
  EXPECT_TRUE(bounds.request(token(1)));
}

TEST(ClientBounds, ATokenOfTheSameNameIsAnotherClient) {
  ClientBounds bounds;
  Identity first = token(1);
  Identity second = token(2);
  second.name = first.name;
  auto held = bounds.body(first, kTokenLimits.body_bytes_max).value();
  auto refused = bounds.body(first, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, &kTooManyBodyBytes);
  EXPECT_TRUE(bounds.body(second, 1));
  held.reset();
  EXPECT_TRUE(bounds.body(first, 1));
}

TEST(ClientBounds, StartsComeBackWithTime) {
  ClientBounds bounds;
  for (uint64_t count = 0; count < kTokenLimits.starts_a_minute; ++count)
    ASSERT_TRUE(bounds.start(token(1), seconds(100)));
  auto refused = bounds.start(token(1), seconds(100));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, &kTooManyStarts);
  EXPECT_EQ(refused.error().retry_after, seconds(1));
  EXPECT_FALSE(bounds.may_start(token(1), seconds(100) + milliseconds(400)));
  EXPECT_TRUE(bounds.may_start(token(1), seconds(100) + milliseconds(600)));
  EXPECT_TRUE(bounds.start(token(1), seconds(100) + milliseconds(600)));
  EXPECT_FALSE(bounds.start(token(1), seconds(100) + milliseconds(600)));
  EXPECT_TRUE(bounds.start(token(2), seconds(100)));
}

TEST(ClientBounds, LeasesMayOutliveIt) {
  ClientLease lease;
  {
    ClientBounds bounds;
    lease = bounds.stream(token(1)).value();
  }
  lease.reset();
}

}  // namespace theater::api::client_bounds_test
