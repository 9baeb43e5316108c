#include "theater/cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace theater::cli {

namespace {

constexpr size_t kColumns = 79;
constexpr size_t kLeftColumnMax = 24;

constexpr std::string_view kRunDetails =
    R"(Starts an actor for each manifest, in this process, and carries out the
messages in the order given. Replies go to standard output, one line each;
log lines go to standard error.

A NAME before `=` names an actor for this run; without one it has the name in
its manifest. Messages and initial states without `NAME:` go to the first actor.
A word before `:` counts as a name only if it is the name of one of the actors.

All actors get their ids before any of them is started, so `{{actor.NAME}}` in
--init stands for the id of that actor, whichever starts first.

The run ends when all actors have ended; with --send or --request, when those
are done and every actor is idle; or at Ctrl-C, which stops the actors in order
(a second Ctrl-C ends them at once).)";

constexpr std::string_view kRunExamples =
    R"(theater run examples/counter --send inc --send inc --request get
theater run examples/counter --init '{"count": 41}' --send inc --chain
theater run a=examples/ping-pong b=examples/ping-pong \
    --init 'a:{"peer": "{{actor.b}}"}' --send 'a:serve 3' --request a:score
theater run agent.toml --grant environment:vars=API_URL --request @question.txt --json)";

constexpr std::string_view kInspectDetails =
    R"(Works on any component, whoever built it and whatever it needs: FILE is a
component (.wasm or .wat) or an actor's manifest. Nothing of it is run. The list
says which handlers its manifest must name, which of its imports need a grant,
and which this build does not offer.)";

constexpr std::string_view kInspectExamples =
    R"(theater inspect counter.wasm
theater inspect examples/counter --json)";

constexpr std::string_view kValidateDetails =
    R"(Reads the manifest, reads and compiles its component, joins it to the handlers
and computes the permissions under the given policy. Nothing of it is run. All
problems are listed, not only the first.)";

constexpr std::string_view kValidateExamples =
    R"(theater validate manifest.toml
theater validate manifest.toml --grant environment:vars=API_URL
theater validate manifest.toml --policy policy.toml)";

constexpr std::string_view kBuildDetails =
    R"(DIR holds an actor's manifest and its sources: C++ (*.cpp), Rust (Cargo.toml) or
JavaScript (package.json). The component is written to the place that the
manifest names. A folder of such folders builds them all.

The C++ SDK is $THEATER_SDK, or the folder `sdk` above the program's own.)";

constexpr std::string_view kBuildExamples = R"(theater build examples/counter
theater build examples/agent)";

constexpr std::string_view kDoctorDetails =
    R"(Looks at the tools that `theater build` drives and says how to install what is
missing.)";

constexpr std::array<CommandHelp, 7> kCommands = {{
    {"run", "[NAME=]MANIFEST… [options]", "run actors in this process and talk to them",
     kRunDetails, kRunExamples},
    {"inspect", "FILE [options]", "show what a component imports, exports and needs",
     kInspectDetails, kInspectExamples},
    {"validate", "MANIFEST [options]", "check a manifest, its component and its permissions",
     kValidateDetails, kValidateExamples},
    {"build", "DIR", "make components from sources", kBuildDetails, kBuildExamples},
    {"doctor", "[options]", "say which build tools are missing and how to get them", kDoctorDetails,
     "theater doctor"},
    {"version", "[options]", "print the version of Theater and the identity of its engine",
     "The identity of the engine names everything that affects what guests compute.",
     "theater version --json"},
    {"help", "[COMMAND]", "print this, or the help of a command", "", "theater help run"},
}};

// Columns that `text` takes: its characters, all of which are one column wide here.
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void append_table(std::string& out, std::span<const OptionLine> lines) {
  size_t left = 0;
  for (const OptionLine& line : lines) {
    if (width(line.left) <= kLeftColumnMax) left = std::max(left, width(line.left));
  }
  for (const OptionLine& line : lines) {
    out += "  " + line.left;
    size_t column = 2 + width(line.left);
    auto start_line = [&] {
      out += column > left + 2 ? "\n" + std::string(left + 4, ' ')
                               : std::string(left + 4 - column, ' ');
      column = left + 4;
    };
    start_line();
    std::string_view rest = line.right;
    bool first = true;
    while (!rest.empty()) {
      std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (!first && column + 1 + width(word) > kColumns) {
        start_line();
        first = true;
      }
      if (!first) out += ' ';
      out += word;
      column += width(word) + (first ? 0 : 1);
      first = false;
    }
    out += '\n';
  }
}

void append_indented(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    out += fmt::format("  {}\n", line);
  }
}

}  // namespace

std::span<const CommandHelp> command_helps() {
  return kCommands;
}

const CommandHelp* find_command_help(std::string_view name) {
  const auto* found = std::find_if(kCommands.begin(), kCommands.end(),
                                   [&](const CommandHelp& help) { return help.name == name; });
  return found == kCommands.end() ? nullptr : found;
}

std::string render_help(const CommandHelp& command, std::span<const OptionLine> options,
                        HelpLength length) {
  std::string out = fmt::format("theater {}: {}\n\nUsage: theater {} {}\n", command.name,
                                command.summary, command.name, command.usage);
  if (length == HelpLength::kLong && !command.details.empty()) {
    out += fmt::format("\n{}\n", command.details);
  }
  if (!options.empty()) {
    out += "\nOptions:\n";
    append_table(out, options);
  }
  if (length == HelpLength::kLong) {
    out += "\nExamples:\n";
    append_indented(out, command.examples);
  } else {
    out += fmt::format("\n`theater {} --help` says more and has examples.\n", command.name);
  }
  return out;
}

std::string render_overview() {
  std::string out =
      "theater: WebAssembly components as actors whose every act is on record\n\n"
      "Usage: theater COMMAND [arguments]\n\nCommands:\n";
  std::vector<OptionLine> lines;
  for (const CommandHelp& command : kCommands) {
    lines.push_back({std::string(command.name), std::string(command.summary)});
  }
  append_table(out, lines);
  out +=
      "\nExamples:\n"
      "  theater build examples/counter\n"
      "  theater run examples/counter --send inc --request get --chain\n"
      "\n`theater help COMMAND` says more. Exit status: 0 done, 1 it ran and failed,\n"
      "2 wrong use.\n";
  return out;
}

}  // namespace theater::cli
