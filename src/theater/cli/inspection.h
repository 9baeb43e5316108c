// What a component is and what it would need here: found without running any of it.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace theater::engine {
class Engine;
}

namespace theater::cli {

// An interface that a component imports or exports.
struct InterfaceUse {
  std::string name;
  std::vector<std::string> functions;  // As WIT: `log: func(msg: string)`.
  std::string handler;                 // Empty if no handler of this build knows it.
  std::vector<std::string> unknown;    // Names of functions of it that this build does not offer.
};

// A function that does something only with a grant, and the form of the grant.
struct GrantNeed {
  std::string function;
  std::string grant;
};

struct Inspection {
  std::optional<Hash> digest;
  size_t size = 0;
  std::vector<InterfaceUse> imports;
  std::vector<InterfaceUse> exports;
  std::vector<std::string> handlers;  // That the manifest has to list.
  std::vector<GrantNeed> grants;
  // Why the component cannot be an actor here, one complaint each; empty if it can.
  std::vector<std::string> problems;
  std::string wit;
};

// Looks at a component in its binary form or as text. Fails with kInvalidArgument if it is neither.
Result<Inspection> inspect_component(ByteView source, engine::Engine& engine,
                                     const HandlerSet& handlers);

}  // namespace theater::cli
