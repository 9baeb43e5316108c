#include "theater/access/expiry.h"

#include <gtest/gtest.h>

namespace theater::expiry_test {

constexpr uint64_t kSecond = 1'000'000;
// 2026-01-01T00:00:00Z.
constexpr uint64_t kNow = 1'767'225'600 * kSecond;

TEST(Expiry, ReadsDatesTimesAndDurations) {
  EXPECT_EQ(parse_expiry("2026-12-31", kNow).value(), 1'798'675'200 * kSecond);
  EXPECT_EQ(parse_expiry("2026-01-01T00:00:01Z", kNow).value(), kNow + kSecond);
  EXPECT_EQ(parse_expiry("2028-02-29T23:59:59Z", kNow).value(), 1'835'481'599 * kSecond);
  EXPECT_EQ(parse_expiry("90s", kNow).value(), kNow + 90 * kSecond);
  EXPECT_EQ(parse_expiry("45m", kNow).value(), kNow + 2'700 * kSecond);
  EXPECT_EQ(parse_expiry("12h", kNow).value(), kNow + 43'200 * kSecond);
  EXPECT_EQ(parse_expiry("30d", kNow).value(), kNow + 2'592'000 * kSecond);
}

TEST(Expiry, RefusesWhatIsNoEnd) {
  for (const char* text :
       {"", "d", "30", "-1d", "+1d", "1.5h", "30 d", "30w", "2026-13-01", "2026-02-29", "2026-1-01",
        "2026-12-31T", "2026-12-31T24:00:00Z", "2026-12-31T12:00:00", "2026-12-31 12:00:00Z",
        "tomorrow", "99999999999d", "4294967295d"}) {
    Result<uint64_t> end = parse_expiry(text, kNow);
    ASSERT_FALSE(end) << text;
    EXPECT_EQ(end.error().code(), ErrorCode::kInvalidArgument) << text;
  }
}

TEST(Expiry, RefusesThePast) {
  EXPECT_FALSE(parse_expiry("2025-12-31", kNow));
  EXPECT_FALSE(parse_expiry("2026-01-01", kNow));
  EXPECT_FALSE(parse_expiry("0s", kNow));
}

}  // namespace theater::expiry_test
