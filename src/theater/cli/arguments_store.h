// Parsing of the commands about stores.
#pragma once

#include "theater/cli/arguments.h"

#include <span>
#include <string>

namespace theater::cli {

// Takes the words after the command's name, and fails as parse_arguments() does.
Result<Command> parse_store(std::span<const std::string> words);

}  // namespace theater::cli
