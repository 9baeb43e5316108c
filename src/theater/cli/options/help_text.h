// Help texts: what a command says of itself, and the page made of it and of its options.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace theater::cli {

// Every line is at most 80 columns wide.
struct CommandHelp {
  std::string_view name;        // "run", or "log show" for a command of a group.
  std::string_view usage;       // Arguments after `theater NAME`.
  std::string_view summary;     // One line, for lists of commands.
  std::string_view details;     // Paragraphs, for --help; may be empty.
  std::string_view examples;    // Lines `theater …`, for --help.
  std::string_view alias = {};  // Another name of the command; may be empty.
  bool is_hidden = false;       // Left out of lists of commands.
};

// A line of a table: an option or a command, and what it does.
struct HelpLine {
  std::string left;
  std::string right;
};

// Two columns, wrapped.
std::string help_table(std::span<const HelpLine> lines);

enum class HelpLength { kShort, kLong };

// The page of a command. A group has `commands`, and a command has `options`.
std::string render_help(const CommandHelp& help, std::span<const HelpLine> options,
                        HelpLength length, std::span<const HelpLine> commands = {});

// Indents every line by two columns.
std::string indented(std::string_view text);

}  // namespace theater::cli
