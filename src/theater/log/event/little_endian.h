// Unsigned little-endian integers in bytes, as in the log's files.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/check.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace theater::log {

// The first 4 or 8 bytes of `bytes`, which must have them.
inline uint32_t load_u32(ByteView bytes) {
  THEATER_CHECK(bytes.size() >= 4);
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i)
    value |= uint32_t{bytes[i]} << (8 * i);
  return value;
}

inline uint64_t load_u64(ByteView bytes) {
  THEATER_CHECK(bytes.size() >= 8);
  return load_u32(bytes) | uint64_t{load_u32(bytes.subspan(4))} << 32;
}

// Writes over the first 4 or 8 bytes of `out`, which must have them.
inline void store_u32(std::span<uint8_t> out, uint32_t value) {
  THEATER_CHECK(out.size() >= 4);
  for (size_t i = 0; i < 4; ++i)
    out[i] = static_cast<uint8_t>(value >> (8 * i));
}

inline void store_u64(std::span<uint8_t> out, uint64_t value) {
  THEATER_CHECK(out.size() >= 8);
  store_u32(out, static_cast<uint32_t>(value));
  store_u32(out.subspan(4), static_cast<uint32_t>(value >> 32));
}

inline void append_u32(Bytes& out, uint32_t value) {
  out.resize(out.size() + 4);
  store_u32(std::span(out).last(4), value);
}

inline void append_u64(Bytes& out, uint64_t value) {
  out.resize(out.size() + 8);
  store_u64(std::span(out).last(8), value);
}

// Takes fields off the front. The caller compares left() with the size of each field first.
class LittleEndianReader {
 public:
  explicit LittleEndianReader(ByteView bytes) : rest_(bytes) {}

  size_t left() const { return rest_.size(); }

  ByteView bytes(size_t size) {
    THEATER_CHECK(size <= rest_.size());
    ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  uint32_t u32() { return load_u32(bytes(4)); }
  uint64_t u64() { return load_u64(bytes(8)); }
  ActorId actor_id() { return array_of<ActorId>(); }
  Hash hash() { return array_of<Hash>(); }

 private:
  template <class T>
  T array_of() {
    T value;
    ByteView taken = bytes(value.bytes.size());
    std::copy(taken.begin(), taken.end(), value.bytes.begin());
    return value;
  }

  ByteView rest_;
};

}  // namespace theater::log
