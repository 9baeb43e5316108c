#include "theater/log/event/for_each_payload.h"

#include "theater/log/event/part_shapes.h"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <tuple>
#include <type_traits>
#include <variant>

namespace theater::log {

namespace {

template <class Part, class Visit>
void visit_payloads(Part& part, const Visit& visit) {
  using Plain = std::remove_const_t<Part>;
  if constexpr (std::is_same_v<Plain, Payload>) {
    visit(part);
  } else if constexpr (detail::kIsOptional<Plain>) {
    if (part) visit_payloads(*part, visit);
  } else if constexpr (detail::kIsList<Plain>) {
    for (auto& element : part)
      visit_payloads(element, visit);
  } else if constexpr (detail::kIsTuple<Plain>) {
    std::apply([&](auto&... elements) { (visit_payloads(elements, visit), ...); }, part);
  } else if constexpr (detail::kIsVariant<Plain>) {
    std::visit([&](auto& alternative) { visit_payloads(alternative, visit); }, part);
  } else if constexpr (boost::describe::has_describe_members<Plain>::value) {
    using Members = boost::describe::describe_members<Plain, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>(
        [&](auto member) { visit_payloads(part.*member.pointer, visit); });
  } else if constexpr (detail::HoldsValue<Plain>) {
    visit_payloads(part.value, visit);
  }
}

}  // namespace

void for_each_payload(Body& body, FunctionRef<void(Payload&)> visit) {
  visit_payloads(body, visit);
}

void for_each_payload(const Body& body, FunctionRef<void(const Payload&)> visit) {
  visit_payloads(body, visit);
}

size_t count_detached(const Body& body) {
  size_t count = 0;
  for_each_payload(body, [&](const Payload& payload) {
    if (std::holds_alternative<Detached>(payload)) ++count;
  });
  return count;
}

}  // namespace theater::log
