#include "theater/access/expiry.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>

namespace theater {

namespace {

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kDay = 86'400 * kSecond;
// Years after this one need more digits.
constexpr int kYearMax = 9999;
constexpr uint64_t kDaysMax = 365 * 1000;

std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool all = error == std::errc() && end == text.data() + text.size();
  return all ? std::optional(value) : std::nullopt;
}

// `YYYY-MM-DD`, as microseconds since 1970.
std::optional<uint64_t> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  auto year = digits(text.substr(0, 4));
  auto month = digits(text.substr(5, 2));
  auto day = digits(text.substr(8, 2));
  if (!year || !month || !day || *year < 1970 || *year > kYearMax) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                   std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<uint64_t>(days) * kDay;
}

// `HH:MM:SSZ`, as microseconds of a day.
std::optional<uint64_t> parse_time(std::string_view text) {
  if (text.size() != 9 || text[2] != ':' || text[5] != ':' || text[8] != 'Z') return std::nullopt;
  auto hour = digits(text.substr(0, 2));
  auto minute = digits(text.substr(3, 2));
  auto second = digits(text.substr(6, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59)
    return std::nullopt;
  return ((uint64_t{*hour} * 60 + *minute) * 60 + *second) * kSecond;
}

std::optional<uint64_t> parse_moment(std::string_view text) {
  std::optional<uint64_t> date = parse_date(text.substr(0, 10));
  if (!date || text.size() == 10) return date;
  if (text[10] != 'T') return std::nullopt;
  std::optional<uint64_t> time = parse_time(text.substr(11));
  return time ? std::optional(*date + *time) : std::nullopt;
}

std::optional<uint64_t> unit_us(char unit) {
  switch (unit) {
    case 's':
      return kSecond;
    case 'm':
      return 60 * kSecond;
    case 'h':
      return 3'600 * kSecond;
    case 'd':
      return kDay;
    default:
      return std::nullopt;
  }
}

std::optional<uint64_t> parse_duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  std::optional<uint64_t> unit = unit_us(text.back());
  text.remove_suffix(1);
  std::optional<unsigned> count = digits(text);
  if (!unit || !count || *count > kDaysMax * kDay / *unit) return std::nullopt;
  return *count * *unit;
}

}  // namespace

Result<uint64_t> parse_expiry(std::string_view text, uint64_t now_us) {
  std::optional<uint64_t> end = parse_moment(text);
  if (auto duration = parse_duration(text); !end && duration) end = now_us + *duration;
  if (!end) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}` is no end of a token: it is a date such as 2026-12-31, a time such as "
                "2026-12-31T12:00:00Z, or a duration such as 30d, 12h, 45m or 90s",
                text);
  }
  if (*end <= now_us) {
    return fail(ErrorCode::kInvalidArgument, "`{}` is in the past", text);
  }
  return *end;
}

}  // namespace theater
