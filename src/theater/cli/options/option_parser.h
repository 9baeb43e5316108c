// One command's options and arguments, each defined once with its help text.
//
// A command defines what it takes, bound to the members of its options struct:
//
//   parser.argument("FILE", options.file);
//   json_option(parser, options.json);
//
// parse() then fills the members from the words of the command line. The same definitions make the
// option table of the help. The parsing library is known to option_parser.cc only.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/options/candidates.h"
#include "theater/cli/options/help_text.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater::cli {

// Not thread-safe. Targets and the command's help outlive the parser.
class OptionParser {
 public:
  explicit OptionParser(const CommandHelp& help);
  ~OptionParser();
  OptionParser(const OptionParser&) = delete;
  OptionParser& operator=(const OptionParser&) = delete;

  // A name may hold a short form, "-o,--output", and after a semicolon further names that the help
  // leaves out: "--init;--initial-state".

  // An option without a value.
  void flag(const std::string& name, bool& target, const std::string& what);
  // The same, left out of the help: a flag that another program of this kind has.
  void hidden_flag(const std::string& name, bool& target);

  // An option with a value. `value` names the value in the help. Without the option the target
  // stays.
  void option(const std::string& name, const std::string& value, std::string& target,
              const std::string& what);
  void option(const std::string& name, const std::string& value, std::filesystem::path& target,
              const std::string& what);

  // An option whose value is the position of an event.
  void position_option(const std::string& name, std::optional<uint64_t>& target,
                       const std::string& what);

  // An option whose value is a number from 1 on.
  void count_option(const std::string& name, std::optional<uint64_t>& target,
                    const std::string& what);

  // An option whose value is a time such as "30s" or "500ms" (manifest/quantity.h).
  void duration_option(const std::string& name, std::optional<uint64_t>& target_ms,
                       const std::string& what);

  // An option whose value is a number of bytes such as "64MiB".
  void bytes_option(const std::string& name, std::optional<uint64_t>& target,
                    const std::string& what);

  // An option whose value is one of `names`. Calls `choose` with its index.
  void choice_option(const std::string& name, const std::string& value, const std::string& kind,
                     std::vector<std::string> names, std::function<void(size_t)> choose,
                     const std::string& what);

  // An option that may be repeated. Calls `take` for each value. All such options of a command are
  // called in the order of the command line.
  using Take = std::function<void(const std::string&)>;
  void repeated_option(const std::string& name, const std::string& value, Take take,
                       const std::string& what);

  // An option with two values.
  void pair_option(const std::string& name, const std::string& values,
                   std::vector<std::string>& target, const std::string& what);

  // A word that is no option. Words fill the arguments in the order of their definition.
  enum class Presence : uint8_t { kRequired, kOptional };
  void argument(const std::string& name, std::string& target,
                Presence presence = Presence::kRequired);
  void argument(const std::string& name, std::filesystem::path& target,
                Presence presence = Presence::kRequired);
  void position_argument(const std::string& name, uint64_t& target);
  // Any number of words; the last definition of an argument.
  void arguments(Take take);

  // The commands of a group, for its help.
  void commands(std::vector<HelpLine> commands);

  // A condition on all values together: `problem` returns what is wrong with them, or an empty
  // text. Runs after every target is filled.
  void check(std::function<std::string()> problem);

  // Fills the targets. Returns the help text if the words ask for it. Fails with kInvalidArgument
  // on wrong use; the hint names the nearest option or shows the usage.
  Result<std::optional<std::string>> parse(std::span<const std::string> words);

  // What may stand in place of the last of the words, of which there is at least one. Most need not
  // begin as it does. Fills no target.
  Candidates candidates(std::span<const std::string> words) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace theater::cli
