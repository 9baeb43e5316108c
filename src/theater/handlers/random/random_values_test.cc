// Whether what is drawn has the distribution that it should. Every stream has a fixed seed, so a
// test passes always or never.
#include "theater/handlers/random/random_values.h"

#include "theater/base/chacha20_random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace theater::random_values_test {

// Draws 1000 for each of `bins` equally likely bins, and says how far from that the counts are: the
// statistic of the chi-square test, in standard deviations from its mean. A fair draw is below 4
// except one time in some ten thousand.
template <class Draw>
double unfairness(size_t bins, Draw draw) {
  std::vector<uint64_t> counts(bins);
  constexpr double kExpected = 1000;
  for (size_t i = 0; i < bins * 1000; ++i)
    ++counts.at(draw());
  double chi_square = 0;
  for (uint64_t count : counts) {
    double off = static_cast<double>(count) - kExpected;
    chi_square += off * off / kExpected;
  }
  auto freedom = static_cast<double>(bins - 1);
  return std::abs(chi_square - freedom) / std::sqrt(2 * freedom);
}

struct RandomValuesTest : ::testing::TestWithParam<uint64_t> {
  std::unique_ptr<ChaCha20Random> random = ChaCha20Random::from_seed(GetParam());
};

TEST_P(RandomValuesTest, OctetsAreFair) {
  EXPECT_LT(unfairness(256,
                       [&] {
                         uint8_t byte = 0;
                         random->fill({&byte, 1});
                         return byte;
                       }),
            4);
}

TEST_P(RandomValuesTest, RangesAreFair) {
  for (uint64_t bound : {2, 3, 6, 10, 100, 255, 257, 1000}) {
    EXPECT_LT(unfairness(bound, [&] { return random->below(bound); }), 4) << bound;
  }
}

// The rest of a division by this bound would be in the first third twice as often as elsewhere.
TEST_P(RandomValuesTest, ARangeThatDoesNotDivideTheBytesIsFair) {
  constexpr uint64_t kThird = uint64_t{1} << 62;
  auto biased = [&] { return random->next_u64() % (3 * kThird) / kThird; };
  EXPECT_GT(unfairness(3, biased), 100) << "this test cannot tell";
  EXPECT_LT(unfairness(3, [&] { return random->below(3 * kThird) / kThird; }), 4);
}

TEST_P(RandomValuesTest, FloatsAreFairInTheirHighBitsAndInTheirLowOnes) {
  EXPECT_LT(unfairness(100, [&] { return static_cast<size_t>(random_float(*random) * 100); }), 4);
  auto low_bits = [&] {
    double scaled = std::ldexp(random_float(*random), 53);
    return static_cast<uint64_t>(scaled) % 64;
  };
  EXPECT_LT(unfairness(64, low_bits), 4);
}

TEST_P(RandomValuesTest, DigitsOfUuidsAreFairAndTheirFormIsRight) {
  std::set<std::string> seen;
  size_t digit = 0;
  constexpr std::string_view kDigits = "0123456789abcdef";
  auto draw = [&] {
    std::string uuid = random_uuid(*random);
    EXPECT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4') << uuid;
    EXPECT_NE(std::string_view("89ab").find(uuid[19]), std::string_view::npos) << uuid;
    for (size_t dash : {8, 13, 18, 23})
      EXPECT_EQ(uuid[dash], '-') << uuid;
    EXPECT_TRUE(seen.insert(uuid).second);
    // The first and the last group have no bits that are fixed.
    size_t place = digit++ % 20;
    return kDigits.find(uuid[place < 8 ? place : 16 + place]);
  };
  EXPECT_LT(unfairness(16, draw), 4);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomValuesTest, ::testing::Values(1, 2, 3));

// A generator that draws what it is told to.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(uint8_t byte) : byte_(byte) {}
  void fill(std::span<uint8_t> out) override {
    for (uint8_t& byte : out)
      byte = byte_;
  }

 private:
  uint8_t byte_;
};

TEST(RandomValues, AFloatIsAtLeastZeroAndLessThanOne) {
  FixedRandom least(0x00);
  FixedRandom most(0xff);
  EXPECT_EQ(random_float(least), 0.0);
  EXPECT_LT(random_float(most), 1.0);
  EXPECT_EQ(random_float(most), std::nextafter(1.0, 0.0));
}

TEST(RandomValues, VersionAndVariantOfAUuidAreFixed) {
  FixedRandom least(0x00);
  FixedRandom most(0xff);
  EXPECT_EQ(random_uuid(least), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(random_uuid(most), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

}  // namespace theater::random_values_test
