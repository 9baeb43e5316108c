#include <gtest/gtest.h>
#include <theater/random.hpp>
#include <theater/testing.hpp>

#include <set>

namespace theater {
namespace {

using testing::Host;

struct RandomTest : ::testing::Test {
  RandomTest() { Host::current() = {}; }
};

TEST_F(RandomTest, TheTestDecidesWhatIsDrawn) {
  std::string first = random_bytes(8).value() + generate_uuid().value();
  EXPECT_NE(random_bytes(8).value() + generate_uuid().value(), first);
  Host::current().random.seed();
  EXPECT_EQ(random_bytes(8).value() + generate_uuid().value(), first);
}

TEST_F(RandomTest, RangesEndBeforeTheirMaximum) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(random_range(1, 7).value());
  EXPECT_EQ(seen, (std::set<uint64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(random_range(7, 7).error(), "Invalid range: min (7) >= max (7)");
}

TEST_F(RandomTest, FloatsAndUuidsHaveTheirForm) {
  for (int i = 0; i < 1000; ++i) {
    double number = random_float().value();
    EXPECT_TRUE(number >= 0 && number < 1) << number;
    std::string uuid = generate_uuid().value();
    EXPECT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
  }
  EXPECT_EQ(random_bytes(5)->size(), 5u);
}

}  // namespace
}  // namespace theater
