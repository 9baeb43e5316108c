#include "theater/cli/arguments.h"

#include "theater/base/nearest.h"
#include "theater/cli/help.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace theater::cli {

namespace {

// The definitions of one command's options, bound to the variables that they fill.
class Definition {
 public:
  Definition(std::string_view name, std::span<const std::string> words)
      : help_(*find_command_help(name)), words_(words) {
    app_.set_help_flag("-h", "print a short help");
    app_.set_help_all_flag("--help", "print the whole help");
    // What is left over is reported here, with the nearest option, in place of the library's words.
    app_.allow_extras();
  }

  void flag(const std::string& name, bool& target, const std::string& what) {
    app_.add_flag(name, target, what);
  }

  template <class T>
  CLI::Option* option(const std::string& name, T& target, const std::string& value,
                      const std::string& what) {
    return app_.add_option(name, target, what)->type_name(value);
  }

  // An option that may be repeated, with one value each time. Without `allow_extra_args(false)` the
  // library would take several values, and read a value in brackets as a list of them.
  CLI::Option* repeated(const std::string& name, std::vector<std::string>& target,
                        const std::string& value, const std::string& what) {
    return option(name, target, value, what)->allow_extra_args(false);
  }

  void positional(std::string& target) { app_.add_option("FILE", target)->group(""); }
  void positionals(std::vector<std::string>& target) {
    app_.add_option("FILES", target)->group("");
  }

  void policy(PolicyArguments& target) {
    repeated("--grant", target.grants, "GRANT",
             "let the actors have this, such as environment:vars=NAME; may be repeated");
    option("--policy", policy_, "FILE", "read the operator's policy from a policy.toml");
  }
  void take_policy(PolicyArguments& target) const {
    if (!policy_.empty()) target.policy = policy_;
  }

  // True if the help was asked for; it is in `text` then.
  Result<bool> parse(HelpCommand& text) {
    std::vector<std::string> reversed(words_.rbegin(), words_.rend());
    try {
      app_.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
      text.text = render_help(help_, options(), HelpLength::kShort);
      return true;
    } catch (const CLI::CallForAllHelp&) {
      text.text = render_help(help_, options(), HelpLength::kLong);
      return true;
    } catch (const CLI::ParseError& error) {
      return Failure(wrong_use(explain(error)));
    }
    std::vector<std::string> extra = app_.remaining();
    if (!extra.empty()) return Failure(superfluous(extra.front()));
    return false;
  }

  // The repeated options in the order in which they were given, one entry for each value.
  const std::vector<CLI::Option*>& order() const { return app_.parse_order(); }

  Error wrong_use(const std::string& what) const {
    return Error(ErrorCode::kInvalidArgument, what)
        .with_hint(fmt::format("usage: theater {} {}", help_.name, help_.usage));
  }

 private:
  std::vector<OptionLine> options() {
    std::vector<OptionLine> lines;
    for (const CLI::Option* option : app_.get_options()) {
      if (option->get_positional()) continue;
      std::string left = option->get_name(false, true);
      std::replace(left.begin(), left.end(), ',', ' ');
      if (option->get_items_expected_max() > 0) left += " " + option->get_type_name();
      lines.push_back({left, option->get_description()});
    }
    // The two help flags come first from the library; they belong at the end.
    auto is_help = [](const OptionLine& line) {
      return line.left == "-h" || line.left == "--help";
    };
    std::stable_partition(lines.begin(), lines.end(), [&](const auto& l) { return !is_help(l); });
    return lines;
  }

  static std::string explain(const CLI::ParseError& error) {
    std::string text = error.what();
    if (error.get_name() == "ArgumentMismatch") {
      return fmt::format("option {} needs a value", text.substr(0, text.find(':')));
    }
    return text;
  }

  Error superfluous(const std::string& word) {
    if (word.size() < 2 || word[0] != '-') {
      return wrong_use(fmt::format("unexpected argument `{}`", word));
    }
    std::string name = word.substr(0, word.find('='));
    std::vector<std::string> known;
    for (const OptionLine& line : options())
      known.push_back(line.left.substr(0, line.left.find(' ')));
    Error error = wrong_use(fmt::format("no option `{}` in `theater {}`", name, help_.name));
    if (std::optional<std::string> near = nearest(name, known)) {
      return std::move(error).with_hint(fmt::format("did you mean `{}`?", *near));
    }
    return error;
  }

  const CommandHelp& help_;
  std::span<const std::string> words_;
  CLI::App app_;
  std::string policy_;
};

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_';
  });
}

ManifestArgument split_manifest(const std::string& word) {
  size_t equals = word.find('=');
  if (equals != std::string::npos && is_name(std::string_view(word).substr(0, equals))) {
    return {word.substr(0, equals), word.substr(equals + 1)};
  }
  return {"", word};
}

