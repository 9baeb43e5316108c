// Tells at compile time what a part of a body is, for code that walks through bodies of all kinds.
#pragma once

#include <optional>
#include <tuple>
#include <variant>
#include <vector>

namespace theater::log::detail {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsTuple = false;
template <class... T>
inline constexpr bool kIsTuple<std::tuple<T...>> = true;
template <class T>
inline constexpr bool kIsVariant = false;
template <class... T>
inline constexpr bool kIsVariant<std::variant<T...>> = true;
template <class T>
concept HoldsValue = requires(T& part) { part.value; };

}  // namespace theater::log::detail
