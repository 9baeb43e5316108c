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

}  // namespace

PayloadTypes::PayloadTypes(const HandlerSet& handlers, Load load) : load_(std::move(load)) {
  auto add = [&](const engine::FunctionName& name, PayloadType type) {
    std::vector<PayloadType>& known = of_handlers_[plain_name(name)];
    if (std::find(known.begin(), known.end(), type) == known.end())
      known.push_back(std::move(type));
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

std::shared_ptr<const PayloadTypes::ByFunction> PayloadTypes::load(const Hash& component) const {
  auto functions = std::make_shared<ByFunction>();
  Result<ComponentFunctions> loaded = load_(component);
  if (!loaded) return functions;
  for (const engine::FunctionDecl& import : loaded->imports)
    functions->emplace(plain_name(import.name), type_of_import(import.type));
  for (const engine::FunctionDecl& one : loaded->exports)
    functions->emplace(plain_name(one.name), type_of_export(one.type));
  return functions;
}

std::shared_ptr<const PayloadTypes::ByFunction> PayloadTypes::functions_of(const Hash& component) {
  bool is_ours = of_components_.with([&](Components& all) {
    bool may_load = load_ && all.size() < kComponentsMax;
    return may_load && all.try_emplace(component).second;
  });
  if (is_ours) {
    auto functions = load(component);
    of_components_.with([&](Components& all) { all[component] = {true, functions}; });
    of_components_.notify_all();
    return functions;
  }
  auto is_ready = [&](const Components& all) {
    auto found = all.find(component);
    return found == all.end() || found->second.is_done;
  };
  return of_components_.wait(is_ready, [&](const Components& all) {
    auto found = all.find(component);
    return found == all.end() ? nullptr : found->second.functions;
  });
}

std::optional<PayloadType> PayloadTypes::of_component(const Hash& component,
                                                      const std::string& function) {
  std::shared_ptr<const ByFunction> functions = functions_of(component);
  if (functions == nullptr) return std::nullopt;
  auto found = functions->find(function);
  if (found == functions->end()) return std::nullopt;
  return found->second;
}

}  // namespace theater::views
