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
  static bool read_into(ByteReader& reader, A& alternative, std::optional<Error>& error) {
    if constexpr (std::is_void_v<Payload>) {
      return true;
    } else if constexpr (kIsAlternative<A>) {
      return detail::read_into(reader, alternative.value, error);
    } else {
      return detail::read_into(reader, alternative, error);
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
  static Result<T> read(ByteReader& reader) { return read_by_parts<T>(reader); }
  static bool read_into(ByteReader& reader, T& value, std::optional<Error>& error) {
    Result<uint64_t> index = reader.read_u(32);
    if (!index || *index >= kCount) [[unlikely]] {
      error =
          index ? bad_index(reader, *index, kCount, "variant").value() : std::move(index).error();
      return false;
    }
    return read_case(reader, *index, value, error, std::index_sequence_for<Alternatives...>());
  }

 private:
  template <size_t... kIndex>
  static bool read_case(ByteReader& reader, uint64_t index, Base& value,
                        std::optional<Error>& error, std::index_sequence<kIndex...>) {
    bool is_read = false;
    (void)((index == kIndex && (is_read = read_at<kIndex>(reader, value, error), true)) || ...);
    return is_read;
  }
  template <size_t kIndex>
  static bool read_at(ByteReader& reader, Base& value, std::optional<Error>& error) {
    using Alternative = std::variant_alternative_t<kIndex, Base>;
    return AlternativeCodec<Alternative>::read_into(reader, value.template emplace<kIndex>(),
                                                    error);
  }
};

template <class T>
using VariantBaseOf = decltype(variant_of(static_cast<const T*>(nullptr)));

}  // namespace detail

template <detail::VariantLike T>
struct Codec<T> : detail::VariantCodec<T, detail::VariantBaseOf<T>> {};

}  // namespace theater::wit
