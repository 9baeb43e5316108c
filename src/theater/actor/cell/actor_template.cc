#include "theater/actor/cell/actor_template.h"

#include "theater/base/check.h"

namespace theater {

void complete_template(ActorTemplate& made) {
  for (const BoundExport& bound : made.binding->exports) {
    const engine::FunctionName& name = bound.guest_name;
    auto number = made.program->find_export(name.interface, name.name);
    THEATER_CHECK(number.has_value(), "{}", name.to_string());
    made.export_numbers.push_back(*number);
  }
  for (const Handler* handler : made.binding->handlers)
    made.granted.push_back(handler->is_granted(made.permissions));
}

}  // namespace theater
