// Help texts: the words about each command that the definitions of its options do not hold.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater::cli {

// What the help of a command says beside its options.
struct CommandHelp {
  std::string_view name;
  std::string_view usage;     // After `theater NAME`.
  std::string_view summary;   // One line, for the overview.
  std::string_view details;   // Paragraphs, for --help; lines at most 78 columns.
  std::string_view examples;  // Lines `theater …`, for --help.
};

// All commands, in the order in which the overview lists them.
std::span<const CommandHelp> command_helps();

// None is null.
const CommandHelp* find_command_help(std::string_view name);

// A line of the options' table: `--json` and what it does.
struct OptionLine {
  std::string left;
  std::string right;
};

enum class HelpLength { kShort, kLong };

std::string render_help(const CommandHelp& command, std::span<const OptionLine> options,
                        HelpLength length);
std::string render_overview();

}  // namespace theater::cli
