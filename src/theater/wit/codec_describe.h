// The codecs of described structs and enums, and of flags, behind traits.h.
#pragma once

#include "theater/wit/codec.h"
#include "theater/wit/flags.h"
#include "theater/wit/names.h"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace theater::wit {

namespace detail {

// A std::variant, or a class with one for a public base.
template <class... Alternatives>
std::variant<Alternatives...> variant_of(const std::variant<Alternatives...>*);

template <class T>
concept VariantLike = requires(const T* value) { variant_of(value); };

template <class T>
concept DescribedRecord =
    std::is_class_v<T> && !VariantLike<T> && boost::describe::has_describe_members<T>::value;

template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public>;

template <class Member>
struct PointerTarget;
template <class Class, class Target>
struct PointerTarget<Target Class::*> {
  using type = Target;
};
template <class Descriptor>
using MemberType = typename PointerTarget<std::remove_cv_t<decltype(Descriptor::pointer)>>::type;

template <class T, class Members>
struct RecordCodec;

template <class T, template <class...> class List, class... Members>
struct RecordCodec<T, List<Members...>> {
  static constexpr size_t kSizeMin = (size_t{0} + ... + Codec<MemberType<Members>>::kSizeMin);
  static Type type() {
    return Type::record({Field{kebab_case(Members::name), cached_type<MemberType<Members>>()}...});
  }
  static void write(Bytes& out, const T& value) {
    (Codec<MemberType<Members>>::write(out, value.*Members::pointer), ...);
  }
  static Result<T> read(ByteReader& reader) { return read_by_parts<T>(reader); }
  static bool read_into(ByteReader& reader, T& value, std::optional<Error>& error) {
    return (detail::read_into(reader, value.*Members::pointer, error) && ...);
  }
};

template <DescribedEnum E>
inline constexpr size_t kEnumeratorCount =
    boost::mp11::mp_size<boost::describe::describe_enumerators<E>>::value;

template <class List>
struct Labels;
template <template <class...> class List, class... Enumerators>
struct Labels<List<Enumerators...>> {
  static std::vector<std::string> make() { return {kebab_case(Enumerators::name)...}; }
  static constexpr bool count_up_from_zero() {
    size_t next = 0;
    return ((static_cast<size_t>(Enumerators::value) == next++) && ...);
  }
};

// The labels of E, whose enumerators must be 0, 1, 2, … so that value, index and bit are one
// number.
template <DescribedEnum E>
std::vector<std::string> labels_of() {
  using All = Labels<boost::describe::describe_enumerators<E>>;
  static_assert(All::count_up_from_zero(), "enumerators must be described as 0, 1, 2, …");
  return All::make();
}

}  // namespace detail

template <detail::DescribedRecord T>
struct Codec<T> : detail::RecordCodec<T, detail::MembersOf<T>> {
  static_assert(boost::mp11::mp_empty<
                    boost::describe::describe_bases<T, boost::describe::mod_any_access>>::value,
                "a record cannot have base classes");
};

template <detail::DescribedEnum E>
struct Codec<E> {
  static constexpr size_t kCount = detail::kEnumeratorCount<E>;
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::enumeration(detail::labels_of<E>()); }
  static void write(Bytes& out, E value) {
    auto index = static_cast<uint64_t>(value);
    THEATER_CHECK(index < kCount, "{} is not an enumerator", index);
    append_u(out, index);
  }
  static Result<E> read(ByteReader& reader) {
    uint64_t index = THEATER_TRY(reader.read_u(32));
    if (index >= kCount) [[unlikely]]
      return detail::bad_index(reader, index, kCount, "enum");
    return static_cast<E>(index);
  }
};

template <class E>
struct Codec<Flags<E>> {
  static constexpr size_t kCount = detail::kEnumeratorCount<E>;
  static_assert(kCount <= 64, "at most 64 flags fit");
  static constexpr size_t kSizeMin = (kCount + 7) / 8;
  static Type type() { return Type::flags(detail::labels_of<E>()); }
  static void write(Bytes& out, Flags<E> value) {
    THEATER_CHECK(fits(value.bits()), "{:#x} has bits without a label", value.bits());
    for (size_t i = 0; i < kSizeMin; ++i) {
      out.push_back(static_cast<uint8_t>(value.bits() >> (8 * i)));
    }
  }
  static Result<Flags<E>> read(ByteReader& reader) {
    ByteView bytes = THEATER_TRY(reader.read_bytes(kSizeMin));
    uint64_t bits = 0;
    for (size_t i = 0; i < kSizeMin; ++i)
      bits |= uint64_t{bytes[i]} << (8 * i);
    if (!fits(bits)) [[unlikely]]
      return detail::bad_byte(reader, bytes.back(), "flags");
    return Flags<E>::from_bits(bits);
  }

 private:
  static constexpr bool fits(uint64_t bits) { return kCount == 64 || (bits >> kCount) == 0; }
};

}  // namespace theater::wit
