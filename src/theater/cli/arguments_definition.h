// One command's options while its words are parsed: bound to the variables that they fill.
//
//   Definition definition("inspect", words);
//   definition.positional(file);
//   definition.flag("--json", command.json, "print one JSON object");
//   if (THEATER_TRY(definition.parse(help))) return Command(help);
//
// The parsing library is known to arguments_definition.cc only. The help texts are made from the
// same definitions.
#pragma once

#include "theater/cli/arguments.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater::cli {

// Not thread-safe. The variables, and the words, outlive it.
class Definition {
 public:
  // `name` is that of a command whose help is known (help.h).
  Definition(std::string_view name, std::span<const std::string> words);
  ~Definition();
  Definition(const Definition&) = delete;
  Definition& operator=(const Definition&) = delete;

  void flag(const std::string& name, bool& target, const std::string& what);

  // `value` is how the value is called in the help. `name` may be two: "-o,--output".
  void option(const std::string& name, std::string& target, const std::string& value,
              const std::string& what);
  // The same for a path, and for the position of an event; the target stays as it is without the
  // option.
  void path(const std::string& name, std::filesystem::path& target, const std::string& value,
            const std::string& what);
  void position(const std::string& name, std::optional<uint64_t>& target, const std::string& what);

  // An option that may be repeated, with one value each time.
  void repeated(const std::string& name, std::vector<std::string>& target, const std::string& value,
                const std::string& what);

  // An option with two values.
  void pair(const std::string& name, std::vector<std::string>& target, const std::string& values,
            const std::string& what);

  void positional(std::string& target);
  void positionals(std::vector<std::string>& target);

  // Options that several commands have.
  void policy(PolicyArguments& target);
  void home(std::filesystem::path& target, const std::string& what);

  // Fills the targets. True if the help was asked for; it is in `text` then. Fails with
  // kInvalidArgument on wrong use.
  Result<bool> parse(HelpCommand& text);

  // The options in the order in which they were given, one name for each value.
  std::vector<std::string> order() const;

  // An error that shows how the command is used.
  Error wrong_use(const std::string& what) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace theater::cli
