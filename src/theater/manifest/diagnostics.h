// What is wrong with a text that a person wrote, each complaint with its place.
//
// Readers add complaints and go on, so that a file with three mistakes is corrected in one round.
#pragma once

#include "theater/base/error.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Both count from one. A grant is a single line.
struct SourcePosition {
  uint32_t line = 1;
  uint32_t column = 1;
  auto operator<=>(const SourcePosition&) const = default;
};

// Not thread-safe: belongs to one reading of one text.
class Diagnostics final {
 public:
  // Complaints past this many are counted, not kept.
  static constexpr size_t kKeptMax = 20;
  static constexpr size_t kMessageSizeMax = 1000;

  // `source` names the text, such as "actor.toml".
  explicit Diagnostics(std::string source) : source_(std::move(source)) {}

  // A message quotes what a stranger wrote: its control characters are shown as \xNN, and it is cut
  // off where it gets unreadably long.
  void add(SourcePosition position, std::string_view message);

  bool empty() const { return count_ == 0; }
  // Whether the text of a further complaint would be dropped, and need not be made.
  bool full() const { return complaints_.size() == kKeptMax; }

  // kInvalidArgument with every kept complaint as "source:line:column: message", one a line, in the
  // order of their places. Call only if not empty.
  Error to_error() const;

 private:
  struct Complaint {
    SourcePosition position;
    std::string message;
  };

  std::string source_;
  // In the order of their places.
  std::vector<Complaint> complaints_;
  size_t count_ = 0;
};

// Whether a terminal would take part of `text` as a command.
bool has_control_character(std::string_view text);

// "; did you mean `x`? Known WHAT: a, b, c" for a name that is none of `known`; the question only
// if one is near.
std::string suggestion(std::string_view name, std::span<const std::string> known,
                       std::string_view what);

}  // namespace theater
