// What a component gets from the node: which handlers are active for it, which host function
// answers each of its imports, and which of its exports may be called.
//
// A binding is decided once, before the component is linked, and shared by all instances of it that
// list the same handlers. Everything that can be wrong between a component and the node is found
// here.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/base/result.h"
#include "theater/engine/engine.h"
#include "theater/log/event/function_table.h"
#include "theater/manifest/budget.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace theater {

// What binding needs to know of a component. Names may carry a version:
// `theater:simple/store@0.1.0`.
struct ComponentShape {
  std::span<const engine::FunctionDecl> imports;
  std::span<const engine::FunctionDecl> exports;
  std::span<const std::string> imported_interfaces;
  std::span<const std::string> exported_interfaces;
};

struct BoundImport {
  const HostFunction* function = nullptr;
  size_t handler = 0;  // Position in Binding::handlers.
  uint32_t index = 0;  // In the function table.
};

struct BoundExport {
  const ExportFunction* function = nullptr;
  engine::FunctionName guest_name;  // As the component exports it.
  uint32_t index = 0;               // In the function table.
  // Position in Binding::handlers; none for the function that every actor begins with.
  std::optional<size_t> handler = std::nullopt;
};

// Immutable, and then safe from any thread. The handlers outlive it.
struct Binding {
  std::vector<const Handler*> handlers;  // The active ones.
  std::vector<BoundImport> imports;      // By the number that the engine calls them with.
  std::vector<engine::HostBinding> engine_bindings;
  std::vector<BoundExport> exports;
  log::FunctionTable functions;
  uint32_t handles_max = 0;           // HandlerOffer::handles_max of the active ones together.
  std::vector<std::string> warnings;  // One sentence each.

  // Null if the component does not export it.
  const BoundExport* find_export(const ExportFunction& function) const;
};

// A function's name in function tables: `theater:simple/<interface>/<function>`, without a version.
std::string plain_name(const engine::FunctionName& name);

// Binds a component to the handlers that its manifest lists by name. Fails with kInvalidArgument,
// naming everything that is wrong: imported interfaces that no handler offers, with the nearest
// that one does, or whose handler is not listed; functions that an interface does not have;
// functions whose type is not the handler's; a missing `theater:simple/actor`.
Result<std::shared_ptr<const Binding>> bind_component(const ComponentShape& component,
                                                      const HandlerSet& handlers,
                                                      std::span<const std::string> listed);

// Fails with kInvalidArgument if a budget bounds the calls of an interface that no handler has:
// such a bound would bound nothing. The error names the nearest interface.
Result<void> check_budget(const ManifestBudget& budget, const HandlerSet& handlers);

// Checks a handler's own declarations, which are right or a bug: aborts if an effect function, or
// one that waits, has a result type that cannot carry an error, if a note has a result that a
// reader could not know without it (see kNote in effect.h), if a function says that a message to an
// actor is an effect, or if one that changes holdings is recorded otherwise than as `host`.
void check_handler(const Handler& handler);

}  // namespace theater
