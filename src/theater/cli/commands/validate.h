// `theater validate`: everything that would keep an actor from starting.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/policy_options.h"

#include <filesystem>

namespace theater::cli {

struct ValidateOptions {
  std::filesystem::path manifest;
  PolicyOptions policy;
  bool json = false;
};

extern const CommandOf<ValidateOptions> kValidateCommand;

}  // namespace theater::cli
