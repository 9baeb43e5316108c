#include "theater/cli/options/option_parser.h"

#include "theater/base/nearest.h"
#include "theater/manifest/quantity.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <utility>

namespace theater::cli {

namespace {

// Returns what is wrong with a value, or an empty text.
using TakeValue = std::function<std::string(const std::string&)>;

std::string take_position(std::string_view name, const std::string& text, uint64_t& target) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), target);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size()) return {};
  return fmt::format("{} needs the position of an event, counted from 0, not `{}`", name, text);
}

std::string take_count(std::string_view name, const std::string& text, uint64_t& target) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), target);
  bool is_number = !text.empty() && error == std::errc() && end == text.data() + text.size();
  if (is_number && target > 0) return {};
  return fmt::format("{} needs a number from 1 on, not `{}`", name, text);
}

std::string take_duration(std::string_view name, const std::string& text, uint64_t& target_ms) {
  Result<uint64_t> time = parse_quantity(text, Unit::kMilliseconds);
  if (!time) return fmt::format("{}: {}", name, time.error().message());
  target_ms = *time;
  return {};
}

std::string not_a_choice(const std::string& kind, const std::string& given,
                         const std::vector<std::string>& names) {
  std::optional<std::string> near = nearest(given, names);
  return fmt::format("no {} `{}`: {} from {}", kind, given,
                     near ? fmt::format("did you mean `{}`? Choose", *near) : "choose",
                     fmt::join(names, ", "));
}

std::string explain(const CLI::ParseError& error) {
  std::string text = error.what();
  if (error.get_name() != "ArgumentMismatch") return text;
  std::string name = text.substr(0, text.find(':'));
  if (text.find("At Most") != std::string::npos)
    return fmt::format("option {} may stand only once", name);
  bool is_pair = text.find("2 required") != std::string::npos;
  return fmt::format("option {} needs {}", name, is_pair ? "two values" : "a value");
}

}  // namespace

struct OptionParser::State {
  // An option with one value, and the texts that the library fills.
  struct Valued {
    CLI::Option* option = nullptr;
    TakeValue take;
    std::vector<std::string> texts = {};
    size_t taken = 0;
  };
  struct Argument {
    std::string name;
    Presence presence;
    TakeValue take;
  };

  explicit State(const CommandHelp& of) : help(of) {}

  const CommandHelp& help;
  CLI::App app;
  // The names that the help shows, of options that have others too.
  std::map<const CLI::Option*, std::string> shown_names;
  // The values of options that take one of a list.
  std::map<const CLI::Option*, std::vector<std::string>> choices;
  // The library keeps references to the elements.
  std::deque<Valued> valued;
  std::vector<Argument> arguments;
  Take rest;
  std::vector<std::string> words;
  std::vector<HelpLine> commands;
  std::vector<std::function<std::string()>> checks;

  Valued& add(const std::string& name, const std::string& value, const std::string& what,
              TakeValue take) {
    Valued& added = valued.emplace_back(Valued{.take = std::move(take)});
    added.option = app.add_option(all_names(name), added.texts, what)->type_name(value);
    note_shown(added.option, name);
    return added;
  }

  // The names in the form that the library takes.
  static std::string all_names(std::string name) {
    std::replace(name.begin(), name.end(), ';', ',');
    return name;
  }

  void note_shown(const CLI::Option* option, const std::string& name) {
    size_t hidden = name.find(';');
    if (hidden != std::string::npos) shown_names.emplace(option, name.substr(0, hidden));
  }

  // Without `allow_extra_args(false)` the library takes several values, and reads a value in
  // brackets as a list of them.
  const CLI::Option* add_single(const std::string& name, const std::string& value,
                                const std::string& what, TakeValue take) {
    CLI::Option* option = add(name, value, what, std::move(take)).option;
    return option->expected(1)->allow_extra_args(false);
  }

