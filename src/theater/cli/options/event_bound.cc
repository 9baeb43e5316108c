#include "theater/cli/options/event_bound.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

namespace theater::cli {

namespace {

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kDay = 86'400 * kSecond;
constexpr uint64_t kTimeMax = std::numeric_limits<uint64_t>::max();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool is_all = error == std::errc() && end == text.data() + text.size();
  return is_all && !text.empty() ? std::optional(value) : std::nullopt;
}

// Takes `digits` digits off the front, whose number is at most `most`.
std::optional<unsigned> take_digits(std::string_view& text, size_t digits, unsigned most) {
  if (text.size() < digits || !std::all_of(text.begin(), text.begin() + digits, is_digit))
    return std::nullopt;
  auto value = number(text.substr(0, digits));
  text.remove_prefix(digits);
  return *value <= most ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// `YYYY-MM-DD`, as microseconds since 1970.
std::optional<uint64_t> take_date(std::string_view& text) {
  auto year = take_digits(text, 4, 9999);
  if (!year || !take(text, "-")) return std::nullopt;
  auto month = take_digits(text, 2, 12);
  if (!month || !take(text, "-")) return std::nullopt;
  auto day = take_digits(text, 2, 31);
  if (!day || *year < 1970) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                   std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<uint64_t>(days) * kDay;
}

// `HH:MM`, as microseconds.
std::optional<uint64_t> take_clock(std::string_view& text) {
  auto hour = take_digits(text, 2, 23);
  if (!hour || !take(text, ":")) return std::nullopt;
  auto minute = take_digits(text, 2, 59);
  if (!minute) return std::nullopt;
  return (uint64_t{*hour} * 60 + *minute) * 60 * kSecond;
}

// `.` and digits, of which the first six count, as microseconds; zero without a point.
std::optional<uint64_t> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return 0;
  uint64_t value = 0;
  uint64_t unit = kSecond / 10;
  size_t digits = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits) {
    value += unit * static_cast<uint64_t>(text.front() - '0');
    unit /= 10;
  }
  return digits > 0 ? std::optional(value) : std::nullopt;
}

// RFC 3339, section 5.6, or a date alone.
std::optional<uint64_t> parse_moment(std::string_view text) {
  auto date = take_date(text);
  if (!date || text.empty()) return date;
  if (!take(text, "Tt ")) return std::nullopt;
  auto clock = take_clock(text);
  if (!clock || !take(text, ":")) return std::nullopt;
  auto second = take_digits(text, 2, 60);
  if (!second) return std::nullopt;
  auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  uint64_t time = *date + *clock + *second * kSecond + *fraction;
  if (take(text, "Zz")) return text.empty() ? std::optional(time) : std::nullopt;
  bool is_ahead = text.starts_with('+');
  if (!take(text, "+-")) return std::nullopt;
  auto offset = take_clock(text);
  if (!offset || !text.empty()) return std::nullopt;
  if (!is_ahead) return time + *offset;
  return time >= *offset ? std::optional(time - *offset) : std::nullopt;
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

// So long before `now_us`.
std::optional<uint64_t> parse_ago(std::string_view text, uint64_t now_us) {
  if (text.size() < 2) return std::nullopt;
  auto unit = unit_us(text.back());
  auto count = number(text.substr(0, text.size() - 1));
  if (!unit || !count || *count > now_us / *unit) return std::nullopt;
  return now_us - *count * *unit;
}

}  // namespace

Result<EventBound> parse_event_bound(std::string_view text, uint64_t now_us) {
  if (auto value = number(text)) {
    if (*value < kFirstUnixSecond) return EventBound{.position = *value};
    if (*value <= kTimeMax / kSecond) return EventBound{.time_us = *value * kSecond};
  } else if (auto moment = parse_moment(text)) {
    return EventBound{.time_us = *moment};
  } else if (auto ago = parse_ago(text, now_us)) {
    return EventBound{.time_us = *ago};
  }
  return fail(ErrorCode::kInvalidArgument,
              "`{}` is no place in a chain: it is a position such as 42, a time such as 1795428000 "
              "or 2026-11-23T10:00:00Z, or a duration before now such as 2d, 1h, 45m or 90s",
              text);
}

}  // namespace theater::cli
