// The encoding of digests and actor ids in events: list<u8> of exactly 32 and 16 bytes.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <array>

namespace theater::log {

namespace detail {

// Fails with kInvalidArgument if the list at `reader` does not have exactly kSize bytes.
template <size_t kSize>
Result<std::array<uint8_t, kSize>> read_bytes(wit::ByteReader& reader, std::string_view what) {
  size_t offset = reader.position();
  ByteView found = THEATER_TRY(wit::Codec<ByteView>::read(reader));
  if (found.size() != kSize) [[unlikely]] {
    return fail(ErrorCode::kInvalidArgument, "offset {}: {} has {} bytes, this has {}", offset,
                what, kSize, found.size());
  }
  std::array<uint8_t, kSize> bytes;
  std::copy(found.begin(), found.end(), bytes.begin());
  return bytes;
}

}  // namespace detail
}  // namespace theater::log

template <>
struct theater::wit::Codec<theater::Hash> {
  static constexpr size_t kSizeMin = 1 + Hash::kSize;
  static Type type() { return Type::list(Type::u8()); }
  static void write(Bytes& out, const Hash& value) { Codec<ByteView>::write(out, value.bytes); }
  static Result<Hash> read(ByteReader& reader) {
    return Hash{THEATER_TRY(log::detail::read_bytes<Hash::kSize>(reader, "a digest"))};
  }
};

template <>
struct theater::wit::Codec<theater::ActorId> {
  static constexpr size_t kSizeMin = 1 + sizeof(ActorId::bytes);
  static Type type() { return Type::list(Type::u8()); }
  static void write(Bytes& out, const ActorId& value) { Codec<ByteView>::write(out, value.bytes); }
  static Result<ActorId> read(ByteReader& reader) {
    return ActorId{
        THEATER_TRY(log::detail::read_bytes<sizeof(ActorId::bytes)>(reader, "an actor id"))};
  }
};
