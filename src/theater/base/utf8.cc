#include "theater/base/utf8.h"

#include <cstring>

namespace theater {

namespace {

bool is_continuation(unsigned char byte, unsigned char low = 0x80, unsigned char high = 0xbf) {
  return byte >= low && byte <= high;
}

}  // namespace

size_t utf8_sequence_length(std::string_view text) {
  if (text.empty()) return 0;
  auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return text.size() >= 2 && is_continuation(at(1)) ? 2 : 0;
  if (first < 0xf0) {
    unsigned char low = first == 0xe0 ? 0xa0 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : 0xbf;
    return text.size() >= 3 && is_continuation(at(1), low, high) && is_continuation(at(2)) ? 3 : 0;
  }
  if (first < 0xf5) {
    unsigned char low = first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xf4 ? 0x8f : 0xbf;
    return text.size() >= 4 && is_continuation(at(1), low, high) && is_continuation(at(2)) &&
                   is_continuation(at(3))
               ? 4
               : 0;
  }
  return 0;
}

size_t utf8_valid_prefix(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    // Eight ASCII bytes at a time: nearly all text is.
    while (text.size() - i >= 8) {
      uint64_t word = 0;
      std::memcpy(&word, text.data() + i, 8);
      if ((word & 0x8080808080808080U) != 0) break;
      i += 8;
    }
    // And one by one where fewer are left.
    while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80)
      ++i;
    if (i == text.size()) break;
    size_t length = utf8_sequence_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return i;
}

uint32_t utf8_decode(std::string_view text, size_t length) {
  auto at = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  switch (length) {
    case 1:
      return at(0);
    case 2:
      return ((at(0) & 0x1f) << 6) | (at(1) & 0x3f);
    case 3:
      return ((at(0) & 0x0f) << 12) | ((at(1) & 0x3f) << 6) | (at(2) & 0x3f);
    default:
      return ((at(0) & 0x07) << 18) | ((at(1) & 0x3f) << 12) | ((at(2) & 0x3f) << 6) |
             (at(3) & 0x3f);
  }
}

void utf8_append(std::string& out, uint32_t scalar) {
  auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (scalar < 0x80) {
    put(scalar);
  } else if (scalar < 0x800) {
    put(0xc0 | (scalar >> 6));
    put(0x80 | (scalar & 0x3f));
  } else if (scalar < 0x10000) {
    put(0xe0 | (scalar >> 12));
    put(0x80 | ((scalar >> 6) & 0x3f));
    put(0x80 | (scalar & 0x3f));
  } else {
    put(0xf0 | (scalar >> 18));
    put(0x80 | ((scalar >> 12) & 0x3f));
    put(0x80 | ((scalar >> 6) & 0x3f));
    put(0x80 | (scalar & 0x3f));
  }
}

std::string as_utf8(std::string_view text) {
  std::string good;
  while (!text.empty()) {
    size_t valid = utf8_valid_prefix(text);
    good += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) break;
    utf8_append(good, 0xfffd);
    text.remove_prefix(1);
  }
  return good;
}

std::string shortened(std::string text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.substr(0, end) + "…";
}

}  // namespace theater
