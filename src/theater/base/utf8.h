// UTF-8 as the Unicode standard defines it (table 3-7): no surrogates, no overlong forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace theater {

// Bytes of the well-formed sequence at the start of `text`, or 0 if there is none.
size_t utf8_sequence_length(std::string_view text);

// Position of the first byte that does not belong to a well-formed sequence; text.size() if all
// do.
size_t utf8_valid_prefix(std::string_view text);

inline bool is_utf8(std::string_view text) {
  return utf8_valid_prefix(text) == text.size();
}

// The scalar value of a well-formed sequence of `length` bytes at the start of `text`.
uint32_t utf8_decode(std::string_view text, size_t length);

// Appends a Unicode scalar value (not a surrogate, at most 0x10ffff).
void utf8_append(std::string& out, uint32_t scalar);

// `text` with U+FFFD in place of each byte that belongs to no well-formed sequence.
std::string as_utf8(std::string_view text);

// The start of `text` of at most `bytes_max` bytes, cut between characters, and "…" where it was
// cut.
std::string shortened(std::string text, size_t bytes_max);

}  // namespace theater
