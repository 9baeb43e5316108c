#include "theater/cli/arguments_definition.h"

#include "theater/base/check.h"
#include "theater/base/nearest.h"
#include "theater/cli/help.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <list>
#include <utility>

namespace theater::cli {

struct Definition::State {
  struct Path {
    std::string text;
    std::filesystem::path* target = nullptr;
  };
  struct OptionalPath {
    std::string text;
    std::optional<std::filesystem::path>* target = nullptr;
  };
  struct Position {
    std::string name;
    std::string text;
    CLI::Option* option = nullptr;
    std::optional<uint64_t>* target = nullptr;
  };

  const CommandHelp& help;
  std::span<const std::string> words;
  CLI::App app;
  // The library fills these texts; parse() makes values of them. Lists, since it keeps references.
  std::list<Path> paths;
  std::list<OptionalPath> optional_paths;
  std::list<Position> positions;

  std::vector<OptionLine> options() {
    std::vector<OptionLine> lines;
    for (const CLI::Option* option : app.get_options()) {
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

  Error wrong_use(const std::string& what) const {
    return Error(ErrorCode::kInvalidArgument, what)
        .with_hint(fmt::format("usage: theater {} {}", help.name, help.usage));
  }

  static std::string explain(const CLI::ParseError& error) {
    std::string text = error.what();
    if (error.get_name() == "ArgumentMismatch") {
      if (text.find("2 required") != text.npos) {
        return fmt::format("option {} needs two values", text.substr(0, text.find(':')));
      }
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
    Error error = wrong_use(fmt::format("no option `{}` in `theater {}`", name, help.name));
    if (std::optional<std::string> near = nearest(name, known)) {
      return std::move(error).with_hint(fmt::format("did you mean `{}`?", *near));
    }
    return error;
  }

  Result<void> take_values() {
    for (const Path& path : paths) {
      if (!path.text.empty()) *path.target = path.text;
    }
    for (const OptionalPath& path : optional_paths) {
      if (!path.text.empty()) *path.target = path.text;
    }
    for (const Position& position : positions) {
      if (position.option->count() == 0) continue;
      const std::string& text = position.text;
      uint64_t value = 0;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return Failure(wrong_use(
            fmt::format("{} takes the position of an event, counted from 0; `{}` is no such number",
                        position.name, text)));
      }
      *position.target = value;
    }
    return {};
  }
};

namespace {

const CommandHelp& help_of(std::string_view name) {
  const CommandHelp* help = find_command_help(name);
  THEATER_CHECK(help != nullptr, "the command {} has no help", name);
  return *help;
}

}  // namespace

Definition::Definition(std::string_view name, std::span<const std::string> words)
    : state_(std::make_unique<State>(help_of(name), words)) {
  state_->app.set_help_flag("-h", "print a short help");
  state_->app.set_help_all_flag("--help", "print the whole help");
  // What is left over is reported here, with the nearest option, in place of the library's words.
  state_->app.allow_extras();
}

Definition::~Definition() = default;

void Definition::flag(const std::string& name, bool& target, const std::string& what) {
  state_->app.add_flag(name, target, what);
}

void Definition::option(const std::string& name, std::string& target, const std::string& value,
                        const std::string& what) {
  state_->app.add_option(name, target, what)->type_name(value);
}

void Definition::path(const std::string& name, std::filesystem::path& target,
                      const std::string& value, const std::string& what) {
  state_->paths.push_back({{}, &target});
  option(name, state_->paths.back().text, value, what);
}

void Definition::position(const std::string& name, std::optional<uint64_t>& target,
                          const std::string& what) {
  State::Position& position = state_->positions.emplace_back();
  position.name = name;
  position.target = &target;
  position.option = state_->app.add_option(name, position.text, what)->type_name("SEQ");
}

// Without `allow_extra_args(false)` the library would take several values, and read a value in
// brackets as a list of them.
void Definition::repeated(const std::string& name, std::vector<std::string>& target,
                          const std::string& value, const std::string& what) {
  state_->app.add_option(name, target, what)->type_name(value)->allow_extra_args(false);
}

void Definition::pair(const std::string& name, std::vector<std::string>& target,
                      const std::string& values, const std::string& what) {
  state_->app.add_option(name, target, what)
      ->type_name(values)
      ->expected(2)
      ->allow_extra_args(false);
}

void Definition::positional(std::string& target) {
  state_->app.add_option("FILE", target)->group("");
}

void Definition::positionals(std::vector<std::string>& target) {
  state_->app.add_option("FILES", target)->group("");
}

void Definition::policy(PolicyArguments& target) {
  repeated("--grant", target.grants, "GRANT",
           "let the actors have this, such as environment:vars=NAME; may be repeated");
  repeated("--private-host", target.private_hosts, "HOST",
           "read what http(s) addresses name from this host though it is in a private network; may "
           "be repeated");
  state_->optional_paths.push_back({{}, &target.policy});
  option("--policy", state_->optional_paths.back().text, "FILE",
         "read the operator's policy from a policy.toml");
}

void Definition::home(std::filesystem::path& target, const std::string& what) {
  path("--home", target, "DIR", what + "; default $THEATER_HOME, else ./.theater");
}

Result<bool> Definition::parse(HelpCommand& text) {
  std::vector<std::string> reversed(state_->words.rbegin(), state_->words.rend());
  try {
    state_->app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    text.text = render_help(state_->help, state_->options(), HelpLength::kShort);
    return true;
  } catch (const CLI::CallForAllHelp&) {
    text.text = render_help(state_->help, state_->options(), HelpLength::kLong);
    return true;
  } catch (const CLI::ParseError& error) {
    return Failure(wrong_use(State::explain(error)));
  }
  std::vector<std::string> extra = state_->app.remaining();
  if (!extra.empty()) return Failure(state_->superfluous(extra.front()));
  THEATER_TRY_VOID(state_->take_values());
  return false;
}

std::vector<std::string> Definition::order() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : state_->app.parse_order())
    names.push_back(option->get_name());
  return names;
}

Error Definition::wrong_use(const std::string& what) const {
  return state_->wrong_use(what);
}

}  // namespace theater::cli
