#include "theater/cli/commands/completion.h"

#include "theater/cli/commands/actor_pages.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/commands/completion_scripts.h"
#include "theater/cli/commands/list.h"
#include "theater/cli/options/server_choice.h"
#include "theater/cli/terminal/screen.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <vector>

namespace theater::cli {

namespace {

using views::Json;

// A person waits for the words. A server that needs longer gives none.
constexpr std::chrono::milliseconds kServerTime{1'000};
// Ids are completed from so many digits on.
constexpr size_t kIdDigitsMin = 4;
// Deeper actors have no path here.
constexpr size_t kPathNamesMax = 16;

struct Kin {
  std::string name;
  std::string parent;  // Its id; empty for a root.
};

// The server that the words before the last one choose.
ServerChoice chosen_server(std::span<const std::string> words) {
  ServerChoice choice;
  for (size_t at = 0; at + 2 < words.size(); ++at) {
    if (words[at] == "--server") choice.server = words[at + 1];
    if (words[at] == "--home") choice.home = words[at + 1];
  }
  return choice;
}

// `parent/child`, or nothing if an actor above it is unknown.
std::string path_of(const std::map<std::string, Kin>& actors, const Kin& actor) {
  std::string path = actor.name;
  const Kin* at = &actor;
  for (size_t names = 1; !at->parent.empty(); ++names) {
    auto above = actors.find(at->parent);
    if (above == actors.end() || names == kPathNamesMax) return {};
    at = &above->second;
    path = at->name + "/" + path;
  }
  return path;
}

// Paths of actors, and ids for a word that may begin one. Empty without a server.
std::vector<std::string> actor_words(std::span<const std::string> words) {
  auto client = connect_to_server(chosen_server(words), kServerTime);
  if (!client) return {};
  std::map<std::string, Kin> actors;
  auto read = for_each_actor(**client, "/v1/actors", Pages::kFirst, [&](const Json& actor) {
    actors.insert_or_assign(member_text(actor, "id"),
                            Kin{member_text(actor, "name"), member_text(actor, "parent", "")});
  });
  if (!read) return {};
  std::vector<std::string> found;
  for (const auto& [id, actor] : actors) {
    found.push_back(path_of(actors, actor));
    if (words.back().size() >= kIdDigitsMin) found.push_back(id);
  }
  return found;
}

Exit print_candidates(std::span<const std::string> words, Output& output) {
  Candidates candidates = candidates_of_command_line(words);
  std::vector<std::string> found = std::move(candidates.words);
  if (candidates.has_actors) std::ranges::move(actor_words(words), std::back_inserter(found));
  std::ranges::sort(found);
  auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  output.line(candidates.has_files ? "files" : "words");
  for (const std::string& word : found) {
    // A name that does not fit on a line as it is would name another actor.
    bool is_whole = !word.empty() && printable(word) == word;
    if (is_whole && word.starts_with(words.back())) output.line(word);
  }
  return Exit::kDone;
}

const CommandHelp kCompleteHelp = {
    .name = "complete",
    .usage = "-- WORDS",
    .summary = "print what may stand in place of the last word",
    .details = R"(The scripts of `theater completion` call this. The first line says whether file
names may stand there, too: `files` or `words`. Each further line is one word.)",
    .examples = "theater complete -- sta",
    .is_hidden = true};

Result<Action> parse_complete(std::span<const std::string> words) {
  if (!words.empty() && (words[0] == "-h" || words[0] == "--help"))
    return show_text(render_help(kCompleteHelp, {}, HelpLength::kLong));
  if (words.empty() || words[0] != "--" || words.size() == 1)
    return fail(ErrorCode::kInvalidArgument, "this command is for scripts of `theater completion`");
  std::vector<std::string> line(words.begin() + 1, words.end());
  return Action(
      [line = std::move(line)](Output& output) { return print_candidates(line, output); });
}

void define(OptionParser& parser, CompletionOptions& options) {
  parser.argument("SHELL", options.shell);
  parser.check([&options]() -> std::string {
    if (options.shell == "bash" || options.shell == "zsh" || options.shell == "fish") return {};
    return fmt::format("no script for `{}`: choose from bash, zsh, fish", options.shell);
  });
}

Exit run(const CompletionOptions& options, Output& output) {
  output.text(options.shell == "bash"  ? kBashCompletion
              : options.shell == "zsh" ? kZshCompletion
                                       : kFishCompletion);
  return Exit::kDone;
}

}  // namespace

const CommandOf<CompletionOptions> kCompletionCommand = {
    {.name = "completion",
     .usage = "SHELL",
     .summary = "print a script that completes commands in a shell",
     .details = R"(Prints a script for bash, zsh or fish. With it the Tab key completes commands,
options, their values, and the actors of a server.

bash: add this line to ~/.bashrc:   source <(theater completion bash)
zsh:  add this line to ~/.zshrc, below compinit:
                                    source <(theater completion zsh)
fish: theater completion fish > ~/.config/fish/completions/theater.fish)",
     .examples = R"(theater completion bash > ~/.local/share/bash-completion/completions/theater)"},
    define,
    run};

Command complete_command() {
  return {kCompleteHelp, parse_complete};
}

}  // namespace theater::cli
