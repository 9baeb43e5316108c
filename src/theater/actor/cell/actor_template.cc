#include "theater/actor/cell/actor_template.h"

#include "theater/base/check.h"

namespace theater {

std::vector<uint32_t> export_numbers_of(const engine::Program& program, const Binding& binding) {
  std::vector<uint32_t> numbers;
  numbers.reserve(binding.exports.size());
  for (const BoundExport& bound : binding.exports) {
    auto number = program.find_export(bound.guest_name.interface, bound.guest_name.name);
    THEATER_CHECK(number.has_value(), "{}", bound.guest_name.to_string());
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace theater
