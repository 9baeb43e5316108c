// `theater help`: the overview, or the help of a command.
#pragma once

#include "theater/cli/options/command.h"

namespace theater::cli {

// `theater help log show` prints the same as `theater log show --help`.
Command help_command();

}  // namespace theater::cli
