// Strong identifiers: numbers and names that cannot be mixed up with each other.
#pragma once

#include "theater/base/random.h"
#include "theater/base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace theater {

// Names one actor for ever, across restarts and nodes: 128 random bits, printed as 32 lower-case
// hexadecimal digits.
struct ActorId {
  std::array<uint8_t, 16> bytes{};

  auto operator<=>(const ActorId&) const = default;

  static ActorId generate(Random& random);

  std::string to_string() const;

  // Accepts the 32 digits with or without the dashes of a UUID. Fails with kInvalidArgument.
  static Result<ActorId> parse(std::string_view text);
};

// A count that has a meaning of its own: `struct SeqTag; using Seq = Ordinal<SeqTag>`.
template <class Tag>
struct Ordinal {
  uint64_t value = 0;

  auto operator<=>(const Ordinal&) const = default;
  Ordinal next() const { return Ordinal{value + 1}; }
};

// Position of an event in its actor's chain, from zero.
using Seq = Ordinal<struct SeqTag>;

}  // namespace theater

template <>
struct std::hash<theater::ActorId> {
  size_t operator()(const theater::ActorId& id) const noexcept {
    size_t value = 0;
    std::memcpy(&value, id.bytes.data(), sizeof value);
    return value;
  }
};
