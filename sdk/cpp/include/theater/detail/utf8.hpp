// Text that leaves a guest must be UTF-8, or the call traps; what arrived as bytes may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace theater::detail {

// How many bytes the UTF-8 sequence at the front of `text` takes; 0 if there is no valid one.
// https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, table 3-7.
inline size_t utf8_sequence(std::string_view text) {
  auto at = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  auto tail = [&](size_t i) { return (at(i) & 0xC0) == 0x80; };
  uint8_t first = at(0);
  if (text.empty()) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    uint8_t low = first == 0xE0 ? 0xA0 : 0x80;
    uint8_t high = first == 0xED ? 0x9F : 0xBF;
    return at(1) >= low && at(1) <= high && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    uint8_t low = first == 0xF0 ? 0x90 : 0x80;
    uint8_t high = first == 0xF4 ? 0x8F : 0xBF;
    return at(1) >= low && at(1) <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// The length of the valid UTF-8 at the front of `text`.
inline size_t utf8_prefix(std::string_view text) {
  size_t end = 0;
  while (size_t length = utf8_sequence(text.substr(end)))
    end += length;
  return end;
}

// `text` with each byte that is no part of valid UTF-8 replaced by U+FFFD.
inline std::string utf8_repaired(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t good = utf8_prefix(text);
    out.append(text.substr(0, good));
    text.remove_prefix(good);
    if (!text.empty()) {
      out.append("\xEF\xBF\xBD");
      text.remove_prefix(1);
    }
  }
  return out;
}

// A view of `text` as valid UTF-8; copies only where a repair is needed.
class Utf8 {
 public:
  explicit Utf8(std::string_view text) : view_(text) {
    if (utf8_prefix(text) != text.size()) {
      repaired_ = utf8_repaired(text);
      view_ = repaired_;
    }
  }
  Utf8(const Utf8&) = delete;
  Utf8& operator=(const Utf8&) = delete;
  const char* data() const { return view_.data(); }
  size_t size() const { return view_.size(); }
  std::string_view view() const { return view_; }

 private:
  std::string repaired_;
  std::string_view view_;
};

}  // namespace theater::detail
