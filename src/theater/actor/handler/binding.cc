#include "theater/actor/handler/binding.h"

#include "theater/actor/messaging/interface_name.h"
#include "theater/base/check.h"
#include "theater/base/nearest.h"
#include "theater/log/event/chain_functions.h"
#include "theater/log/event/held_budget.h"
#include "theater/manifest/capability.h"
#include "theater/wit/print.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace theater {

namespace {

bool offers(std::span<const std::string> interfaces, std::string_view wanted) {
  return std::any_of(interfaces.begin(), interfaces.end(),
                     [&](const std::string& offered) { return interfaces_match(offered, wanted); });
}

// Whether the result of a note can be known without it, as a replay must.
bool note_result_is_known(const HostFunction& function) {
  if (!function.type.result) return true;
  if (function.can_say_error() && !function.type.result->ok()) return true;
  const auto* computed = log::find_chain_function(plain_name(function.name));
  return computed != nullptr && computed->type.matches(function.type);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += (text.empty() ? "" : "\n") + line;
  return text;
}

// Works out one binding, collecting everything that is wrong.
class Matcher {
 public:
  Matcher(const ComponentShape& component, const HandlerSet& handlers,
          std::span<const std::string> listed)
      : component_(component), handlers_(handlers), listed_(listed) {}

  Result<std::shared_ptr<const Binding>> run() {
    for (const std::string& name : listed_)
      check_offered(name);
    for (const std::string& interface : component_.imported_interfaces)
      check_imported(interface);
    for (const auto& handler : handlers_)
      activate(*handler);
    for (const engine::FunctionDecl& import : component_.imports) {
      if (!refused_.contains(import.name.interface)) bind_import(import);
    }
    size_t problems = problems_.size();
    bind_export(init_function(), std::nullopt);
    bool has_other_type = problems_.size() > problems;
    if (!has_other_type && !binding_.find_export(init_function())) {
      problems_.push_back(
          "it does not export theater:simple/actor, whose `init` every actor begins with");
    }
    for (size_t i = 0; i < binding_.handlers.size(); ++i) {
      for (const ExportFunction& function : binding_.handlers[i]->export_functions()) {
        if (function.name != init_function().name) bind_export(function, i);
      }
    }
    if (!problems_.empty()) return failure();
    make_table();
    return std::make_shared<const Binding>(std::move(binding_));
  }

 private:
  Failure failure() const {
    return fail(ErrorCode::kInvalidArgument, "the component cannot be loaded:\n{}",
                joined(problems_));
  }

  bool is_listed(const Handler& handler) const {
    return handler.always_active() ||
           std::find(listed_.begin(), listed_.end(), handler.name()) != listed_.end();
  }

  // A handler that the manifest lists and that is not there would be missed later, if at all.
  void check_offered(const std::string& name) {
    std::vector<std::string> known;
    for (const auto& handler : handlers_) {
      if (handler->name() == name) return;
      known.emplace_back(handler->name());
    }
    auto near = nearest(name, known);
    problems_.push_back(fmt::format(
        "its manifest lists the handler `{}`, which this build of Theater lacks{}", name,
        near ? "; did it mean `" + *near + "`?"
             : ": leave the entry out, or use a build "
               "that has it"));
  }

  // An interface of types alone brings nothing that a handler answers.
  bool is_of_types(const std::string& interface) const {
    return std::none_of(
        component_.imports.begin(), component_.imports.end(),
        [&](const engine::FunctionDecl& import) { return import.name.interface == interface; });
  }

