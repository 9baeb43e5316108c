// `theater grants`: what an actor asks for, what it gets under a policy, and what is missing.
#pragma once

#include "theater/cli/options/command.h"
#include "theater/cli/options/policy_options.h"

#include <filesystem>

namespace theater::cli {

struct GrantsOptions {
  std::filesystem::path manifest;
  PolicyOptions policy;
  bool json = false;
};

extern const CommandOf<GrantsOptions> kGrantsCommand;

}  // namespace theater::cli
