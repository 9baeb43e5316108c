#include "theater/manifest/quantity.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace theater::quantity_test {

TEST(Quantity, ReadsSizesAndDurationsWithAndWithoutSuffix) {
  EXPECT_EQ(*parse_quantity("65536", Unit::kBytes), 65536u);
  EXPECT_EQ(*parse_quantity("64MiB", Unit::kBytes), uint64_t{64} << 20);
  EXPECT_EQ(*parse_quantity("2h", Unit::kMilliseconds), 7'200'000u);
  EXPECT_EQ(*parse_quantity("7", Unit::kCount), 7u);
}

TEST(Quantity, RefusesWhatIsNotOne) {
  for (const char* text : {"", "MiB", "-1", "1.5MiB", "1 MiB", "64MB", "1s", "0x10"}) {
    EXPECT_FALSE(parse_quantity(text, Unit::kBytes)) << text;
  }
  EXPECT_FALSE(parse_quantity("1KiB", Unit::kCount));
}

TEST(Quantity, SaysWhatItTakes) {
  EXPECT_EQ(parse_quantity("64MB", Unit::kBytes).error().message(),
            "`64MB` is not a size such as 65536, 512KiB, 64MiB or 1GiB");
}

TEST(Quantity, RefusesWhatDoesNotFitIn64Bits) {
  EXPECT_TRUE(parse_quantity("18446744073709551615", Unit::kBytes));
  EXPECT_FALSE(parse_quantity("18446744073709551616", Unit::kBytes));
  EXPECT_FALSE(parse_quantity("17179869184GiB", Unit::kBytes));
}

TEST(Quantity, PrintsTheShortestExactSpelling) {
  EXPECT_EQ(format_quantity(0, Unit::kMilliseconds), "0");
  EXPECT_EQ(format_quantity(1000, Unit::kBytes), "1000");
  EXPECT_EQ(format_quantity(uint64_t{64} << 20, Unit::kBytes), "64MiB");
  EXPECT_EQ(format_quantity(90'000, Unit::kMilliseconds), "90s");
  EXPECT_EQ(format_quantity(1024, Unit::kCount), "1024");
}

RC_GTEST_PROP(Quantity, IsReadBackFromItsPrint, (uint64_t number, uint8_t shift)) {
  uint64_t value = number << (shift % 40);
  for (Unit unit : {Unit::kCount, Unit::kBytes, Unit::kMilliseconds}) {
    RC_ASSERT(*parse_quantity(format_quantity(value, unit), unit) == value);
  }
}

}  // namespace theater::quantity_test