  std::vector<HelpLine> option_lines() {
    std::vector<HelpLine> lines;
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional() || option->get_group().empty()) continue;
      auto shown = shown_names.find(option);
      std::string left = shown != shown_names.end() ? shown->second : option->get_name(false, true);
      std::replace(left.begin(), left.end(), ',', ' ');
      if (option->get_items_expected_max() > 0) left += " " + option->get_type_name();
      lines.push_back({left, option->get_description()});
    }
    // The library lists the two help flags first; the help shows them last.
    auto is_help = [](const HelpLine& line) { return line.left == "-h" || line.left == "--help"; };
    std::stable_partition(lines.begin(), lines.end(), [&](const auto& l) { return !is_help(l); });
    return lines;
  }

  // How many values the option takes.
  static size_t values_of(const CLI::Option& option) {
    if (option.get_items_expected_max() == 0) return 0;
    return option.get_expected_min() == 2 ? 2 : 1;
  }

  // Fails if an option with a value stands where the value of another belongs, as `--request` does
  // in `--send --request get`. A flag may be a value.
  Result<void> check_values(std::span<const std::string> all) const {
    const CLI::Option* option = nullptr;  // The one whose values follow.
    size_t values = 0;
    for (const std::string& word : all) {
      const CLI::Option* own = word.starts_with("--") ? app.get_option_no_throw(word) : nullptr;
      if (values > 0 && own != nullptr && values_of(*own) > 0) {
        std::string name = option->get_name(false, true);
        name = name.substr(name.rfind(',') + 1);
        return Failure(
            Error(ErrorCode::kInvalidArgument,
                  fmt::format("option {} needs a value before {}", name, word))
                .with_hint(fmt::format("if that is its value, write {}={}", name, word)));
      }
      if (values > 0) {
        --values;
      } else if (word == "--") {
        return {};
      } else if (word.size() > 1 && word[0] == '-') {
        option = app.get_option_no_throw(word);
        values = option == nullptr ? 0 : values_of(*option);
      }
    }
    return {};
  }

  Candidates candidates_of(const CLI::Option& option) const {
    auto choice = choices.find(&option);
    if (choice != choices.end()) return {.words = choice->second};
    return candidates_for(option.get_type_name());
  }

  // The long names that the help shows.
  Candidates option_names() const {
    Candidates names;
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional() || option->get_group().empty()) continue;
      for (const std::string& name : option->get_lnames())
        names.words.push_back("--" + name);
    }
    return names;
  }

  std::string page(HelpLength length) {
    return render_help(help, option_lines(), length, commands);
  }

  Error wrong_use(const std::string& what) const {
    return Error(ErrorCode::kInvalidArgument, what)
        .with_hint(fmt::format("usage: theater {} {}", help.name, help.usage));
  }

  Error unknown(const std::string& word) {
    if (word.size() < 2 || word[0] != '-') {
      return wrong_use(fmt::format("unexpected argument `{}`", word));
    }
    std::string name = word.substr(0, word.find('='));
    std::vector<std::string> known;
    for (const HelpLine& line : option_lines())
      known.push_back(line.left.substr(0, line.left.find(' ')));
    Error error = wrong_use(fmt::format("no option `{}` in `theater {}`", name, help.name));
    if (std::optional<std::string> near = nearest(name, known)) {
      return std::move(error).with_hint(fmt::format("did you mean `{}`?", *near));
    }
    return error;
  }

  Result<void> expect(const std::string& problem) const {
    if (problem.empty()) return {};
    return Failure(wrong_use(problem));
  }

  Result<void> take_options() {
    for (const CLI::Option* given : app.parse_order()) {
      auto found = std::find_if(valued.begin(), valued.end(),
                                [&](const Valued& one) { return one.option == given; });
      if (found == valued.end()) continue;
      THEATER_TRY_VOID(expect(found->take(found->texts.at(found->taken++))));
    }
    return {};
  }

  Result<void> take_arguments() {
    size_t next = 0;
    for (const Argument& argument : arguments) {
      if (next < words.size()) {
        THEATER_TRY_VOID(expect(argument.take(words[next++])));
      } else if (argument.presence == Presence::kRequired) {
        return Failure(wrong_use("missing argument " + argument.name));
      }
    }
    for (; next < words.size(); ++next) {
      if (!rest) return Failure(unknown(words[next]));
      rest(words[next]);
    }
    return {};
  }
};

OptionParser::OptionParser(const CommandHelp& help) : state_(std::make_unique<State>(help)) {
  state_->app.set_help_flag("-h", "print a short help");
  state_->app.set_help_all_flag("--help", "print the whole help");
  // The parser reports unknown options itself, with the nearest one.
  state_->app.allow_extras();
  state_->app.add_option("WORDS", state_->words)->group("");
}

OptionParser::~OptionParser() = default;

void OptionParser::flag(const std::string& name, bool& target, const std::string& what) {
  state_->note_shown(state_->app.add_flag(State::all_names(name), target, what), name);
}

void OptionParser::hidden_flag(const std::string& name, bool& target) {
  state_->app.add_flag(name, target)->group("");
}

void OptionParser::option(const std::string& name, const std::string& value, std::string& target,
                          const std::string& what) {
  state_->add_single(name, value, what, [&target](const std::string& text) {
    target = text;
    return std::string();
  });
}

void OptionParser::option(const std::string& name, const std::string& value,
                          std::filesystem::path& target, const std::string& what) {
  state_->add_single(name, value, what, [&target](const std::string& text) {
    target = text;
    return std::string();
  });
}

void OptionParser::position_option(const std::string& name, std::optional<uint64_t>& target,
                                   const std::string& what) {
  state_->add_single(name, "SEQ", what, [name, &target](const std::string& text) {
    return take_position(name, text, target.emplace());
  });
}

