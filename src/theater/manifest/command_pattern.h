// The commands that an actor may run: a program and its arguments, word by word.
//
//   git status        that program with that argument, and no other
//   git log *         `git log`, with any further arguments or none
//   *                 every command
//
// Words are separated by spaces and quoted as for a shell ('…', "…" or a backslash), but there is
// no shell: nothing else has a meaning, and what would have one has to be quoted. So a star stands
// for itself unless it is the whole last word.
#pragma once

#include "theater/manifest/allow_list.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// A pattern of AllowList.
struct CommandPattern {
  // The words as shell_quoted() writes them, and perhaps a star, with one space between.
  std::string text;

  static CommandPattern everything() { return {"*"}; }
  // Fails with kInvalidArgument, saying what is wrong with which character.
  static Result<CommandPattern> parse(std::string_view text, const std::filesystem::path& folder);
  // The pattern of this command alone.
  static CommandPattern of(std::string_view program, std::span<const std::string> arguments);

  bool covers(const CommandPattern& other) const;
  std::optional<CommandPattern> intersect(const CommandPattern& other) const;
  std::vector<CommandPattern> wider() const;
  std::string to_string() const { return text; }
  auto operator<=>(const CommandPattern&) const = default;
};

using CommandList = AllowList<CommandPattern>;

// The words of a command line; a star that is not quoted is an error. Fails as parse() does.
Result<std::vector<std::string>> command_words(std::string_view text);

}  // namespace theater