  void check_imported(const std::string& interface) {
    if (is_of_types(interface)) return;
    std::vector<std::string> known;  // Those with functions.
    // Two handlers may bring one interface of types; either will do.
    const Handler* unlisted = nullptr;
    for (const auto& handler : handlers_) {
      if (offers(handler->imports(), interface)) {
        if (is_listed(*handler)) return;
        if (unlisted == nullptr) unlisted = handler.get();
      }
      for (const HostFunction& function : handler->host_functions())
        known.push_back(function.name.interface);
    }
    refused_.insert(interface);
    if (unlisted != nullptr) {
      bool is_custom = !capability_from_name(unlisted->name());
      problems_.push_back(
          fmt::format("it imports {}, but its manifest does not list the handler `{}`: add "
                      "[[handler]] {} = \"{}\"",
                      interface, unlisted->name(), is_custom ? "type = \"custom\", name" : "type",
                      unlisted->name()));
      return;
    }
    auto near = nearest(interface, known);
    problems_.push_back(fmt::format("it imports {}, which no handler of this node offers{}",
                                    interface, near ? "; did it mean " + *near + "?" : ""));
  }

  void activate(const Handler& handler) {
    auto touches = [&](std::span<const std::string> offered, std::span<const std::string> used) {
      return std::any_of(used.begin(), used.end(),
                         [&](const std::string& name) { return offers(offered, name); });
    };
    bool exported = touches(handler.exports(), component_.exported_interfaces);
    if (!is_listed(handler)) {
      if (exported) {
        binding_.warnings.push_back(fmt::format(
            "the component exports an interface of the handler `{}`, which its manifest does not "
            "list: no caller reaches it",
            handler.name()));
      }
      return;
    }
    bool active = handler.always_active() || exported ||
                  touches(handler.imports(), component_.imported_interfaces);
    if (!active) return;
    binding_.handlers.push_back(&handler);
    binding_.handles_max += handler.handles_max();
  }

  // Finds the host function for an import; of several with one name, that of the imported type.
  void bind_import(const engine::FunctionDecl& import) {
    const HostFunction* nearest_type = nullptr;
    std::vector<std::string> names;
    for (size_t i = 0; i < binding_.handlers.size(); ++i) {
      for (const HostFunction& function : binding_.handlers[i]->host_functions()) {
        if (!interfaces_match(function.name.interface, import.name.interface)) continue;
        names.push_back(function.name.name);
        if (function.name.name != import.name.name) continue;
        if (function.type.matches(import.type)) return add_import(import, function, i);
        if (nearest_type == nullptr) nearest_type = &function;
      }
    }
    if (nearest_type != nullptr) {
      auto why = wit::mismatch(nearest_type->type, import.type);
      problems_.push_back(
          fmt::format("it imports {} with another type: {}\n  offered:  {}\n  imported: {}",
                      import.name.to_string(), why.value_or("the types differ"),
                      wit::to_wit(import.name.name, nearest_type->type),
                      wit::to_wit(import.name.name, import.type)));
      return;
    }
    auto near = nearest(import.name.name, names);
    problems_.push_back(fmt::format("it imports {}, which this node does not offer{}",
                                    import.name.to_string(),
                                    near ? "; did it mean " + *near + "?" : ""));
  }

  void add_import(const engine::FunctionDecl& import, const HostFunction& function,
                  size_t handler) {
    auto number = static_cast<uint32_t>(binding_.imports.size());
    auto mode = function.waits() ? engine::HostMode::kMayWait : engine::HostMode::kImmediate;
    binding_.imports.push_back({&function, handler, 0});
    binding_.engine_bindings.push_back({import.name, mode, number});
  }

  // A missing export is tolerated until a message calls it.
  void bind_export(const ExportFunction& function, std::optional<size_t> handler) {
    for (const engine::FunctionDecl& found : component_.exports) {
      if (found.name.name != function.name.name ||
          !interfaces_match(function.name.interface, found.name.interface)) {
        continue;
      }
      if (auto why = wit::mismatch(function.type, found.type)) {
        problems_.push_back(fmt::format(
            "it exports {} with another type than it is called with: {}\n  called:   {}\n"
            "  exported: {}",
            found.name.to_string(), *why, wit::to_wit(found.name.name, function.type),
            wit::to_wit(found.name.name, found.type)));
        return;
      }
      binding_.exports.push_back({&function, found.name, 0, handler});
      return;
    }
  }

