#include "theater/manifest/quantity.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace theater {

namespace {

struct Suffix {
  std::string_view name;
  uint64_t factor;
};

// Smallest first; the first one is the unit itself.
constexpr std::array kByteSuffixes{Suffix{"B", 1}, Suffix{"KiB", uint64_t{1} << 10},
                                   Suffix{"MiB", uint64_t{1} << 20},
                                   Suffix{"GiB", uint64_t{1} << 30}};
constexpr std::array kDurationSuffixes{Suffix{"ms", 1}, Suffix{"s", 1000}, Suffix{"m", 60 * 1000},
                                       Suffix{"h", 60 * 60 * 1000}};

std::span<const Suffix> suffixes_of(Unit unit) {
  switch (unit) {
    case Unit::kBytes:
      return kByteSuffixes;
    case Unit::kMilliseconds:
      return kDurationSuffixes;
    case Unit::kCount:
      break;
  }
  return {};
}

std::string_view examples_of(Unit unit) {
  switch (unit) {
    case Unit::kBytes:
      return "a size such as 65536, 512KiB, 64MiB or 1GiB";
    case Unit::kMilliseconds:
      return "a duration such as 500ms, 30s, 5m or 1h";
    case Unit::kCount:
      break;
  }
  return "a whole number such as 100";
}

}  // namespace

Result<uint64_t> parse_quantity(std::string_view text, Unit unit) {
  uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view suffix = text.substr(static_cast<size_t>(end - text.data()));
  uint64_t factor = suffix.empty() ? 1 : 0;
  for (const Suffix& known : suffixes_of(unit)) {
    if (known.name == suffix) factor = known.factor;
  }
  if (error == std::errc::invalid_argument || factor == 0) {
    return fail(ErrorCode::kInvalidArgument, "`{}` is not {}", text, examples_of(unit));
  }
  if (error != std::errc() || number > std::numeric_limits<uint64_t>::max() / factor) {
    return fail(ErrorCode::kInvalidArgument, "`{}` is too large; the largest is {}", text,
                std::numeric_limits<uint64_t>::max());
  }
  return number * factor;
}

std::string format_quantity(uint64_t value, Unit unit) {
  const Suffix* best = nullptr;
  for (const Suffix& suffix : suffixes_of(unit)) {
    bool is_unit = suffix.factor == 1;
    // Zero, and bytes without a larger suffix, are clearest bare.
    if (value == 0 || value % suffix.factor != 0 || (is_unit && unit == Unit::kBytes)) continue;
    best = &suffix;
  }
  if (best == nullptr) return fmt::to_string(value);
  return fmt::format("{}{}", value / best->factor, best->name);
}

}  // namespace theater
