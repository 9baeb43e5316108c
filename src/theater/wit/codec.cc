#include "theater/wit/codec.h"

#include "theater/base/utf8.h"

namespace theater::wit::detail {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// `text` with U+FFFD for each byte that belongs to no well-formed sequence.
std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t valid = utf8_valid_prefix(text);
    out += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) break;
    out += kReplacement;
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

Failure left_over(const ByteReader& reader) {
  return fail(ErrorCode::kInvalidArgument, "offset {}: bytes left over after the value: {}",
              reader.position(), reader.remaining());
}

Failure bad_byte(const ByteReader& reader, uint8_t byte, std::string_view what) {
  return fail(ErrorCode::kInvalidArgument, "offset {}: {}: unexpected byte {:02x}",
              reader.position() - 1, what, byte);
}

Failure bad_index(const ByteReader& reader, uint64_t index, size_t count, std::string_view what) {
  return fail(ErrorCode::kInvalidArgument, "before offset {}: {}: case index {} is not below {}",
              reader.position(), what, index, count);
}

Failure bad_nan(const ByteReader& reader) {
  return fail(ErrorCode::kInvalidArgument, "before offset {}: a NaN other than the canonical one",
              reader.position());
}

void append_string(Bytes& out, std::string_view text) {
  if (!is_utf8(text)) [[unlikely]] {
    append_string(out, repaired(text));
    return;
  }
  append_count(out, text.size());
  append(out, as_bytes(text));
}

void append_char(Bytes& out, char32_t scalar) {
  if (scalar < 0x80) {
    out.push_back(static_cast<uint8_t>(scalar));
    return;
  }
  bool is_scalar = scalar <= 0x10ffff && (scalar < 0xd800 || scalar > 0xdfff);
  std::string text;
  utf8_append(text, is_scalar ? static_cast<uint32_t>(scalar) : 0xfffd);
  append(out, as_bytes(text));
}

Type integer_type(size_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? Type::s8() : Type::u8();
    case 2:
      return is_signed ? Type::s16() : Type::u16();
    case 4:
      return is_signed ? Type::s32() : Type::u32();
    default:
      return is_signed ? Type::s64() : Type::u64();
  }
}

}  // namespace theater::wit::detail