Result<Command> parse_run(std::span<const std::string> words) {
  RunCommand command;
  HelpCommand help;
  Definition definition("run", words);
  std::vector<std::string> manifests;
  std::vector<std::string> sends;
  std::vector<std::string> requests;
  std::string log_level = "info";
  definition.positionals(manifests);
  definition.repeated("--init", command.inits, "[NAME:]JSON|@FILE",
                      "the initial state; an object is merged into the manifest's by its "
                      "top-level keys, anything else replaces it");
  CLI::Option* send =
      definition.repeated("--send", sends, "[NAME:]TEXT|@FILE", "send a message; may be repeated");
  CLI::Option* request = definition.repeated("--request", requests, "[NAME:]TEXT|@FILE",
                                             "send a request and print its reply; may be repeated");
  definition.policy(command.policy);
  definition.flag("--chain", command.chain, "print each actor's chain of events at the end");
  definition.flag("--json", command.json, "print one JSON object a line");
  definition.option("--log-level", log_level, "LEVEL", "debug, info (default), warn, error or off");
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  constexpr std::array<std::string_view, 5> kLevels = {"debug", "info", "warn", "error", "off"};
  if (std::find(kLevels.begin(), kLevels.end(), log_level) == kLevels.end()) {
    return Failure(definition.wrong_use(
        fmt::format("no log level `{}`: use {}", log_level, fmt::join(kLevels, ", "))));
  }

  if (manifests.empty()) return Failure(definition.wrong_use("which manifest?"));
  for (const std::string& word : manifests)
    command.manifests.push_back(split_manifest(word));
  size_t next_send = 0;
  size_t next_request = 0;
  for (const CLI::Option* option : definition.order()) {
    if (option == send) {
      command.messages.push_back({MessageKind::kSend, sends[next_send++]});
    } else if (option == request) {
      command.messages.push_back({MessageKind::kRequest, requests[next_request++]});
    }
  }
  definition.take_policy(command.policy);
  command.log_level = log_level == "off" ? LogLevel::kOff : log_level_from(log_level);
  return Command(std::move(command));
}

Result<Command> parse_inspect(std::span<const std::string> words) {
  InspectCommand command;
  HelpCommand help;
  Definition definition("inspect", words);
  std::string file;
  definition.positional(file);
  definition.flag("--json", command.json, "print one JSON object");
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (file.empty()) return Failure(definition.wrong_use("which component?"));
  command.file = file;
  return Command(std::move(command));
}

Result<Command> parse_validate(std::span<const std::string> words) {
  ValidateCommand command;
  HelpCommand help;
  Definition definition("validate", words);
  std::string manifest;
  definition.positional(manifest);
  definition.policy(command.policy);
  definition.flag("--json", command.json, "print one JSON object");
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (manifest.empty()) return Failure(definition.wrong_use("which manifest?"));
  command.manifest = manifest;
  definition.take_policy(command.policy);
  return Command(std::move(command));
}

Result<Command> parse_build(std::span<const std::string> words) {
  BuildCommand command;
  HelpCommand help;
  Definition definition("build", words);
  std::string folder;
  definition.positional(folder);
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (folder.empty()) return Failure(definition.wrong_use("which folder?"));
  command.folder = folder;
  return Command(std::move(command));
}

template <class C>
Result<Command> parse_json_only(std::string_view name, std::span<const std::string> words) {
  C command;
  HelpCommand help;
  Definition definition(name, words);
  definition.flag("--json", command.json, "print one JSON object");
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  return Command(std::move(command));
}

using Parse = Result<Command> (*)(std::span<const std::string>);

Result<Command> parse_command(const std::string& name, std::span<const std::string> words);

Result<Command> parse_help(std::span<const std::string> words) {
  if (words.empty() || words[0] == "-h" || words[0] == "--help") {
    return Command(HelpCommand{overview()});
  }
  std::vector<std::string> ask{"--help"};
  if (words[0] == "help") return Command(HelpCommand{overview()});
  return parse_command(words[0], ask);
}

const std::map<std::string, Parse>& parsers() {
  static const std::map<std::string, Parse> all = {
      {"run", parse_run},
      {"inspect", parse_inspect},
      {"validate", parse_validate},
      {"build", parse_build},
      {"doctor", [](auto words) { return parse_json_only<DoctorCommand>("doctor", words); }},
      {"version", [](auto words) { return parse_json_only<VersionCommand>("version", words); }},
      {"help", parse_help},
  };
  return all;
}

Result<Command> parse_command(const std::string& name, std::span<const std::string> words) {
  auto found = parsers().find(name);
  if (found != parsers().end()) return found->second(words);
  std::vector<std::string> known;
  for (const auto& [command, parse] : parsers())
    known.push_back(command);
  Error error(ErrorCode::kInvalidArgument, fmt::format("no command `{}`", name));
  std::optional<std::string> near = nearest(name, known);
  return Failure(std::move(error).with_hint(near ? fmt::format("did you mean `theater {}`?", *near)
                                                 : "`theater help` lists the commands"));
}

}  // namespace

Result<Command> parse_arguments(std::span<const std::string> words) {
  if (words.empty()) {
    return Failure(Error(ErrorCode::kInvalidArgument, "which command?")
                       .with_hint("`theater help` lists the commands"));
  }
  const std::string& first = words[0];
  if (first == "-h" || first == "--help") return Command(HelpCommand{overview()});
  if (first == "--version" || first == "-V") return Command(VersionCommand{});
  return parse_command(first, words.subspan(1));
}

std::string overview() {
  return render_overview();
}

}  // namespace theater::cli
