// The codec of variants, behind traits.h.
#pragma once

#include "theater/wit/alternative.h"
#include "theater/wit/codec.h"
#include "theater/wit/codec_describe.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace theater::wit {

namespace detail {

template <class A>
concept NamesItsCase = requires {
  { A::kCaseName } -> std::convertible_to<std::string_view>;
};

// What an alternative carries: void, the wrapped value, or the alternative itself.
template <class A>
struct PayloadOf {
  using type = std::conditional_t<std::is_empty_v<A>, void, A>;
};
template <CaseName kName, class T>
struct PayloadOf<Alternative<kName, T>> {
  using type = T;
};

template <class A>
inline constexpr bool kIsAlternative = false;
template <CaseName kName, class T>
inline constexpr bool kIsAlternative<Alternative<kName, T>> = true;

template <class A>
struct AlternativeCodec {
  static_assert(NamesItsCase<A>, "an alternative must say which case it is: see alternative.h");
  using Payload = typename PayloadOf<A>::type;

  static Case type() {
    if constexpr (std::is_void_v<Payload>) {
      return {std::string(A::kCaseName), std::nullopt};
    } else {
      return {std::string(A::kCaseName), cached_type<Payload>()};
    }
  }
  static void write(Bytes& out, const A& alternative) {
    if constexpr (std::is_void_v<Payload>) {
      (void)out, (void)alternative;
    } else if constexpr (kIsAlternative<A>) {
      Codec<Payload>::write(out, alternative.value);
    } else {
      Codec<Payload>::write(out, alternative);
    }
  }
  static Result<A> read(ByteReader& reader) {
    if constexpr (std::is_void_v<Payload>) {
      return A{};
    } else if constexpr (kIsAlternative<A>) {
      return A{THEATER_TRY(Codec<Payload>::read(reader))};
    } else {
      return Codec<Payload>::read(reader);
    }
  }
};

template <class T, class Variant>
struct VariantCodec;

template <class T, class... Alternatives>
struct VariantCodec<T, std::variant<Alternatives...>> {
  using Base = std::variant<Alternatives...>;
  static constexpr size_t kCount = sizeof...(Alternatives);
  static constexpr size_t kSizeMin = 1;

  static Type type() { return Type::variant({AlternativeCodec<Alternatives>::type()...}); }
  static void write(Bytes& out, const T& value) {
    const Base& base = value;
    append_u(out, base.index());
    std::visit(
        [&](const auto& alternative) {
          AlternativeCodec<std::remove_cvref_t<decltype(alternative)>>::write(out, alternative);
        },
        base);
  }
  static Result<T> read(ByteReader& reader) {
    uint64_t index = THEATER_TRY(reader.read_u(32));
    if (index >= kCount) [[unlikely]]
      return bad_index(reader, index, kCount, "variant");
    return read_case(reader, index, std::index_sequence_for<Alternatives...>());
  }

 private:
  template <size_t... kIndex>
  static Result<T> read_case(ByteReader& reader, uint64_t index, std::index_sequence<kIndex...>) {
    T value{};
    std::optional<Error> error;
    (void)((index == kIndex && (read_at<kIndex>(reader, value, error), true)) || ...);
    if (error) [[unlikely]]
      return Failure(*std::move(error));
    return value;
  }
  template <size_t kIndex>
  static void read_at(ByteReader& reader, Base& value, std::optional<Error>& error) {
    auto read = AlternativeCodec<std::variant_alternative_t<kIndex, Base>>::read(reader);
    if (read) {
      value.template emplace<kIndex>(*std::move(read));
    } else {
      error = std::move(read).error();
    }
  }
};

template <class T>
using VariantBaseOf = decltype(variant_of(static_cast<const T*>(nullptr)));

}  // namespace detail

template <detail::VariantLike T>
struct Codec<T> : detail::VariantCodec<T, detail::VariantBaseOf<T>> {};

}  // namespace theater::wit