  void make_table() {
    std::vector<std::string> names;
    for (const auto& import : binding_.engine_bindings)
      names.push_back(plain_name(import.name));
    for (const auto& bound : binding_.exports)
      names.push_back(plain_name(bound.guest_name));
    binding_.functions = log::FunctionTable::from_names(std::move(names));
    for (size_t i = 0; i < binding_.imports.size(); ++i) {
      binding_.imports[i].index =
          *binding_.functions.find(plain_name(binding_.engine_bindings[i].name));
    }
    for (BoundExport& bound : binding_.exports) {
      bound.index = *binding_.functions.find(plain_name(bound.guest_name));
    }
  }

  const ComponentShape& component_;
  const HandlerSet& handlers_;
  std::span<const std::string> listed_;
  Binding binding_;
  std::set<std::string> refused_;  // Imported interfaces that are named among the problems.
  std::vector<std::string> problems_;
};

}  // namespace

std::string plain_name(const engine::FunctionName& name) {
  return std::string(plain_interface(name.interface)) + "/" + name.name;
}

const BoundExport* Binding::find_export(const ExportFunction& function) const {
  auto found = std::find_if(exports.begin(), exports.end(),
                            [&](const BoundExport& bound) { return bound.function == &function; });
  return found == exports.end() ? nullptr : &*found;
}

Result<std::shared_ptr<const Binding>> bind_component(const ComponentShape& component,
                                                      const HandlerSet& handlers,
                                                      std::span<const std::string> listed) {
  return Matcher(component, handlers, listed).run();
}

// A capability may have an interface that only other builds offer.
Result<void> check_budget(const ManifestBudget& budget, const HandlerSet& handlers) {
  std::vector<std::string> known;
  for (const std::string& name : capability_names())
    known.push_back(std::string(kBudgetPackage) + name);
  for (const auto& handler : handlers) {
    for (const HostFunction& function : handler->host_functions())
      known.emplace_back(plain_interface(function.name.interface));
  }
  for (const auto& [interface, bound] : budget.host_calls) {
    if (std::find(known.begin(), known.end(), interface) != known.end()) continue;
    auto near = nearest(interface, known);
    return fail(ErrorCode::kInvalidArgument,
                "[budget] host_calls: {} = {} bounds nothing, because no handler offers this "
                "interface{}",
                interface, bound, near ? "; did it mean " + *near + "?" : "");
  }
  return {};
}

void check_handler(const Handler& handler) {
  THEATER_CHECK(handler.name() != log::kHeldBudget, "`{}` is the name of another part of `held`",
                handler.name());
  for (const HostFunction& function : handler.host_functions()) {
    bool may_have_effect = std::holds_alternative<HostFunction::Immediate>(function.body) ||
                           std::holds_alternative<HostFunction::Waiting>(function.body);
    THEATER_CHECK(function.effect != EffectClass::kEffect || may_have_effect,
                  "{} talks to other actors, which is no effect", function.name.to_string());
    bool must_say_error = function.effect == EffectClass::kEffect || function.waits();
    THEATER_CHECK(!must_say_error || function.can_say_error(),
                  "{} has an effect or waits, so its result must be a result<…, string>",
                  function.name.to_string());
    THEATER_CHECK(!(function.effect == EffectClass::kNote && function.waits()),
                  "{} is a note, which has nothing to wait for", function.name.to_string());
    THEATER_CHECK(function.effect != EffectClass::kNote || note_result_is_known(function),
                  "{} is a note, so its result must be none or result<_, string>, or follow from "
                  "the chain (log/chain_functions.h)",
                  function.name.to_string());
    bool is_recorded = function.effect != EffectClass::kNote && may_have_effect;
    THEATER_CHECK(!function.holds || is_recorded,
                  "{} changes what its handler holds, so its calls must be recorded with their "
                  "results",
                  function.name.to_string());
    THEATER_CHECK(!function.holds || handler.make_holdings() != nullptr,
                  "{} changes what its handler holds, and the handler holds nothing",
                  function.name.to_string());
  }
}

}  // namespace theater
