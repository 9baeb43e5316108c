#include "theater/base/printable.h"

#include "theater/base/utf8.h"

#include <fmt/format.h>

#include <cstdint>

namespace theater {

namespace {

// C1 and the characters beyond ASCII that a terminal obeys.
bool is_obeyed(uint32_t scalar) {
  if (scalar < 0x80) return false;
  return scalar < 0xa0 || scalar == 0x061c || scalar == 0x200e || scalar == 0x200f ||
         (scalar >= 0x2028 && scalar <= 0x202e) || (scalar >= 0x2066 && scalar <= 0x2069);
}

enum class Form : uint8_t { kLine, kLines, kJson };

// The bytes at the start of `text` that nothing has to be done for.
size_t plain_prefix(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte >= 0x7f) break;
    ++i;
  }
  return i;
}

std::string escaped(std::string_view text, Form form) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (size_t plain = plain_prefix(text); plain > 0) {
      out += text.substr(0, plain);
      text.remove_prefix(plain);
      continue;
    }
    size_t length = utf8_sequence_length(text);
    auto first = static_cast<unsigned char>(text[0]);
    bool separates = text[0] == '\n' || text[0] == '\t';
    if (separates && form != Form::kLine) {
      out += text[0];
    } else if (separates) {
      out += text[0] == '\n' ? "\\n" : "\\t";
    } else if (length <= 1) {
      // An invalid byte, a C0 control or DEL.
      out +=
          form == Form::kJson ? fmt::format("\\u{:04x}", first) : fmt::format("\\x{:02x}", first);
    } else if (uint32_t scalar = utf8_decode(text, length); is_obeyed(scalar)) {
      out += fmt::format("\\u{:04x}", scalar);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

std::string escape_control(std::string_view text) {
  return escaped(text, Form::kLine);
}

std::string escape_control_in_lines(std::string_view text) {
  return escaped(text, Form::kLines);
}

std::string escape_control_in_json(std::string_view json) {
  return escaped(json, Form::kJson);
}

}  // namespace theater
