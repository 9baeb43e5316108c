#include "theater/cli/options/help_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace theater::cli {

namespace {

constexpr size_t kColumns = 79;
constexpr size_t kLeftColumnMax = 24;

// Columns that `text` takes. Every character of a help text is one column wide.
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string help_table(std::span<const HelpLine> lines) {
  std::string out;
  size_t left = 0;
  for (const HelpLine& line : lines) {
    if (width(line.left) <= kLeftColumnMax) left = std::max(left, width(line.left));
  }
  for (const HelpLine& line : lines) {
    out += "  " + line.left;
    size_t column = 2 + width(line.left);
    auto start_line = [&] {
      out += column > left + 2 ? "\n" + std::string(left + 4, ' ')
                               : std::string(left + 4 - column, ' ');
      column = left + 4;
    };
    start_line();
    std::string_view rest = line.right;
    bool first = true;
    while (!rest.empty()) {
      std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (!first && column + 1 + width(word) > kColumns) {
        start_line();
        first = true;
      }
      if (!first) out += ' ';
      out += word;
      column += width(word) + (first ? 0 : 1);
      first = false;
    }
    out += '\n';
  }
  return out;
}

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    out += fmt::format("  {}\n", line);
  }
  return out;
}

std::string render_help(const CommandHelp& help, std::span<const HelpLine> options,
                        HelpLength length, std::span<const HelpLine> commands) {
  std::string out = fmt::format("theater {}: {}\n\nUsage: theater {} {}\n", help.name, help.summary,
                                help.name, help.usage);
  if (!help.alias.empty()) out += fmt::format("Alias: theater {}\n", help.alias);
  if (length == HelpLength::kLong && !help.details.empty()) {
    out += fmt::format("\n{}\n", help.details);
  }
  if (!commands.empty()) out += "\nCommands:\n" + help_table(commands);
  if (!options.empty()) out += "\nOptions:\n" + help_table(options);
  if (length == HelpLength::kLong) {
    out += "\nExamples:\n" + indented(help.examples);
  } else {
    out += fmt::format("\n`theater {} --help` says more and has examples.\n", help.name);
  }
  return out;
}

}  // namespace theater::cli
