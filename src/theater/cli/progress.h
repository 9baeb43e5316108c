// How far a long command has come: one line on standard error that is written anew, if a person is
// there to see it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace theater::cli {

// When to say something, and what. Value type.
class ProgressLine {
 public:
  // Nothing is said of what is over by then.
  static constexpr std::chrono::milliseconds kPatience{500};
  static constexpr std::chrono::milliseconds kPeriod{100};

  // "verifying: 12 of 340 MB, 3%", or "replaying: 1200 of 5000 events, 24%".
  enum class Unit : uint8_t { kBytes, kEvents };
  ProgressLine(std::string doing, Unit unit) : doing_(std::move(doing)), unit_(unit) {}

  // The text to be shown `since_start` after the beginning, without line end; none if it is too
  // early, or too soon after the last.
  std::optional<std::string> at(std::chrono::nanoseconds since_start, uint64_t done, uint64_t of);

  // Whether anything was shown.
  bool shown() const { return last_.has_value(); }

 private:
  std::string doing_;
  Unit unit_;
  std::optional<std::chrono::nanoseconds> last_;
};

// Writes it, if standard error is a terminal. Not thread-safe.
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
