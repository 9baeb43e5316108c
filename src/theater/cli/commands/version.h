// `theater version`: the version of Theater and the identity of its engine.
#pragma once

#include "theater/cli/options/command.h"

namespace theater::cli {

struct VersionOptions {
  bool json = false;
};

extern const CommandOf<VersionOptions> kVersionCommand;

}  // namespace theater::cli
