#include "theater/wit/leb.h"

#include "theater/base/utf8.h"

namespace theater::wit {

namespace {

// Bytes that `bits` bits take at most.
constexpr unsigned bytes_max(unsigned bits) {
  return (bits + 6) / 7;
}

}  // namespace

// Byte by byte: a copy out of a local buffer waits for the bytes just written to it.

void detail::append_u_long(Bytes& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}

void detail::append_s_long(Bytes& out, int64_t value) {
  for (; value < -0x40 || value >= 0x40; value >>= 7) {
    out.push_back(static_cast<uint8_t>((value & 0x7f) | 0x80));
  }
  out.push_back(static_cast<uint8_t>(value & 0x7f));
}

Failure ByteReader::truncated(size_t wanted) const {
  return fail(ErrorCode::kInvalidArgument, "offset {}: bytes needed: {}, left: {}", position_,
              wanted, remaining());
}

Result<uint64_t> ByteReader::read_u_long(unsigned bits) {
  uint64_t value = 0;
  size_t at = position_;
  for (unsigned i = 0; i < bytes_max(bits); ++i, ++at) {
    if (at == bytes_.size()) {
      return fail(ErrorCode::kInvalidArgument, "offset {}: the number is cut off", position_);
    }
    uint64_t part = bytes_[at] & 0x7fU;
    unsigned shift = 7 * i;
    // Only the last byte can hold bits that do not belong to the number.
    if (shift + 7 > bits && (part >> (bits - shift)) != 0) break;
    value |= part << shift;
    if ((bytes_[at] & 0x80) != 0) continue;
    if (part == 0 && i != 0) {
      return fail(ErrorCode::kInvalidArgument,
                  "offset {}: the number {} is not in its shortest encoding", position_, value);
    }
    position_ = at + 1;
    return value;
  }
  return fail(ErrorCode::kInvalidArgument, "offset {}: the number does not fit {} bits", position_,
              bits);
}

Result<int64_t> ByteReader::read_s(unsigned bits) {
  uint64_t value = 0;
  size_t at = position_;
  for (unsigned i = 0; i < bytes_max(bits); ++i, ++at) {
    if (at == bytes_.size()) {
      return fail(ErrorCode::kInvalidArgument, "offset {}: the number is cut off", position_);
    }
    uint64_t part = bytes_[at] & 0x7fU;
    unsigned shift = 7 * i;
    if (shift + 7 > bits) {
      // The bits above the number must repeat its sign.
      uint64_t sign_and_above = part >> (bits - shift - 1);
      uint64_t all_ones = 0x7fU >> (bits - shift - 1);
      if (sign_and_above != 0 && sign_and_above != all_ones) break;
    }
    value |= part << shift;
    if ((bytes_[at] & 0x80) != 0) continue;
    bool is_negative = (part & 0x40) != 0;
    if (is_negative && shift + 7 < 64) value |= ~uint64_t{0} << (shift + 7);
    // A last byte of nothing but sign is superfluous if the one before ends in that sign.
    bool sign_before = i != 0 && (bytes_[at - 1] & 0x40) != 0;
    if (i != 0 && part == (is_negative ? 0x7fU : 0U) && sign_before == is_negative) {
      return fail(ErrorCode::kInvalidArgument,
                  "offset {}: the number {} is not in its shortest encoding", position_,
                  static_cast<int64_t>(value));
    }
    position_ = at + 1;
    return static_cast<int64_t>(value);
  }
  return fail(ErrorCode::kInvalidArgument, "offset {}: the number does not fit {} bits", position_,
              bits);
}

Result<size_t> ByteReader::read_count(size_t size_min) {
  size_t start = position_;
  uint64_t count = THEATER_TRY(read_u(32));
  if (count > remaining() / size_min) [[unlikely]] {
    size_t left = remaining();
    position_ = start;
    return fail(ErrorCode::kInvalidArgument,
                "offset {}: {} elements of at least {} bytes cannot be in the {} bytes left", start,
                count, size_min, left);
  }
  return static_cast<size_t>(count);
}

Result<std::string_view> ByteReader::read_string() {
  size_t start = position_;
  size_t count = THEATER_TRY(read_count(1));
  std::string_view text = as_text(bytes_.subspan(position_, count));
  size_t valid = utf8_valid_prefix(text);
  if (valid != text.size()) [[unlikely]] {
    size_t at = position_ + valid;
    position_ = start;
    return fail(ErrorCode::kInvalidArgument, "offset {}: the byte {:#04x} is not UTF-8 here", at,
                bytes_[at]);
  }
  position_ += count;
  return text;
}

Result<char32_t> ByteReader::read_char() {
  if (at_end()) return truncated(1);
  std::string_view text = as_text(rest());
  size_t length = utf8_sequence_length(text);
  if (length == 0) {
    return fail(ErrorCode::kInvalidArgument, "offset {}: no Unicode character starts with {:#04x}",
                position_, bytes_[position_]);
  }
  position_ += length;
  return static_cast<char32_t>(utf8_decode(text, length));
}

}  // namespace theater::wit
