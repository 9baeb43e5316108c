// Cuts one output of a process into the pieces that its guest gets.
//
//   raw           what there is, at most the largest piece
//   line by line  a line with its line feed; a line longer than the largest piece comes in several,
//                 of which the last has the line feed. What follows the last line feed is a line too
//   json          a line that is a JSON value, without its line feed. Empty lines are skipped. A line
//                 that is no value, or is longer than the largest piece, is dropped, which the first
//                 of them is told for
//   chunked       pieces of exactly the largest size, and the rest at the end
//
// Except for JSON, the pieces together are the output, byte for byte.
#pragma once

#include "theater/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace theater {

struct FramingRules {
  enum class Mode : uint8_t { kRaw, kLine, kJson, kChunked };
  Mode mode = Mode::kRaw;
  size_t piece_max = 0;  // At least 1.
  size_t capacity = 0;   // Of what waits; more than `piece_max`.
};

// Not thread-safe.
class OutputFramer {
 public:
  explicit OutputFramer(const FramingRules& rules) : rules_(rules) {}

  // How many bytes may be put.
  size_t room() const { return rules_.capacity - size(); }
  // At most room() bytes.
  void put(ByteView bytes);
  // Nothing more is put.
  void finish() { is_finished_ = true; }

  // The next piece; none if there is not enough for one. Never an empty one.
  std::optional<Bytes> next();

  // What was dropped first, in words, if it was not taken before.
  std::optional<std::string> take_complaint();

 private:
  size_t size() const { return buffer_.size() - begin_; }
  ByteView waiting() const { return ByteView(buffer_).subspan(begin_); }
  Bytes take(size_t count);
  void drop(size_t count);
  // The size of the line that the buffer begins with, its line feed included; none if it has no end.
  std::optional<size_t> line_size();
  std::optional<Bytes> next_line();
  std::optional<Bytes> next_value();
  void complain(std::string what);

  const FramingRules rules_;
  Bytes buffer_;
  size_t begin_ = 0;    // Of what waits.
  size_t scanned_ = 0;  // So many of its bytes are no line feed.
  bool is_finished_ = false;
  bool is_skipping_ = false;  // The rest of a line that is too long.
  bool has_complained_ = false;
  std::optional<std::string> complaint_;
};

}  // namespace theater
