// A WIT flags value in C++: a set of enumerators, each of which is the position of a bit.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace theater::wit {

//   enum class Access { kRead, kWrite };
//   BOOST_DESCRIBE_ENUM(Access, kRead, kWrite)
//   Flags<Access> access{Access::kRead};
template <class E>
class Flags {
 public:
  constexpr Flags() = default;
  constexpr Flags(std::initializer_list<E> labels) {
    for (E label : labels)
      set(label);
  }
  static constexpr Flags from_bits(uint64_t bits) {
    Flags flags;
    flags.bits_ = bits;
    return flags;
  }

  constexpr void set(E label) { bits_ |= bit(label); }
  constexpr void clear(E label) { bits_ &= ~bit(label); }
  constexpr bool has(E label) const { return (bits_ & bit(label)) != 0; }
  constexpr uint64_t bits() const { return bits_; }

  constexpr bool operator==(const Flags&) const = default;

 private:
  static constexpr uint64_t bit(E label) { return uint64_t{1} << static_cast<unsigned>(label); }

  uint64_t bits_ = 0;
};

}  // namespace theater::wit
