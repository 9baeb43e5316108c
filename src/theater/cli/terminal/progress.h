// Progress of a long command: one line on standard error that is rewritten in place.
//
// The line appears only on a terminal, and only for a command that takes a while.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace theater::cli {

// Decides when to show a line, and its text. Value type.
class ProgressLine {
 public:
  // A command that ends earlier shows nothing.
  static constexpr std::chrono::milliseconds kPatience{500};
  static constexpr std::chrono::milliseconds kPeriod{100};

  // "verifying: 12 of 340 MB, 3%", or "replaying: 1200 of 5000 events, 24%".
  enum class Unit : uint8_t { kBytes, kEvents };
  ProgressLine(std::string doing, Unit unit) : doing_(std::move(doing)), unit_(unit) {}

  // The text to show at `since_start` after the beginning, without a line end. None if that is too
  // early, or too soon after the last text.
  std::optional<std::string> at(std::chrono::nanoseconds since_start, uint64_t done, uint64_t of);

  // Whether at() returned a text.
  bool shown() const { return last_.has_value(); }

 private:
  std::string doing_;
  Unit unit_;
  std::optional<std::chrono::nanoseconds> last_;
};

// Writes the line if standard error is a terminal. Not thread-safe.
class Progress {
 public:
  Progress(std::string doing, ProgressLine::Unit unit);
  // Wipes the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(uint64_t done, uint64_t of);

 private:
  ProgressLine line_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace theater::cli
