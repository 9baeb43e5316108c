#include "theater/handlers/process/process_holdings.h"

#include "theater/wit/traits.h"

#include <gtest/gtest.h>
#include <tl/expected.hpp>

#include <string>
#include <tuple>

namespace theater::process_holdings_test {

using Spawned = tl::expected<uint64_t, std::string>;

Bytes ids(std::vector<uint64_t> all) {
  return wit::encode(all);
}
Bytes exit_of(uint64_t id) {
  return wit::encode(std::tuple<uint64_t, int32_t>(id, 0));
}

TEST(ProcessHoldings, AProcessIsHeldUntilTheGuestHearsOfItsEnd) {
  ProcessHoldings holdings;
  EXPECT_EQ(holdings.held(), std::nullopt);
  holdings.take("os-spawn", {}, wit::encode(Spawned(7)));
  holdings.take("os-spawn", {}, wit::encode(Spawned(tl::unexpected(std::string("no")))));
  holdings.take("os-spawn", {}, wit::encode(Spawned(3)));
  EXPECT_EQ(holdings.held(), ids({3, 7}));
  holdings.take_callback("handle-exit", exit_of(3));
  holdings.callback_failed("handle-exit");
  EXPECT_EQ(holdings.held(), ids({7}));
  ProcessHoldings other;
  ASSERT_TRUE(other.begin(*holdings.held()));
  EXPECT_EQ(other.held(), ids({7}));
  other.take_callback("handle-exit", exit_of(7));
  EXPECT_EQ(other.held(), std::nullopt);
}

}  // namespace theater::process_holdings_test
