// `theater inspect`: what a component imports, exports and needs.
#pragma once

#include "theater/cli/options/command.h"

#include <filesystem>

namespace theater::cli {

struct InspectOptions {
  std::filesystem::path file;  // A component or a manifest; may hold an address.
  bool json = false;
};

extern const CommandOf<InspectOptions> kInspectCommand;

}  // namespace theater::cli
