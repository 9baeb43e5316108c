// LEB128 integers, as WebAssembly uses them, and a reader that walks an encoded value.
//
// Theater accepts only the shortest encoding of a number, so that a value has exactly one encoding
// and equal hashes mean equal values.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <cstddef>
#include <cstdint>

namespace theater::wit {

namespace detail {

void append_u_long(Bytes& out, uint64_t value);
void append_s_long(Bytes& out, int64_t value);

}  // namespace detail

// Appends the shortest unsigned LEB128 encoding: at most 10 bytes.
inline void append_u(Bytes& out, uint64_t value) {
  if (value < 0x80) {
    out.push_back(static_cast<uint8_t>(value));
  } else {
    detail::append_u_long(out, value);
  }
}

// Appends the shortest signed LEB128 encoding: at most 10 bytes.
inline void append_s(Bytes& out, int64_t value) {
  if (value >= -0x40 && value < 0x40) {
    out.push_back(static_cast<uint8_t>(value & 0x7f));
  } else {
    detail::append_s_long(out, value);
  }
}

// Reads an encoded value from front to back. A read that fails leaves the position where it was and
// returns kInvalidArgument with the offset and what was wrong there.
//
// A view: the bytes must outlive it. Not thread-safe.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }
  bool at_end() const { return position_ == bytes_.size(); }
  // What has not been read yet.
  ByteView rest() const { return bytes_.subspan(position_); }

  Result<uint8_t> read_byte() {
    if (at_end()) [[unlikely]]
      return truncated(1);
    return bytes_[position_++];
  }

  // An unsigned LEB128 integer of at most `bits` (1 to 64) bits.
  Result<uint64_t> read_u(unsigned bits) {
    // Nearly all lengths and indices take one byte.
    if (!at_end() && bytes_[position_] < 0x80 && bits >= 7) [[likely]]
      return bytes_[position_++];
    return read_u_long(bits);
  }

  // A signed LEB128 integer of at most `bits` (1 to 64) bits, sign included.
  Result<int64_t> read_s(unsigned bits);

  // The next `count` bytes, in place.
  Result<ByteView> read_bytes(size_t count) {
    if (count > remaining()) [[unlikely]]
      return truncated(count);
    ByteView view = bytes_.subspan(position_, count);
    position_ += count;
    return view;
  }

  // The number of elements of a list, each of which takes at least `size_min` bytes, at least 1. A
  // number that the remaining bytes cannot hold is refused, so it is safe to reserve room for.
  Result<size_t> read_count(size_t size_min);

  // A string: its length, then its bytes, which must be UTF-8.
  Result<std::string_view> read_string();

  // A char: the UTF-8 bytes of one scalar value.
  Result<char32_t> read_char();

 private:
  Result<uint64_t> read_u_long(unsigned bits);
  Failure truncated(size_t wanted) const;

  ByteView bytes_;
  size_t position_ = 0;
};

}  // namespace theater::wit
