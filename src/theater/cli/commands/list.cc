#include "theater/cli/commands/list.h"

#include "theater/base/nearest.h"
#include "theater/cli/commands/actor_list.h"
#include "theater/cli/commands/acts.h"
#include "theater/cli/commands/completion.h"
#include "theater/cli/commands/events.h"
#include "theater/cli/commands/grants.h"
#include "theater/cli/commands/help.h"
#include "theater/cli/commands/inspect.h"
#include "theater/cli/commands/log.h"
#include "theater/cli/commands/log_export.h"
#include "theater/cli/commands/log_show.h"
#include "theater/cli/commands/logs.h"
#include "theater/cli/commands/message.h"
#include "theater/cli/commands/node.h"
#include "theater/cli/commands/replay.h"
#include "theater/cli/commands/run.h"
#include "theater/cli/commands/server.h"
#include "theater/cli/commands/start.h"
#include "theater/cli/commands/state.h"
#include "theater/cli/commands/store.h"
#include "theater/cli/commands/token.h"
#include "theater/cli/commands/tree.h"
#include "theater/cli/commands/update.h"
#include "theater/cli/commands/validate.h"
#include "theater/cli/commands/verify.h"
#include "theater/cli/commands/version.h"
#include "theater/cli/toolchain/build.h"
#include "theater/cli/toolchain/doctor.h"
#include "theater/cli/toolchain/new.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace theater::cli {

namespace {

const Command* find_command(std::string_view name) {
  std::span<const Command> all = commands();
  auto found = std::find_if(all.begin(), all.end(), [&](const Command& one) {
    return one.help.name == name || (!name.empty() && one.help.alias == name);
  });
  return found == all.end() ? nullptr : &*found;
}

// The commands whose names are `prefix` and one word more.
std::vector<const Command*> commands_below(std::string_view prefix) {
  std::vector<const Command*> found;
  for (const Command& command : commands()) {
    std::string_view name = command.help.name;
    if (!name.starts_with(prefix) || command.help.is_hidden) continue;
    if (name.substr(prefix.size()).find(' ') == std::string_view::npos) found.push_back(&command);
  }
  return found;
}

std::vector<HelpLine> summaries(std::string_view prefix) {
  std::vector<HelpLine> lines;
  for (const Command* command : commands_below(prefix))
    lines.push_back({std::string(command->help.name), std::string(command->help.summary)});
  return lines;
}

// Where the commands of the program, or of a group, are listed.
std::string list_hint(std::string_view group) {
  std::string help = group.empty() ? "theater help" : fmt::format("theater help {}", group);
  return fmt::format("`{}` lists the commands", help);
}

Error unknown_command(std::string_view prefix, const std::string& word) {
  std::vector<std::string> known;
  for (const Command* command : commands_below(prefix))
    known.emplace_back(command->help.name.substr(prefix.size()));
  std::optional<std::string> near = nearest(word, known);
  return Error(ErrorCode::kInvalidArgument, fmt::format("no command `{}{}`", prefix, word))
      .with_hint(near ? fmt::format("did you mean `theater {}{}`?", prefix, *near)
                      : list_hint(prefix.substr(0, prefix.find(' '))));
}

Error missing_command(std::string_view group) {
  return Error(ErrorCode::kInvalidArgument, "missing argument COMMAND").with_hint(list_hint(group));
}

Result<Action> parse_group(const Command& group, std::span<const std::string> words) {
  if (words.empty()) return Failure(missing_command(group.help.name));
  std::string prefix = fmt::format("{} ", group.help.name);
  const std::string& word = words.front();
  if (const Command* command = find_command(prefix + word)) return command->parse(words.subspan(1));
  if (word.starts_with('-')) {
    OptionParser parser(group.help);
    parser.commands(summaries(prefix));
    if (auto help = THEATER_TRY(parser.parse(words.first(1)))) return show_text(*std::move(help));
  }
  return Failure(unknown_command(prefix, word));
}

}  // namespace

std::span<const Command> commands() {
  static const std::vector<Command> all = {
      command(kNewCommand),
      command(kRunCommand),
      command(kServerCommand),
      command(kStartCommand),
      command(kListCommand),
      command(kTreeCommand),
      command(kEventsCommand),
      command(kLogsCommand),
      command(kStateCommand),
      command(kSendCommand),
      command(kRequestCommand),
      command(kPauseCommand),
      command(kResumeCommand),
      command(kRestartCommand),
      command(kUpdateCommand),
      command(kStopCommand),
      command(kKillCommand),
      command(kNodeCommand),
      command(kInspectCommand),
      command(kValidateCommand),
      command(kGrantsCommand),
      command(kBuildCommand),
      group(kLogGroup),
      command(kLogListCommand),
      command(kLogShowCommand),
      command(kLogHeadCommand),
      command(kLogKeyCommand),
      command(kLogExportCommand),
      command(kLogProofCommand),
      command(kLogCheckpointCommand),
      command(kLogSizeCommand),
      command(kVerifyCommand),
      command(kReplayCommand),
      group(kStoreGroup),
      command(kStoreListCommand),
      command(kStorePutCommand),
      command(kStoreGetCommand),
      command(kStoreRemoveCommand),
      command(kStoreCollectCommand),
      group(kTokenGroup),
      command(kTokenNewCommand),
      command(kTokenListCommand),
      command(kTokenRevokeCommand),
      command(kDoctorCommand),
      command(kCompletionCommand),
      complete_command(),
      command(kVersionCommand),
      help_command(),
  };
  return all;
}

Result<Action> parse_command_line(std::span<const std::string> words) {
  if (words.empty()) return Failure(missing_command(""));
  const std::string& first = words.front();
  if (first == "-h" || first == "--help") return show_text(overview());
  if (first == "-V" || first == "--version") return command(kVersionCommand).parse({});
  const Command* found = find_command(first);
  if (found == nullptr) return Failure(unknown_command("", first));
  return found->parse ? found->parse(words.subspan(1)) : parse_group(*found, words.subspan(1));
}

Candidates candidates_of_command_line(std::span<const std::string> words) {
  auto names = [](std::string_view prefix) {
    Candidates candidates;
    for (const Command* command : commands_below(prefix))
      candidates.words.emplace_back(command->help.name.substr(prefix.size()));
    return candidates;
  };
  if (words.size() < 2) return names("");
  if (words[0] == "help") return words.size() == 2 ? names("") : Candidates();
  const Command* found = find_command(words[0]);
  if (found == nullptr) return {};
  if (found->candidates) return found->candidates(words.subspan(1));
  std::string prefix = words[0] + " ";
  if (words.size() == 2) return names(prefix);
  const Command* below = find_command(prefix + words[1]);
  return below == nullptr ? Candidates() : below->candidates(words.subspan(2));
}

std::string overview() {
  return "theater: WebAssembly components as actors, with every act on record\n\n"
         "Usage: theater COMMAND [arguments]\n\nCommands:\n" +
         help_table(summaries("")) + "\nExamples:\n" +
         indented(
             "theater new tally -t message-server\n"
             "theater build examples/counter\n"
             "theater run examples/counter --send inc --request get --chain\n"
             "theater verify\n"
             "theater replay counter\n") +
         "\n`theater help COMMAND` says more. Exit status: 0 done, 1 failed, 2 wrong use,\n"
         "3 something that a proof needs is missing.\n";
}

}  // namespace theater::cli
