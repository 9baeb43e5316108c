#include "theater/views/text.h"

#include <gtest/gtest.h>

namespace theater::views::text_test {

TEST(Text, ShowsDurationsInThreeDigits) {
  EXPECT_EQ(duration_text(0), "0 ns");
  EXPECT_EQ(duration_text(999), "999 ns");
  EXPECT_EQ(duration_text(1'234), "1.23 us");
  EXPECT_EQ(duration_text(56'789), "56.8 us");
  EXPECT_EQ(duration_text(123'456'789), "123 ms");
  EXPECT_EQ(duration_text(7'200'000'000'000), "7200 s");
}

TEST(Text, ShowsBytesInThreeDigits) {
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.00 KiB");
  EXPECT_EQ(bytes_text(uint64_t{64} << 20), "64.0 MiB");
  EXPECT_EQ(bytes_text(uint64_t{4} << 40), "4096 GiB");
}

TEST(Text, CountsThings) {
  EXPECT_EQ(counted(0, "event"), "0 events");
  EXPECT_EQ(counted(1, "event"), "1 event");
  EXPECT_EQ(counted(2, "event"), "2 events");
}

TEST(Text, FitsInAWidth) {
  EXPECT_EQ(fitted("abcdefghij", 0), "abcdefghij");
  EXPECT_EQ(fitted("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(fitted("abcdefghijk", 10), "abcde… +6");
  EXPECT_EQ(fitted("ääääääääääk", 10), "äääää… +6");
  EXPECT_EQ(fitted("abcdefghij", 4), "abc…");
  EXPECT_EQ(fitted("abcdefghij", 1), "…");
  for (size_t columns = 1; columns < 300; ++columns) {
    std::string text = fitted(std::string(250, 'x'), columns);
    EXPECT_LE(text_width(text), columns) << text;
  }
}

}  // namespace theater::views::text_test
