// The codecs of primitives and containers behind traits.h, which says what they promise.
#pragma once

#include "theater/base/check.h"
#include "theater/wit/leb.h"
#include "theater/wit/type.h"

#include <tl/expected.hpp>

#include <bit>
#include <concepts>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace theater::wit {

// How T travels. A specialisation has
//   static constexpr size_t kSizeMin   the least number of bytes of an encoded T
//   static Type type()
//   static void write(Bytes& out, const T& value)
//   static Result<T> read(ByteReader& reader)
// and, where a T is made of parts, it may have
//   static bool read_into(ByteReader& reader, T& value, std::optional<Error>& error)
// which reads the parts where they belong: moving a large value out of one Result after the other
// costs more than reading it. It is false if there is an error; the value is then unspecified.
template <class T>
struct Codec;

namespace detail {

// Reads a T where it belongs.
template <class T>
bool read_into(ByteReader& reader, T& value, std::optional<Error>& error) {
  if constexpr (requires { Codec<T>::read_into(reader, value, error); }) {
    return Codec<T>::read_into(reader, value, error);
  } else {
    Result<T> read = Codec<T>::read(reader);
    if (!read) [[unlikely]] {
      error = std::move(read).error();
      return false;
    }
    value = *std::move(read);
    return true;
  }
}

// What read() is for a T that has read_into().
template <class T>
Result<T> read_by_parts(ByteReader& reader) {
  // One object all the way, which the callers get without a move.
  Result<T> value(tl::in_place);
  std::optional<Error> error;
  if (!Codec<T>::read_into(reader, *value, error)) [[unlikely]]
    value = Result<T>(Failure(*std::move(error)));
  return value;
}

template <class T>
const Type& cached_type() {
  static const Type type = Codec<T>::type();
  return type;
}

Failure left_over(const ByteReader& reader);
Failure bad_byte(const ByteReader& reader, uint8_t byte, std::string_view what);
Failure bad_index(const ByteReader& reader, uint64_t index, size_t count, std::string_view what);
Failure bad_nan(const ByteReader& reader);
void append_string(Bytes& out, std::string_view text);
void append_char(Bytes& out, char32_t scalar);
Type integer_type(size_t size, bool is_signed);

inline void append_count(Bytes& out, size_t count) {
  THEATER_CHECK(count <= std::numeric_limits<uint32_t>::max(), "{} elements are too many", count);
  append_u(out, count);
}

// Reads the byte 00 or 01 before an option or a result.
inline Result<bool> read_choice(ByteReader& reader, std::string_view what) {
  uint8_t byte = THEATER_TRY(reader.read_byte());
  if (byte > 1) [[unlikely]]
    return bad_byte(reader, byte, what);
  return byte == 1;
}

template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <class T>
inline constexpr bool kIsUnit = std::is_void_v<T> || std::is_same_v<T, std::monostate>;

}  // namespace detail

template <>
struct Codec<bool> {
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::boolean(); }
  static void write(Bytes& out, bool value) { out.push_back(value ? 1 : 0); }
  static Result<bool> read(ByteReader& reader) { return detail::read_choice(reader, "bool"); }
};

template <detail::Integer T>
struct Codec<T> {
  static constexpr size_t kSizeMin = 1;
  static constexpr unsigned kBits = sizeof(T) * 8;
  static Type type() { return detail::integer_type(sizeof(T), std::is_signed_v<T>); }
  static void write(Bytes& out, T value) {
    if constexpr (sizeof(T) == 1) {
      out.push_back(static_cast<uint8_t>(value));
    } else if constexpr (std::is_signed_v<T>) {
      append_s(out, value);
    } else {
      append_u(out, value);
    }
  }
  static Result<T> read(ByteReader& reader) {
    if constexpr (sizeof(T) == 1) {
      return static_cast<T>(THEATER_TRY(reader.read_byte()));
    } else if constexpr (std::is_signed_v<T>) {
      return static_cast<T>(THEATER_TRY(reader.read_s(kBits)));
    } else {
      return static_cast<T>(THEATER_TRY(reader.read_u(kBits)));
    }
  }
};

template <std::floating_point T>
  requires(sizeof(T) == 4 || sizeof(T) == 8)
struct Codec<T> {
  using Word = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  static constexpr Word kNan =
      static_cast<Word>(sizeof(T) == 4 ? 0x7fc00000U : 0x7ff8000000000000U);
  static constexpr size_t kSizeMin = sizeof(T);
  static Type type() { return sizeof(T) == 4 ? Type::f32() : Type::f64(); }
  static void write(Bytes& out, T value) {
    Word word = value != value ? kNan : std::bit_cast<Word>(value);
    uint8_t bytes[sizeof(T)];
    for (size_t i = 0; i < sizeof(T); ++i)
      bytes[i] = static_cast<uint8_t>(word >> (8 * i));
    append(out, bytes);
  }
  static Result<T> read(ByteReader& reader) {
    ByteView bytes = THEATER_TRY(reader.read_bytes(sizeof(T)));
    Word word = 0;
    for (size_t i = 0; i < sizeof(T); ++i)
      word |= static_cast<Word>(bytes[i]) << (8 * i);
    T value = std::bit_cast<T>(word);
    if (value != value && word != kNan) [[unlikely]]
      return detail::bad_nan(reader);
    return value;
  }
};

