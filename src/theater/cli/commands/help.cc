#include "theater/cli/commands/help.h"

#include "theater/cli/commands/list.h"

#include <string>
#include <vector>

namespace theater::cli {

namespace {

Result<Action> parse_help(std::span<const std::string> words) {
  bool asks_for_all =
      words.empty() || words[0] == "help" || words[0] == "-h" || words[0] == "--help";
  if (asks_for_all) return show_text(overview());
  std::vector<std::string> asked(words.begin(), words.end());
  asked.emplace_back("--help");
  return parse_command_line(asked);
}

}  // namespace

Command help_command() {
  return {{"help", "[COMMAND]", "print this, or the help of a command", "", "theater help run"},
          parse_help};
}

}  // namespace theater::cli
