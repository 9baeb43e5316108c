#include "theater/views/inspection.h"

#include "theater/actor/handler/binding.h"
#include "theater/actor/messaging/interface_name.h"
#include "theater/engine/engine.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/wit/print.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace theater::views {

namespace {

enum class Side { kImport, kExport };

std::span<const std::string> interfaces(const Handler& handler, Side side) {
  return side == Side::kImport ? handler.imports() : handler.exports();
}

bool has_interface(const Handler& handler, Side side, const std::string& name) {
  auto offered = interfaces(handler, side);
  return std::any_of(offered.begin(), offered.end(),
                     [&](const std::string& each) { return interfaces_match(each, name); });
}

// The handler of an interface. Of two that bring the same types, the one of which the component uses
// more.
const Handler* handler_of(const std::string& interface, Side side, const HandlerSet& handlers,
                          std::span<const std::string> used) {
  const Handler* first = nullptr;
  for (const auto& handler : handlers) {
    if (!has_interface(*handler, side, interface)) continue;
    bool is_used = std::any_of(used.begin(), used.end(), [&](const std::string& name) {
      return name != interface && has_interface(*handler, side, name);
    });
    if (is_used) return handler.get();
    if (first == nullptr) first = handler.get();
  }
  return first;
}

bool offers_function(const Handler& handler, const engine::FunctionName& name) {
  auto functions = handler.host_functions();
  return std::any_of(functions.begin(), functions.end(), [&](const HostFunction& function) {
    return function.name.name == name.name &&
           interfaces_match(function.name.interface, name.interface);
  });
}

std::vector<InterfaceUse> uses(std::span<const std::string> names,
                               std::span<const engine::FunctionDecl> functions, Side side,
                               const HandlerSet& handlers) {
  std::vector<InterfaceUse> all;
  for (const std::string& name : names) {
    InterfaceUse use{.name = name, .functions = {}, .handler = {}, .unknown = {}};
    const Handler* handler = handler_of(name, side, handlers, names);
    if (handler != nullptr) use.handler = handler->name();
    for (const engine::FunctionDecl& function : functions) {
      if (function.name.interface != name) continue;
      use.functions.push_back(wit::to_wit(function.name.name, function.type));
      if (side == Side::kImport && handler != nullptr &&
          !offers_function(*handler, function.name)) {
        use.unknown.push_back(function.name.name);
      }
    }
    all.push_back(std::move(use));
  }
  return all;
}

// What the handler says that a call of `function` needs, if the default policy does not grant it.
std::optional<NeededGrant> need_of(const Handler& handler, const HostFunction& function) {
  if (function.needed) return function.needed;
  if (handler.is_granted(Policy::default_policy().permissions())) return std::nullopt;
  return NeededGrant{handler.least_grant(), {}};
}

// The function that the component is given for an import; null if no handler has it.
const HostFunction* offered(const Handler& handler, const engine::FunctionName& name) {
  for (const HostFunction& function : handler.host_functions()) {
    if (plain_name(function.name) == plain_name(name)) return &function;
  }
  return nullptr;
}

void add_needs(Inspection& inspection, const engine::Component& component,
               const HandlerSet& handlers) {
  for (const auto& handler : handlers) {
    auto belongs = [&](const InterfaceUse& use) { return use.handler == handler->name(); };
    bool used = std::any_of(inspection.imports.begin(), inspection.imports.end(), belongs) ||
                std::any_of(inspection.exports.begin(), inspection.exports.end(), belongs);
    if (used && !handler->always_active()) inspection.handlers.emplace_back(handler->name());
  }
  for (const engine::FunctionDecl& import : component.imports()) {
    for (const auto& handler : handlers) {
      const HostFunction* function = offered(*handler, import.name);
      auto need = function == nullptr ? std::nullopt : need_of(*handler, *function);
      if (need) inspection.grants.push_back({import.name.to_string(), need->grant, need->entry});
    }
  }
  auto binding = bind_component({component.imports(), component.exports(),
                                 component.imported_interfaces(), component.exported_interfaces()},
                                handlers, inspection.handlers);
  if (binding) return;
  // The first line says that the component cannot be loaded; the others say why.
  std::string_view rest = binding.error().message();
  rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with(' ') && !inspection.problems.empty()) {
      inspection.problems.back() += fmt::format("\n{}", line);
    } else {
      inspection.problems.emplace_back(line);
    }
  }
}

// The interfaces that the world of a printed component names, for one that cannot be compiled.
std::vector<std::string> named_in_world(std::string_view wit, std::string_view keyword) {
  std::vector<std::string> names;
  bool in_world = false;
  while (!wit.empty()) {
    std::string_view line = wit.substr(0, wit.find('\n'));
    wit.remove_prefix(std::min(wit.size(), line.size() + 1));
    if (line.starts_with("world ")) in_world = true;
    if (line == "}") in_world = false;
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!in_world || !line.starts_with(keyword) || !line.ends_with(';')) continue;
    line = line.substr(keyword.size(), line.size() - keyword.size() - 1);
    if (line.find(' ') == line.npos && line.find('/') != line.npos) names.emplace_back(line);
  }
  return names;
}

// Grants that the manifest's actor would need on top of the default policy.
std::vector<std::string> grants_to_add(const Manifest& manifest) {
  return to_grants(missing_grants(Policy::default_policy(), manifest.ask()));
}

