// Visits every payload of a body of any kind, and counts the detached ones.
#pragma once

#include "theater/log/event/bodies.h"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace theater::log {

namespace detail {

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

template <class Part, class Visit>
void visit_payloads(Part& part, const Visit& visit) {
  using Plain = std::remove_const_t<Part>;
  if constexpr (std::is_same_v<Plain, Payload>) {
    visit(part);
  } else if constexpr (kIsOptional<Plain>) {
    if (part) visit_payloads(*part, visit);
  } else if constexpr (kIsList<Plain>) {
    for (auto& element : part)
      visit_payloads(element, visit);
  } else if constexpr (kIsTuple<Plain>) {
    std::apply([&](auto&... elements) { (visit_payloads(elements, visit), ...); }, part);
  } else if constexpr (kIsVariant<Plain>) {
    std::visit([&](auto& alternative) { visit_payloads(alternative, visit); }, part);
  } else if constexpr (boost::describe::has_describe_members<Plain>::value) {
    using Members = boost::describe::describe_members<Plain, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>(
        [&](auto member) { visit_payloads(part.*member.pointer, visit); });
  } else if constexpr (HoldsValue<Plain>) {
    visit_payloads(part.value, visit);
  }
}

}  // namespace detail

// Calls `visit(payload)` for each payload, in the order of the encoding. `visit` may change
// payloads if `body` is not const.
template <class Visit>
void for_each_payload(Body& body, const Visit& visit) {
  detail::visit_payloads(body, visit);
}
template <class Visit>
void for_each_payload(const Body& body, const Visit& visit) {
  detail::visit_payloads(body, visit);
}

// The number of detached payloads of a body.
inline size_t count_detached(const Body& body) {
  size_t count = 0;
  for_each_payload(body, [&](const Payload& payload) {
    if (std::holds_alternative<Detached>(payload)) ++count;
  });
  return count;
}

}  // namespace theater::log
