// C++ values <-> encoded component values, decided at compile time.
//
//   bool, (u)int8..64, float, double      bool, s8..u64, f32, f64
//   char32_t                              char
//   std::string, std::string_view         string
//   Bytes, ByteView                       list<u8>
//   std::vector<T>                        list<T>
//   std::tuple<T...>                      tuple
//   std::optional<T>                      option
//   tl::expected<T, E>                    result; void or std::monostate for a side without payload
//   struct with BOOST_DESCRIBE_STRUCT     record, with the members in order and their names in
//                                         kebab case; base classes are not supported
//   enum with BOOST_DESCRIBE_ENUM         enum; the enumerators must count up from zero
//   Flags<E>                              flags (flags.h)
//   std::variant, or a struct from one    variant (alternative.h)
//
// A type of your own joins in by a specialisation of Codec.
//
// Encoding is total: whatever the C++ value, the result is a value of its type. Text that is not
// UTF-8 and numbers that are no Unicode scalar value become U+FFFD, NaNs become the canonical one.
// Decoded string_views and ByteViews point into the input and are valid as long as it is. What is
// decoded must be default-constructible. Safe from any thread.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/wit/codec.h"
#include "theater/wit/codec_describe.h"
#include "theater/wit/codec_variant.h"
#include "theater/wit/leb.h"
#include "theater/wit/type.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater::wit {

// The WIT type of T. Built once.
template <class T>
Type type_of() {
  return detail::cached_type<T>();
}

// Appends the encoding of `value`.
template <class T>
void encode_to(Bytes& out, const T& value) {
  Codec<T>::write(out, value);
}

template <class T>
Bytes encode(const T& value) {
  Bytes out;
  encode_to(out, value);
  return out;
}

// Reads one T from where `reader` is. Fails with kInvalidArgument, naming the offset; the position
// is then unspecified.
template <class T>
Result<T> decode_from(ByteReader& reader) {
  return Codec<T>::read(reader);
}

// The T that all of `bytes` encodes. Fails with kInvalidArgument, naming the offset.
template <class T>
Result<T> decode(ByteView bytes) {
  ByteReader reader(bytes);
  Result<T> value = decode_from<T>(reader);
  if (value && !reader.at_end()) [[unlikely]]
    value = Result<T>(detail::left_over(reader));
  return value;
}

// The same where a T is already; unspecified after a failure.
template <class T>
Result<void> decode_into(ByteView bytes, T& value) {
  ByteReader reader(bytes);
  std::optional<Error> error;
  if (!detail::read_into(reader, value, error)) [[unlikely]]
    return Failure(*std::move(error));
  if (!reader.at_end()) [[unlikely]]
    return detail::left_over(reader);
  return {};
}

// Appends the argument value of a call: the arguments in order. decode<std::tuple<Args...>> reads
// it.
template <class... Args>
void encode_params(Bytes& out, const Args&... args) {
  (encode_to(out, args), ...);
}

namespace detail {

template <class Signature>
struct SignatureOf;

template <class R, class... Args>
struct SignatureOf<R(Args...)> {
  static FuncType make(std::vector<std::string> names) {
    FuncType function;
    size_t index = 0;
    [[maybe_unused]] auto add = [&](Type type) {
      std::string name = index < names.size() ? std::move(names[index]) : fmt::format("p{}", index);
      function.params.push_back({std::move(name), std::move(type)});
      ++index;
    };
    (add(cached_type<std::remove_cvref_t<Args>>()), ...);
    if constexpr (!std::is_void_v<R>) function.result = cached_type<std::remove_cvref_t<R>>();
    return function;
  }
};

}  // namespace detail

// func_type_of<tl::expected<void, std::string>(std::string_view)>({"msg"}) is the type of
// `func(msg: string) -> result<_, string>`. Parameters without a name are called p0, p1, …
template <class Signature>
FuncType func_type_of(std::vector<std::string> param_names = {}) {
  return detail::SignatureOf<Signature>::make(std::move(param_names));
}

}  // namespace theater::wit
