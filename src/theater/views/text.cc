#include "theater/views/text.h"

#include <fmt/format.h>

#include <ctime>
#include <vector>

namespace theater::views {

namespace {

constexpr size_t kShortIdDigits = 12;

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

}  // namespace theater::views
