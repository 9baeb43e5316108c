// THEATER_FIELDS: visiting the members of a struct by name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// Calls macro(x) for each argument; 4^4 rescans are enough for 256 of them.
#define THEATER_DETAIL_EACH(macro, ...) \
  __VA_OPT__(THEATER_DETAIL_SCAN(THEATER_DETAIL_EACH_STEP(macro, __VA_ARGS__)))
#define THEATER_DETAIL_EACH_STEP(macro, first, ...) \
  macro(first) __VA_OPT__(THEATER_DETAIL_EACH_AGAIN THEATER_DETAIL_PARENS(macro, __VA_ARGS__))
#define THEATER_DETAIL_EACH_AGAIN() THEATER_DETAIL_EACH_STEP
#define THEATER_DETAIL_PARENS ()
#define THEATER_DETAIL_SCAN(...) \
  THEATER_DETAIL_SCAN3(          \
      THEATER_DETAIL_SCAN3(THEATER_DETAIL_SCAN3(THEATER_DETAIL_SCAN3(__VA_ARGS__))))
#define THEATER_DETAIL_SCAN3(...) \
  THEATER_DETAIL_SCAN2(           \
      THEATER_DETAIL_SCAN2(THEATER_DETAIL_SCAN2(THEATER_DETAIL_SCAN2(__VA_ARGS__))))
#define THEATER_DETAIL_SCAN2(...) \
  THEATER_DETAIL_SCAN1(           \
      THEATER_DETAIL_SCAN1(THEATER_DETAIL_SCAN1(THEATER_DETAIL_SCAN1(__VA_ARGS__))))
#define THEATER_DETAIL_SCAN1(...) __VA_ARGS__

// A visitor that returns false ends the visit.
#define THEATER_DETAIL_VISIT_FIELD(field) &&visit(std::string_view(#field), self.field)

namespace theater::detail {

struct AnyVisitor {
  template <class Field>
  constexpr bool operator()(std::string_view, Field&&) const {
    return true;
  }
};

template <class T>
concept HasFields = requires(T& value) { T::theater_visit_fields(value, AnyVisitor{}); };

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

template <class T>
inline constexpr bool kIsMap = false;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;

// For static_asserts that fail only where the branch is taken.
template <class>
inline constexpr bool kNever = false;

}  // namespace theater::detail
