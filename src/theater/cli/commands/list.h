// The commands of the program, and the way from a command line to one of them.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/options/command.h"

#include <span>
#include <string>

namespace theater::cli {

// All commands, in the order in which the overview lists them; those of a group follow it.
std::span<const Command> commands();

// Understands the words after the program's name. Fails with kInvalidArgument on wrong use: an
// unknown command or option (the hint names the nearest), a missing or an unexpected argument.
Result<Action> parse_command_line(std::span<const std::string> words);

// What may stand in place of the last of the words after the program's name; there is at least one
// (OptionParser::candidates()).
Candidates candidates_of_command_line(std::span<const std::string> words);

// The page that `theater help` prints.
std::string overview();

}  // namespace theater::cli
