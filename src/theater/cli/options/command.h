// A command: its help, its options, and what it does.
//
// A command's file has a struct of options, a function that defines them, and a function that runs
// the command. It exports one constant:
//
//   extern const CommandOf<InspectOptions> kInspectCommand;
//
// commands/list.cc lists the constants. Parsing touches nothing except the words: commands read
// files, resolve names and write output when they run.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/options/help_text.h"
#include "theater/cli/options/option_parser.h"
#include "theater/cli/terminal/output.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace theater::cli {

template <class Options>
struct CommandOf {
  CommandHelp help;
  // Defines the options, bound to the members of the struct.
  void (*define)(OptionParser& parser, Options& options);
  // Prints results and failures.
  Exit (*run)(const Options& options, Output& output);
};

// The help that the words ask for, in place of options.
struct HelpText {
  std::string text;
};

// Fails with kInvalidArgument on wrong use.
template <class Options>
Result<std::variant<Options, HelpText>> parse_options(const CommandOf<Options>& command,
                                                      std::span<const std::string> words) {
  Options options;
  OptionParser parser(command.help);
  command.define(parser, options);
  if (auto help = THEATER_TRY(parser.parse(words))) return HelpText{*std::move(help)};
  return options;
}

// What a command line asks for: prints it, and returns the program's exit status.
using Action = std::function<Exit(Output&)>;

// Any command, as the list has it. A group of commands, such as `log`, has no parser.
struct Command {
  CommandHelp help;
  std::function<Result<Action>(std::span<const std::string>)> parse;
  // What may stand in place of the last word (OptionParser::candidates()).
  std::function<Candidates(std::span<const std::string>)> candidates = {};
};

inline Action show_text(std::string text) {
  return [text = std::move(text)](Output& output) {
    output.text(text);
    return Exit::kDone;
  };
}

template <class Options>
Command command(const CommandOf<Options>& of) {
  return {of.help,
          [&of](std::span<const std::string> words) -> Result<Action> {
            auto parsed = THEATER_TRY(parse_options(of, words));
            if (auto* help = std::get_if<HelpText>(&parsed)) return show_text(help->text);
            return Action([&of, options = std::get<Options>(std::move(parsed))](Output& output) {
              return of.run(options, output);
            });
          },
          [&of](std::span<const std::string> words) {
            Options options;
            OptionParser parser(of.help);
            of.define(parser, options);
            return parser.candidates(words);
          }};
}

inline Command group(const CommandHelp& help) {
  return {help, {}};
}

}  // namespace theater::cli
