#include "theater/cli/help.h"

#include <fmt/format.h>

#include <algorithm>

namespace theater::cli {

namespace {

constexpr size_t kColumns = 79;
constexpr size_t kLeftColumnMax = 24;

// Columns that `text` takes: its characters, all of which are one column wide here.
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void append_table(std::string& out, std::span<const OptionLine> lines) {
  size_t left = 0;
  for (const OptionLine& line : lines) {
    if (width(line.left) <= kLeftColumnMax) left = std::max(left, width(line.left));
  }
  for (const OptionLine& line : lines) {
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
}

void append_indented(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    out += fmt::format("  {}\n", line);
  }
}

// The commands whose names are `prefix` and one word more.
std::vector<OptionLine> list_commands(std::string_view prefix) {
  std::vector<OptionLine> lines;
  for (const CommandHelp& command : command_helps()) {
    if (!command.name.starts_with(prefix)) continue;
    if (command.name.substr(prefix.size()).find(' ') != std::string_view::npos) continue;
    lines.push_back({std::string(command.name), std::string(command.summary)});
  }
  return lines;
}

}  // namespace

std::string render_help(const CommandHelp& command, std::span<const OptionLine> options,
                        HelpLength length) {
  std::string out = fmt::format("theater {}: {}\n\nUsage: theater {} {}\n", command.name,
                                command.summary, command.name, command.usage);
  if (length == HelpLength::kLong && !command.details.empty()) {
    out += fmt::format("\n{}\n", command.details);
  }
  std::vector<OptionLine> parts = list_commands(fmt::format("{} ", command.name));
  if (!parts.empty()) {
    out += "\nCommands:\n";
    append_table(out, parts);
  }
  if (!options.empty()) {
    out += "\nOptions:\n";
    append_table(out, options);
  }
  if (length == HelpLength::kLong) {
    out += "\nExamples:\n";
    append_indented(out, command.examples);
  } else {
    out += fmt::format("\n`theater {} --help` says more and has examples.\n", command.name);
  }
  return out;
}

std::string render_overview() {
  std::string out =
      "theater: WebAssembly components as actors whose every act is on record\n\n"
      "Usage: theater COMMAND [arguments]\n\nCommands:\n";
  append_table(out, list_commands(""));
  out +=
      "\nExamples:\n"
      "  theater new tally -t message-server\n"
      "  theater build examples/counter\n"
      "  theater run examples/counter --send inc --request get --chain\n"
      "  theater verify\n"
      "  theater replay counter\n"
      "\n`theater help COMMAND` says more. Exit status: 0 done, 1 it ran and failed,\n"
      "2 wrong use, 3 something that a proof needs is missing.\n";
  return out;
}

}  // namespace theater::cli
