// How digests and actor ids travel in events: as list<u8> of exactly 32 and 16 octets.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <array>

namespace theater::log {

namespace detail {

// Fails with kInvalidArgument if the list at `reader` does not have exactly kSize octets.
template <size_t kSize>
Result<std::array<uint8_t, kSize>> read_octets(wit::ByteReader& reader, std::string_view what) {
  size_t offset = reader.position();
  ByteView found = THEATER_TRY(wit::Codec<ByteView>::read(reader));
  if (found.size() != kSize) [[unlikely]] {
    return fail(ErrorCode::kInvalidArgument, "offset {}: {} has {} octets, this has {}", offset,
                what, kSize, found.size());
  }
  std::array<uint8_t, kSize> octets;
  std::copy(found.begin(), found.end(), octets.begin());
  return octets;
}

}  // namespace detail
}  // namespace theater::log

template <>
struct theater::wit::Codec<theater::Hash> {
  static constexpr size_t kSizeMin = 1 + Hash::kSize;
  static Type type() { return Type::list(Type::u8()); }
  static void write(Bytes& out, const Hash& value) { Codec<ByteView>::write(out, value.octets); }
  static Result<Hash> read(ByteReader& reader) {
    return Hash{THEATER_TRY(log::detail::read_octets<Hash::kSize>(reader, "a digest"))};
  }
};

template <>
struct theater::wit::Codec<theater::ActorId> {
  static constexpr size_t kSizeMin = 1 + sizeof(ActorId::octets);
  static Type type() { return Type::list(Type::u8()); }
  static void write(Bytes& out, const ActorId& value) { Codec<ByteView>::write(out, value.octets); }
  static Result<ActorId> read(ByteReader& reader) {
    return ActorId{
        THEATER_TRY(log::detail::read_octets<sizeof(ActorId::octets)>(reader, "an actor id"))};
  }
};
