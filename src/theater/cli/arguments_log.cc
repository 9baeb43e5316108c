#include "theater/cli/arguments_log.h"

#include "theater/base/nearest.h"
#include "theater/cli/arguments_definition.h"
#include "theater/cli/help.h"

#include <charconv>
#include <map>
#include <utility>

namespace theater::cli {

namespace {

constexpr std::string_view kJsonObject = "print one JSON object";

Result<Command> parse_list(std::span<const std::string> words) {
  LogListCommand command;
  HelpCommand help;
  Definition definition("log list", words);
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, std::string(kJsonObject));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  return Command(std::move(command));
}

Result<Command> parse_show(std::span<const std::string> words) {
  LogShowCommand command;
  HelpCommand help;
  Definition definition("log show", words);
  definition.positional(command.actor);
  definition.position("--from", command.from, "begin with this event");
  definition.flag("--follow", command.follow, "go on as events are recorded");
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, "print one JSON object an event");
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (command.actor.empty()) return Failure(definition.wrong_use("which actor?"));
  return Command(std::move(command));
}

Result<Command> parse_head(std::span<const std::string> words) {
  LogHeadCommand command;
  HelpCommand help;
  Definition definition("log head", words);
  definition.positional(command.actor);
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, std::string(kJsonObject));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  return Command(std::move(command));
}

Result<Command> parse_key(std::span<const std::string> words) {
  LogKeyCommand command;
  HelpCommand help;
  Definition definition("log key", words);
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, std::string(kJsonObject));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  return Command(std::move(command));
}

Result<Command> parse_export(std::span<const std::string> words) {
  LogExportCommand command;
  HelpCommand help;
  Definition definition("log export", words);
  definition.positional(command.actor);
  definition.path("-o,--output", command.output, "FILE", "the file to write");
  definition.path("--since", command.since, "CHECKPOINT",
                  "prove too that the log went on from this checkpoint, which was kept elsewhere");
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, std::string(kJsonObject));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (command.actor.empty()) return Failure(definition.wrong_use("which actor?"));
  if (command.output.empty()) return Failure(definition.wrong_use("into which file? -o FILE"));
  return Command(std::move(command));
}

Result<Command> parse_proof(std::span<const std::string> words) {
  LogProofCommand command;
  HelpCommand help;
  Definition definition("log proof", words);
  std::vector<std::string> both;
  definition.positionals(both);
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, std::string(kJsonObject));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (both.size() != 2) return Failure(definition.wrong_use("which event of which actor?"));
  command.actor = both[0];
  const std::string& seq = both[1];
  auto [end, error] = std::from_chars(seq.data(), seq.data() + seq.size(), command.seq);
  if (error != std::errc() || end != seq.data() + seq.size()) {
    return Failure(definition.wrong_use(fmt::format(
        "SEQ is the position of an event, counted from 0; `{}` is no such number", seq)));
  }
  return Command(std::move(command));
}

Result<Command> parse_checkpoint(std::span<const std::string> words) {
  LogCheckpointCommand command;
  HelpCommand help;
  Definition definition("log checkpoint", words);
  definition.path("--since", command.since, "CHECKPOINT",
                  "prove that the log went on from this checkpoint, which was kept elsewhere");
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, std::string(kJsonObject));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  return Command(std::move(command));
}

Result<Command> parse_size(std::span<const std::string> words) {
  LogSizeCommand command;
  HelpCommand help;
  Definition definition("log size", words);
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, std::string(kJsonObject));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  return Command(std::move(command));
}

using Parse = Result<Command> (*)(std::span<const std::string>);

const std::map<std::string, Parse>& log_parsers() {
  static const std::map<std::string, Parse> all = {
      {"list", parse_list},     {"show", parse_show},
      {"head", parse_head},     {"key", parse_key},
      {"export", parse_export}, {"proof", parse_proof},
      {"size", parse_size},     {"checkpoint", parse_checkpoint}};
  return all;
}

}  // namespace

Result<Command> parse_log(std::span<const std::string> words) {
  HelpCommand help;
  if (!words.empty()) {
    auto found = log_parsers().find(words[0]);
    if (found != log_parsers().end()) return found->second(words.subspan(1));
  }
  Definition definition("log", words.first(words.empty() || !words[0].starts_with('-') ? 0 : 1));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (words.empty())
    return Failure(
        definition.wrong_use("list, show, head, key, export, proof, checkpoint or size?"));
  std::vector<std::string> known;
  for (const auto& [name, parse] : log_parsers())
    known.push_back(name);
  Error error = definition.wrong_use(fmt::format("no command `log {}`", words[0]));
  if (std::optional<std::string> near = nearest(words[0], known)) {
    return Failure(
        std::move(error).with_hint(fmt::format("did you mean `theater log {}`?", *near)));
  }
  return Failure(std::move(error).with_hint("`theater help log` lists what there is"));
}

Result<Command> parse_verify(std::span<const std::string> words) {
  VerifyCommand command;
  HelpCommand help;
  std::vector<std::string> checkpoints;
  Definition definition("verify", words);
  definition.positional(command.subject);
  definition.repeated("--checkpoint", checkpoints, "FILE",
                      "a checkpoint that was kept elsewhere: nothing may have been rewritten "
                      "since; may be repeated");
  definition.option("--key", command.key, "VKEY",
                    "the key that the log must be signed by, as `theater log key` prints it; "
                    "default the one that the log names");
  definition.pair("--between", command.between, "A B",
                  "compare what two actors say of the messages between them");
  definition.flag("--messages", command.messages, "compare the messages between all actors");
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, std::string(kJsonObject));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (command.messages && !command.between.empty()) {
    return Failure(definition.wrong_use("--between or --messages: which?"));
  }
  command.checkpoints.assign(checkpoints.begin(), checkpoints.end());
  return Command(std::move(command));
}

Result<Command> parse_replay(std::span<const std::string> words) {
  ReplayCommand command;
  HelpCommand help;
  Definition definition("replay", words);
  definition.positional(command.actor);
  definition.position("--until", command.until, "stop after this event");
  definition.flag("--state", command.state, "print the state that the actor is left with");
  definition.path("--component", command.component, "FILE",
                  "run this component in place of the recorded one");
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, std::string(kJsonObject));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (command.actor.empty()) return Failure(definition.wrong_use("which actor?"));
  return Command(std::move(command));
}

}  // namespace theater::cli
