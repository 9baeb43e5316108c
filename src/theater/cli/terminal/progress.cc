#include "theater/cli/terminal/progress.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace theater::cli {

namespace {

// Back to the beginning of the line, and nothing to the right.
constexpr std::string_view kWipe = "\r\x1b[K";

// A terminal that is gone is no reason to fail.
void write_error(const std::string& text) {
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

std::optional<std::string> ProgressLine::at(std::chrono::nanoseconds since_start, uint64_t done,
                                            uint64_t of) {
  if (since_start < kPatience || (last_ && since_start - *last_ < kPeriod)) return std::nullopt;
  last_ = since_start;
  done = std::min(done, of);
  double share = of == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(of);
  auto percent = static_cast<int>(share * 100);
  if (unit_ == Unit::kEvents) {
    return fmt::format("{}: {} of {} events, {}%", doing_, done, of, percent);
  }
  constexpr uint64_t kMegabyte = 1'000'000;
  return fmt::format("{}: {} of {} MB, {}%", doing_, done / kMegabyte,
                     (of + kMegabyte - 1) / kMegabyte, percent);
}

Progress::Progress(std::string doing, ProgressLine::Unit unit)
    : line_(std::move(doing), unit), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (line_.shown()) write_error(std::string(kWipe));
}

void Progress::show(uint64_t done, uint64_t of) {
  if (!terminal_) return;
  std::optional<std::string> text = line_.at(std::chrono::steady_clock::now() - start_, done, of);
  if (text) write_error(std::string(kWipe) + *text);
}

}  // namespace theater::cli
