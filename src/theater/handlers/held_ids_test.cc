#include "theater/handlers/held_ids.h"

#include "theater/wit/traits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tl/expected.hpp>

#include <string>

namespace theater::held_ids_test {

using Made = tl::expected<uint64_t, std::string>;
using ::testing::ElementsAre;

Bytes ids(std::vector<uint64_t> all) {
  return wit::encode(all);
}

TEST(HeldIds, AreThoseThatWereMadeAndNotRemoved) {
  HeldIds held;
  EXPECT_EQ(held.held(), std::nullopt);
  for (uint64_t id : {9, 3, 7})
    held.add_made(wit::encode(Made(id)));
  held.add_made(wit::encode(Made(tl::unexpected(std::string("no")))));
  held.remove(3);
  held.remove(4);
  EXPECT_EQ(held.held(), ids({7, 9}));
  EXPECT_THAT(*read_held_ids(*held.held()), ElementsAre(7, 9));
  HeldIds next;
  next.add_made(wit::encode(Made(1)));
  ASSERT_TRUE(next.begin(*held.held()));
  EXPECT_EQ(next.held(), ids({7, 9}));
  next.remove(7);
  next.remove(9);
  EXPECT_EQ(next.held(), std::nullopt);
}

TEST(HeldIds, OtherBytesAreRefused) {
  HeldIds held;
  for (const Bytes& bytes : {ids({2, 1}), ids({1, 1}), ids({1, 3, 2}), Bytes{1}})
    EXPECT_EQ(held.begin(bytes).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(held.begin(ids({1, 3, 2})).error().message(), "the id 2 is out of order");
  EXPECT_EQ(held.held(), std::nullopt);
}

}  // namespace theater::held_ids_test
