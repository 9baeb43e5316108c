#include "theater/cli/arguments.h"

#include "theater/base/nearest.h"
#include "theater/cli/arguments_definition.h"
#include "theater/cli/arguments_log.h"
#include "theater/cli/arguments_store.h"
#include "theater/cli/help.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace theater::cli {

namespace {

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
                      "top-level keys, anything else replaces it; a FILE may hold any bytes");
  definition.repeated("--send", sends, "[NAME:]TEXT|@FILE", "send a message; may be repeated");
  definition.repeated("--request", requests, "[NAME:]TEXT|@FILE",
                      "send a request and print its reply; may be repeated");
  definition.policy(command.policy);
  definition.home(command.home, "record in DIR");
  definition.flag("--accept-damage", command.accepts_damage,
                  "if the log in the home is damaged, keep it aside and begin another");
  definition.flag("--chain", command.chain, "print each actor's chain of events at the end");
  definition.flag("--metrics", command.metrics, "print what each actor cost and did at the end");
  definition.flag("--json", command.json, "print one JSON object a line");
  definition.option("--log-level", log_level, "LEVEL", "debug, info (default), warn, error or off");
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  constexpr std::array<std::string_view, 5> kLevels = {"debug", "info", "warn", "error", "off"};
  if (std::find(kLevels.begin(), kLevels.end(), log_level) == kLevels.end()) {
    return Failure(definition.wrong_use(
        fmt::format("no log level `{}`: use {}", log_level, fmt::join(kLevels, ", "))));
  }

  for (const std::string& word : manifests)
    command.manifests.push_back(split_manifest(word));
  size_t next_send = 0;
  size_t next_request = 0;
  for (const std::string& option : definition.order()) {
    if (option == "--send") {
      command.messages.push_back({MessageKind::kSend, sends[next_send++]});
    } else if (option == "--request") {
      command.messages.push_back({MessageKind::kRequest, requests[next_request++]});
    }
  }
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

// A command that looks at one manifest under a policy.
template <class C>
Result<Command> parse_under_policy(std::string_view name, std::span<const std::string> words) {
  C command;
  HelpCommand help;
  Definition definition(name, words);
  std::string manifest;
  definition.positional(manifest);
  definition.policy(command.policy);
  definition.flag("--json", command.json, "print one JSON object");
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (manifest.empty()) return Failure(definition.wrong_use("which manifest?"));
  command.manifest = manifest;
  return Command(std::move(command));
}

// A choice by its name; the error names the nearest, and all.
Error no_such(const Definition& definition, std::string_view what, const std::string& given,
              const std::vector<std::string>& names) {
  std::optional<std::string> near = nearest(given, names);
  std::string choices =
      near ? fmt::format("did you mean `{}`? There are {}", *near, fmt::join(names, ", "))
           : fmt::format("there are {}", fmt::join(names, ", "));
  return definition.wrong_use(fmt::format("no {} `{}`: {}", what, given, choices));
}

Result<Command> parse_new(std::span<const std::string> words) {
  NewCommand command;
  HelpCommand help;
  Definition definition("new", words);
  std::string folder;
  std::string shape(actor_shapes().front().name);
  std::string language(language_option(GuestLanguage::kCpp));
  definition.positional(folder);
  definition.option("-t,--template", shape, "TEMPLATE",
                    "basic (default), message-server or supervisor");
  definition.option("--language", language, "LANGUAGE", "cpp (default), rust or js");
  definition.flag("--json", command.json, "print one JSON object");
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (folder.empty()) return Failure(definition.wrong_use("which folder?"));
  command.folder = folder;
  std::vector<std::string> shapes;
  for (const ActorShape& known : actor_shapes()) {
    shapes.emplace_back(known.name);
    if (known.name == shape) command.shape = &known;
  }
  if (command.shape == nullptr) return Failure(no_such(definition, "template", shape, shapes));
  std::vector<std::string> languages;
  bool found = false;
  for (GuestLanguage known : guest_languages()) {
    languages.emplace_back(language_option(known));
    if (languages.back() != language) continue;
    command.language = known;
    found = true;
  }
  if (!found) return Failure(no_such(definition, "language", language, languages));
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
  if (words[0] == "help") return Command(HelpCommand{overview()});
  std::vector<std::string> ask;
  // `theater help log show` is `theater log show --help`.
  bool has_parts = words[0] == "log" || words[0] == "store";
  if (has_parts && words.size() > 1) ask.push_back(words[1]);
  ask.emplace_back("--help");
  return parse_command(words[0], ask);
}

const std::map<std::string, Parse>& parsers() {
  static const std::map<std::string, Parse> all = {
      {"new", parse_new},
      {"run", parse_run},
      {"inspect", parse_inspect},
      {"validate",
       [](auto words) { return parse_under_policy<ValidateCommand>("validate", words); }},
      {"grants", [](auto words) { return parse_under_policy<GrantsCommand>("grants", words); }},
      {"build", parse_build},
      {"log", parse_log},
      {"verify", parse_verify},
      {"replay", parse_replay},
      {"store", parse_store},
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
