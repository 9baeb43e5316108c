#include "theater/views/payload_types.h"

#include "theater/actor/handler/binding.h"
#include "theater/actor/messaging/export_function.h"

#include <algorithm>
#include <utility>

namespace theater::views {

namespace {

PayloadType type_of_import(const wit::FuncType& type) {
  return {type.params_tuple(), type.result};
}

// An export takes the state before the tuple of its parameters, and returns it before that of its
// results.
PayloadType type_of_export(const wit::FuncType& type) {
  PayloadType payload;
  if (type.params.size() == 2) payload.arguments = type.params[1].type;
  if (!type.result || type.result->kind() != wit::Kind::kResult || !type.result->ok()) {
    return payload;
  }
  const wit::Type& ok = *type.result->ok();
  if (ok.kind() == wit::Kind::kTuple && ok.fields().size() == 2) {
    payload.result = ok.fields()[1].type;
  }
  return payload;
}

bool same(const PayloadType& a, const PayloadType& b) {
  return a.arguments == b.arguments && a.result == b.result;
}

}  // namespace

PayloadTypes::PayloadTypes(const HandlerSet& handlers, Load load) : load_(std::move(load)) {
  auto add = [&](const engine::FunctionName& name, PayloadType type) {
    std::vector<PayloadType>& known = of_handlers_[plain_name(name)];
    bool is_known = std::any_of(known.begin(), known.end(),
                                [&](const PayloadType& one) { return same(one, type); });
    if (!is_known) known.push_back(std::move(type));
  };
  add(init_function().name, type_of_export(init_function().type));
  for (const auto& handler : handlers) {
    for (const HostFunction& function : handler->host_functions())
      add(function.name, type_of_import(function.type));
    for (const ExportFunction& function : handler->export_functions())
      add(function.name, type_of_export(function.type));
  }
}

std::span<const PayloadType> PayloadTypes::of_handlers(const std::string& function) const {
  auto found = of_handlers_.find(function);
  if (found == of_handlers_.end()) return {};
  return found->second;
}

const PayloadType* PayloadTypes::of_component(const Hash& component, const std::string& function) {
  auto known = of_components_.find(component);
  if (known == of_components_.end()) {
    if (!load_ || of_components_.size() >= kComponentsMax) return nullptr;
    known = of_components_.emplace(component, ByFunction{}).first;
    if (Result<ComponentFunctions> loaded = load_(component)) {
      for (const engine::FunctionDecl& import : loaded->imports)
        known->second.emplace(plain_name(import.name), type_of_import(import.type));
      for (const engine::FunctionDecl& one : loaded->exports)
        known->second.emplace(plain_name(one.name), type_of_export(one.type));
    }
  }
  auto found = known->second.find(function);
  return found == known->second.end() ? nullptr : &found->second;
}

}  // namespace theater::views