void OptionParser::count_option(const std::string& name, std::optional<uint64_t>& target,
                                const std::string& what) {
  std::string shown = name.substr(0, name.find_first_of(",;"));
  state_->add_single(name, "COUNT", what, [shown, &target](const std::string& text) {
    return take_count(shown, text, target.emplace());
  });
}

void OptionParser::duration_option(const std::string& name, std::optional<uint64_t>& target_ms,
                                   const std::string& what) {
  state_->add_single(name, "TIME", what, [name, &target_ms](const std::string& text) {
    return take_duration(name, text, target_ms.emplace());
  });
}

void OptionParser::bytes_option(const std::string& name, std::optional<uint64_t>& target,
                                const std::string& what) {
  state_->add_single(name, "SIZE", what, [name, &target](const std::string& text) -> std::string {
    Result<uint64_t> bytes = parse_quantity(text, Unit::kBytes);
    if (!bytes) return fmt::format("{}: {}", name, bytes.error().to_string());
    target = *bytes;
    return {};
  });
}

void OptionParser::choice_option(const std::string& name, const std::string& value,
                                 const std::string& kind, std::vector<std::string> names,
                                 std::function<void(size_t)> choose, const std::string& what) {
  auto take = [kind, names, choose = std::move(choose)](const std::string& text) -> std::string {
    auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return not_a_choice(kind, text, names);
    choose(static_cast<size_t>(found - names.begin()));
    return {};
  };
  const CLI::Option* option = state_->add_single(name, value, what, std::move(take));
  state_->choices.emplace(option, std::move(names));
}

void OptionParser::repeated_option(const std::string& name, const std::string& value, Take take,
                                   const std::string& what) {
  state_
      ->add(name, value, what,
            [take = std::move(take)](const std::string& text) {
              take(text);
              return std::string();
            })
      .option->allow_extra_args(false);
}

void OptionParser::pair_option(const std::string& name, const std::string& values,
                               std::vector<std::string>& target, const std::string& what) {
  state_->app.add_option(name, target, what)
      ->type_name(values)
      ->expected(2)
      ->allow_extra_args(false);
}

void OptionParser::argument(const std::string& name, std::string& target, Presence presence) {
  state_->arguments.push_back({name, presence, [&target](const std::string& text) {
                                 target = text;
                                 return std::string();
                               }});
}

void OptionParser::argument(const std::string& name, std::filesystem::path& target,
                            Presence presence) {
  state_->arguments.push_back({name, presence, [&target](const std::string& text) {
                                 target = text;
                                 return std::string();
                               }});
}

void OptionParser::position_argument(const std::string& name, uint64_t& target) {
  state_->arguments.push_back({name, Presence::kRequired, [name, &target](const std::string& text) {
                                 return take_position(name, text, target);
                               }});
}

void OptionParser::arguments(Take take) {
  state_->rest = std::move(take);
}

void OptionParser::commands(std::vector<HelpLine> commands) {
  state_->commands = std::move(commands);
}

void OptionParser::check(std::function<std::string()> problem) {
  state_->checks.push_back(std::move(problem));
}

Result<std::optional<std::string>> OptionParser::parse(std::span<const std::string> words) {
  THEATER_TRY_VOID(state_->check_values(words));
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    state_->app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return state_->page(HelpLength::kShort);
  } catch (const CLI::CallForAllHelp&) {
    return state_->page(HelpLength::kLong);
  } catch (const CLI::ParseError& error) {
    return Failure(state_->wrong_use(explain(error)));
  }
  std::vector<std::string> extra = state_->app.remaining();
  if (!extra.empty()) return Failure(state_->unknown(extra.front()));
  THEATER_TRY_VOID(state_->take_options());
  THEATER_TRY_VOID(state_->take_arguments());
  for (const auto& problem : state_->checks)
    THEATER_TRY_VOID(state_->expect(problem()));
  return std::nullopt;
}

Candidates OptionParser::candidates(std::span<const std::string> words) const {
  const CLI::Option* option = nullptr;  // The one whose values follow.
  size_t values = 0;
  size_t arguments = 0;
  bool has_options = true;
  for (const std::string& word : words.first(words.size() - 1)) {
    if (values > 0) {
      --values;
    } else if (has_options && word == "--") {
      has_options = false;
    } else if (has_options && word.size() > 1 && word[0] == '-') {
      option = state_->app.get_option_no_throw(word);
      values = option == nullptr ? 0 : State::values_of(*option);
    } else {
      ++arguments;
    }
  }
  if (values > 0) return state_->candidates_of(*option);
  if (has_options && words.back().starts_with('-')) return state_->option_names();
  if (arguments < state_->arguments.size())
    return candidates_for(state_->arguments[arguments].name);
  return {};
}

}  // namespace theater::cli
