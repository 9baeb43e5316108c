// What an operator must know of a damaged log that `--accept-damage` set aside.
#pragma once

#include "theater/runtime/node.h"

#include <filesystem>
#include <optional>

namespace theater::cli {

// Prints a warning: about the log that was set aside, or that there was nothing to accept.
void print_accepted_damage(const std::optional<AcceptedDamage>& accepted,
                           const std::filesystem::path& home);

}  // namespace theater::cli
