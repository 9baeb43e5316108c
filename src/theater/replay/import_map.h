// A component fitted to an `instance` of the record: which of its functions are meant by the
// indices in the events.
#pragma once

#include "theater/engine/guest.h"
#include "theater/log/event/chain_functions.h"
#include "theater/log/event/function_table.h"
#include "theater/replay/replay.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace theater::replay {

struct FittedImport {
  uint32_t index = 0;  // In the function table.
  std::string name;    // As the table has it.
  const wit::FuncType* type = nullptr;
  const log::ChainFunction* computed =
      nullptr;  // Null if its result does not follow from the chain.

  // Whether a `note` of it can be answered: its result is none, ok, or computed.
  bool can_be_note() const;
};

// Refers to the component, which outlives it.
struct ImportMap {
  // The table that the component has: its imports, and those of the recorded names that it exports.
  log::FunctionTable functions;
  std::vector<FittedImport> imports;  // By the number that the guest calls them with.

  struct Export {
    uint32_t number = 0;  // Of the program.
    bool callable =
        false;  // Its type is the one that every callable export has (export_function.h).
  };
  std::vector<std::optional<Export>> exports;  // By index in the table; none for an import.
};

ImportMap map_imports(const Components::Loaded& component, std::span<const std::string> recorded);

}  // namespace theater::replay