Json to_json(std::span<const InterfaceUse> uses) {
  Json list = Json::array();
  for (const InterfaceUse& use : uses) {
    Json item = {{"interface", use.name},
                 {"handler", use.handler.empty() ? Json() : Json(use.handler)},
                 {"functions", use.functions}};
    if (!use.unknown.empty()) item["not_offered"] = use.unknown;
    list.push_back(std::move(item));
  }
  return list;
}

std::string list_text(std::string_view title, std::span<const std::string> lines) {
  if (lines.empty()) return {};
  std::string text;
  text += fmt::format("\n{}:\n", title);
  for (const std::string& line : lines)
    text += "  " + line + "\n";
  return text;
}

std::string uses_text(std::string_view title, Side side, std::span<const InterfaceUse> uses) {
  std::string text;
  text += fmt::format("\n{}:{}\n", title, uses.empty() ? " none" : "");
  for (const InterfaceUse& use : uses) {
    std::string note;
    if (!use.handler.empty()) {
      note = fmt::format("  (handler {})", use.handler);
    } else if (side == Side::kImport) {
      note = "  (not offered by this build)";
    }
    text += fmt::format("  {}{}\n", use.name, note);
    for (const std::string& function : use.functions)
      text += "    " + function + "\n";
    for (const std::string& name : use.unknown) {
      text += fmt::format("    {} is not offered by this build\n", name);
    }
  }
  return text;
}

}  // namespace

Result<Inspection> inspect_component(ByteView source, engine::Engine& engine,
                                     const HandlerSet& handlers) {
  Inspection inspection;
  inspection.size = source.size();
  inspection.wit = THEATER_TRY(engine::print_wit(source));
  auto compiled = engine.compile(source);
  if (compiled) {
    inspection.digest = (*compiled)->digest();
  } else if (as_text(source).starts_with(std::string_view("\0asm", 4))) {
    inspection.digest = sha256(source);
  }
  if (!compiled) {
    inspection.imports =
        uses(named_in_world(inspection.wit, "import "), {}, Side::kImport, handlers);
    inspection.exports =
        uses(named_in_world(inspection.wit, "export "), {}, Side::kExport, handlers);
    inspection.problems.push_back(compiled.error().to_string());
    return inspection;
  }
  const engine::Component& component = **compiled;
  inspection.digest = component.digest();
  inspection.imports =
      uses(component.imported_interfaces(), component.imports(), Side::kImport, handlers);
  inspection.exports =
      uses(component.exported_interfaces(), component.exports(), Side::kExport, handlers);
  add_needs(inspection, component, handlers);
  return inspection;
}

Json inspection_json(const InspectedComponent& subject) {
  const Inspection& inspection = subject.inspection;
  Json grants = Json::array();
  for (const GrantNeed& need : inspection.grants) {
    grants.push_back({{"function", need.function},
                      {"grant", need.grant},
                      {"handler_entry", need.entry.empty() ? Json() : Json(need.entry)}});
  }
  Json out = {{"component", subject.component},
              {"digest", inspection.digest ? Json(inspection.digest->to_string()) : Json()},
              {"size", inspection.size},
              {"imports", to_json(inspection.imports)},
              {"exports", to_json(inspection.exports)},
              {"handlers", inspection.handlers},
              {"grants", std::move(grants)},
              {"problems", inspection.problems},
              {"wit", json_text_or_null(inspection.wit)}};
  if (subject.manifest) {
    out["manifest"] = {{"name", subject.manifest->name},
                       {"asks_for", to_grants(subject.manifest->ask().demand)},
                       {"grants_to_add", grants_to_add(*subject.manifest)}};
  }
  return out;
}

std::string inspection_text(const InspectedComponent& subject) {
  std::string text;
  const Inspection& inspection = subject.inspection;
  text += fmt::format("component  {}\n", subject.component);
  if (inspection.digest) text += fmt::format("digest     {}\n", inspection.digest->to_string());
  text += fmt::format("size       {} bytes\n", inspection.size);
  text += uses_text("imports", Side::kImport, inspection.imports);
  text += uses_text("exports", Side::kExport, inspection.exports);
  std::vector<std::string> handlers;
  for (const std::string& name : inspection.handlers) {
    handlers.push_back(fmt::format("[[handler]] type = \"{}\"", name));
  }
  text += list_text("its manifest must have", handlers);
  std::vector<std::string> grants;
  for (const GrantNeed& need : inspection.grants) {
    grants.push_back(fmt::format(
        "{} with --grant {}{}", need.function, need.grant,
        need.entry.empty() ? "" : " and, in its manifest, a [[handler]] entry " + need.entry));
  }
  text += list_text("works only with a grant", grants);
  if (subject.manifest) {
    std::vector<std::string> missing;
    for (const std::string& grant : grants_to_add(*subject.manifest)) {
      missing.push_back("--grant " + shell_quoted(grant));
    }
    text += list_text("its manifest asks for", to_grants(subject.manifest->ask().demand));
    text += list_text("of that, not in the default policy", missing);
  }
  text += list_text("cannot run here", inspection.problems);
  if (!inspection.wit.empty()) {
    text += "\nWIT:\n\n" + inspection.wit;
    if (!inspection.wit.ends_with('\n')) text += '\n';
  }
  return text;
}

}  // namespace theater::views
