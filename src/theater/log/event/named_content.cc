#include "theater/log/event/named_content.h"

#include <variant>

namespace theater::log {

std::vector<NamedContent> named_content(const Body& body) {
  std::vector<NamedContent> named;
  auto state = [&](const StateRef& ref) {
    if (const auto* some = std::get_if<SomeState>(&ref)) {
      named.push_back({"state", some->value.digest, some->value.length, true});
    }
  };
  if (const auto* genesis = std::get_if<Genesis>(&body)) {
    if (genesis->manifest) named.push_back({"manifest", *genesis->manifest});
  } else if (const auto* control = std::get_if<Control>(&body)) {
    const auto* updated = std::get_if<Updated>(&control->operation);
    if (updated != nullptr) named.push_back({"manifest", updated->manifest});
  } else if (const auto* instance = std::get_if<Instance>(&body)) {
    named.push_back({"component", instance->component});
    state(instance->state);
  } else if (const auto* snapshot = std::get_if<Snapshot>(&body)) {
    state(snapshot->state);
  }
  return named;
}

void ComputedState::accept(const Body& body) {
  const auto* returned = std::get_if<Returned>(&body);
  if (returned == nullptr) return;
  if (const auto* set = std::get_if<StateSet>(&returned->state)) last_ = set->value.digest;
}

}  // namespace theater::log
