// Parsing of the commands about what was recorded.
#pragma once

#include "theater/cli/arguments.h"

#include <span>
#include <string>

namespace theater::cli {

// Each takes the words after the command's name, and fails as parse_arguments() does.
Result<Command> parse_log(std::span<const std::string> words);
Result<Command> parse_verify(std::span<const std::string> words);
Result<Command> parse_replay(std::span<const std::string> words);

}  // namespace theater::cli
