// SHA-256 digests: of blobs, and of events as RFC 6962 leaves.
//
// A Hash is a value of 32 bytes that prints as 64 hexadecimal digits. The functions here are the
// only road to the hash library.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <array>
#include <compare>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace theater {

struct Hash {
  static constexpr size_t kSize = 32;

  std::array<uint8_t, kSize> bytes{};

  auto operator<=>(const Hash&) const = default;

  ByteView view() const { return bytes; }
  bool is_zero() const { return *this == Hash{}; }

  // 64 lower-case hexadecimal digits.
  std::string to_string() const;

  // Fails with kInvalidArgument unless `text` is exactly 64 hexadecimal digits.
  static Result<Hash> parse(std::string_view text);

  // Fails with kInvalidArgument unless `bytes` has exactly 32 bytes.
  static Result<Hash> from_bytes(ByteView bytes);
};

// SHA-256 of `data`. Safe from any thread.
Hash sha256(ByteView data);

// SHA-256 of the concatenation, without making it.
Hash sha256(std::initializer_list<ByteView> parts);

// The RFC 6962 leaf hash, SHA-256(0x00 ‖ data).
Hash leaf_hash(ByteView data);

// HMAC-SHA-256 (RFC 2104) of `data` under `key`.
Hash hmac_sha256(ByteView key, ByteView data);

// Compares in time that does not depend on where the two differ: for authentication codes.
bool equal_constant_time(const Hash& a, const Hash& b);

}  // namespace theater

template <>
struct std::hash<theater::Hash> {
  size_t operator()(const theater::Hash& digest) const noexcept {
    size_t value = 0;
    std::memcpy(&value, digest.bytes.data(), sizeof value);
    return value;
  }
};
