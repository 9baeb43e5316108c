// What a component is and what it needs in this build, found without running any of it.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/manifest/manifest.h"
#include "theater/views/json.h"

#include <optional>
#include <string>
#include <vector>

namespace theater::engine {
class Engine;
}

namespace theater::views {

// An interface that a component imports or exports.
struct InterfaceUse {
  std::string name;
  std::vector<std::string> functions;  // As WIT: `log: func(msg: string)`.
  std::string handler;                 // Empty if no handler of this build knows it.
  std::vector<std::string> unknown;    // Names of its functions that this build does not offer.
};

// A function that works only with a grant, and the form of the grant.
struct GrantNeed {
  std::string function;
  std::string grant;
  std::string entry;  // The form of the handler entry that asks for it; empty if none is needed.
};

struct Inspection {
  std::optional<Hash> digest;
  size_t size = 0;
  std::vector<InterfaceUse> imports;
  std::vector<InterfaceUse> exports;
  std::vector<std::string> handlers;  // Handlers that the manifest must list.
  std::vector<GrantNeed> grants;
  // Reasons why the component cannot be an actor here, one sentence each; empty if it can.
  std::vector<std::string> problems;
  std::string wit;
};

// `source` is a component in its binary form or as text. Fails with kInvalidArgument if it is
// neither.
Result<Inspection> inspect_component(ByteView source, engine::Engine& engine,
                                     const HandlerSet& handlers);

// A component under the name that the operator gave, with its manifest if the operator named that.
struct InspectedComponent {
  std::string component;  // File or address.
  std::optional<Manifest> manifest;
  Inspection inspection;
};

Json inspection_json(const InspectedComponent& subject);
std::string inspection_text(const InspectedComponent& subject);

}  // namespace theater::views