template <>
struct Codec<char32_t> {
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::character(); }
  static void write(Bytes& out, char32_t value) { detail::append_char(out, value); }
  static Result<char32_t> read(ByteReader& reader) { return reader.read_char(); }
};

template <>
struct Codec<std::string_view> {
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::string(); }
  static void write(Bytes& out, std::string_view value) { detail::append_string(out, value); }
  static Result<std::string_view> read(ByteReader& reader) { return reader.read_string(); }
};

template <>
struct Codec<std::string> {
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::string(); }
  static void write(Bytes& out, const std::string& value) { detail::append_string(out, value); }
  static Result<std::string> read(ByteReader& reader) {
    return std::string(THEATER_TRY(reader.read_string()));
  }
};

template <>
struct Codec<ByteView> {
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::list(Type::u8()); }
  static void write(Bytes& out, ByteView value) {
    detail::append_count(out, value.size());
    append(out, value);
  }
  static Result<ByteView> read(ByteReader& reader) {
    size_t count = THEATER_TRY(reader.read_count(1));
    return reader.read_bytes(count);
  }
};

template <>
struct Codec<Bytes> {
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::list(Type::u8()); }
  static void write(Bytes& out, const Bytes& value) { Codec<ByteView>::write(out, value); }
  static Result<Bytes> read(ByteReader& reader) {
    return to_bytes(THEATER_TRY(Codec<ByteView>::read(reader)));
  }
};

template <class T>
struct Codec<std::vector<T>> {
  static_assert(Codec<T>::kSizeMin > 0, "nothing bounds a list whose elements take no bytes");
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::list(detail::cached_type<T>()); }
  static void write(Bytes& out, const std::vector<T>& value) {
    detail::append_count(out, value.size());
    for (const auto& element : value)
      Codec<T>::write(out, element);
  }
  static Result<std::vector<T>> read(ByteReader& reader) {
    size_t count = THEATER_TRY(reader.read_count(Codec<T>::kSizeMin));
    std::vector<T> value;
    value.reserve(count);
    for (size_t i = 0; i < count; ++i)
      value.push_back(THEATER_TRY(Codec<T>::read(reader)));
    return value;
  }
};

template <class... T>
struct Codec<std::tuple<T...>> {
  static constexpr size_t kSizeMin = (size_t{0} + ... + Codec<T>::kSizeMin);
  static Type type() { return Type::tuple({detail::cached_type<T>()...}); }
  static void write(Bytes& out, const std::tuple<T...>& value) {
    std::apply([&](const T&... element) { (Codec<T>::write(out, element), ...); }, value);
  }
  static Result<std::tuple<T...>> read(ByteReader& reader) {
    std::tuple<T...> value;
    std::optional<Error> error;
    std::apply([&](T&... element) { (void)(read_element(reader, element, error) && ...); }, value);
    if (error) [[unlikely]]
      return Failure(*std::move(error));
    return value;
  }

 private:
  template <class Element>
  static bool read_element(ByteReader& reader, Element& element, std::optional<Error>& error) {
    Result<Element> read = Codec<Element>::read(reader);
    if (!read) [[unlikely]] {
      error = std::move(read).error();
      return false;
    }
    element = *std::move(read);
    return true;
  }
};

template <class T>
struct Codec<std::optional<T>> {
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::option(detail::cached_type<T>()); }
  static void write(Bytes& out, const std::optional<T>& value) {
    out.push_back(value ? 1 : 0);
    if (value) Codec<T>::write(out, *value);
  }
  static Result<std::optional<T>> read(ByteReader& reader) {
    return detail::read_by_parts<std::optional<T>>(reader);
  }
  static bool read_into(ByteReader& reader, std::optional<T>& value, std::optional<Error>& error) {
    Result<bool> is_there = detail::read_choice(reader, "option");
    if (!is_there) [[unlikely]] {
      error = std::move(is_there).error();
      return false;
    }
    value.reset();
    return !*is_there || detail::read_into(reader, value.emplace(), error);
  }
};

template <class T, class E>
struct Codec<tl::expected<T, E>> {
  using Value = tl::expected<T, E>;
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::result(side<T>(), side<E>()); }
  static void write(Bytes& out, const Value& value) {
    out.push_back(value ? 0 : 1);
    if (value) {
      if constexpr (!detail::kIsUnit<T>) Codec<T>::write(out, *value);
    } else {
      if constexpr (!detail::kIsUnit<E>) Codec<E>::write(out, value.error());
    }
  }
  static Result<Value> read(ByteReader& reader) {
    if (THEATER_TRY(detail::read_choice(reader, "result"))) {
      if constexpr (detail::kIsUnit<E>) {
        return Result<Value>(tl::in_place, tl::unexpect, E{});
      } else {
        return Result<Value>(tl::in_place, tl::unexpect, THEATER_TRY(Codec<E>::read(reader)));
      }
    }
    if constexpr (detail::kIsUnit<T>) {
      return Result<Value>(tl::in_place);
    } else {
      return Result<Value>(tl::in_place, THEATER_TRY(Codec<T>::read(reader)));
    }
  }

 private:
  template <class Side>
  static std::optional<Type> side() {
    if constexpr (detail::kIsUnit<Side>) {
      return std::nullopt;
    } else {
      return detail::cached_type<Side>();
    }
  }
};

}  // namespace theater::wit
