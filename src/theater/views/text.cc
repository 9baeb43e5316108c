#include "theater/views/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <vector>

namespace theater::views {

namespace {

constexpr size_t kShortIdDigits = 12;
constexpr std::string_view kMore = "… +";

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
}

std::string scaled(double value, double step, const std::vector<std::string_view>& units) {
  size_t unit = 0;
  for (; value >= step && unit + 1 < units.size(); ++unit)
    value /= step;
  int digits = unit == 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, digits, units[unit]);
}

}  // namespace

std::string recomputable_text(uint64_t count) {
  return count == 0 ? "" : fmt::format(", {} recomputable by a replay", count);
}

std::string counted(uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string utc_text(uint64_t time_us) {
  auto seconds = static_cast<std::time_t>(time_us / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     time_us % 1'000'000);
}

std::string short_id(const ActorId& id) {
  return id.to_string().substr(0, kShortIdDigits);
}

std::string duration_text(uint64_t ns) {
  return scaled(static_cast<double>(ns), 1000, {"ns", "us", "ms", "s"});
}

std::string bytes_text(uint64_t bytes) {
  return scaled(static_cast<double>(bytes), 1024, {"B", "KiB", "MiB", "GiB"});
}

size_t text_width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string_view first_columns(std::string_view text, size_t width) {
  size_t end = 0;
  for (size_t characters = 0; end < text.size(); ++end) {
    if (begins_character(text[end]) && characters++ == width) break;
  }
  return text.substr(0, end);
}

std::string fitted(std::string text, size_t columns) {
  size_t width = text_width(text);
  if (columns == 0 || width <= columns) return text;
  // The number of what is left out takes columns too.
  size_t end = text_width(kMore) + std::to_string(width).size();
  if (end >= columns) return std::string(first_columns(text, columns - 1)) + "…";
  size_t kept = columns - end;
  return fmt::format("{}{}{}", first_columns(text, kept), kMore, width - kept);
}

}  // namespace theater::views
