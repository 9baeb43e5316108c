#include "theater/cli/arguments_store.h"

#include "theater/base/nearest.h"
#include "theater/cli/arguments_definition.h"

#include <map>
#include <utility>

namespace theater::cli {

namespace {

constexpr const char* kStoreJson = "print one JSON object";

// A command without arguments of its own.
template <class C>
Result<Command> parse_plain(std::string_view name, std::span<const std::string> words) {
  C command;
  HelpCommand help;
  Definition definition(name, words);
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, kStoreJson);
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  return Command(std::move(command));
}

Result<Command> parse_put(std::span<const std::string> words) {
  StorePutCommand command;
  HelpCommand help;
  Definition definition("store put", words);
  std::vector<std::string> both;
  definition.positionals(both);
  definition.option("--label", command.label, "LABEL", "put this label on the content");
  definition.home(command.home, "the home to put it in");
  definition.flag("--json", command.json, kStoreJson);
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (both.size() != 2) return Failure(definition.wrong_use("which file into which store?"));
  command.store = both[0];
  command.file = both[1];
  return Command(std::move(command));
}

Result<Command> parse_get(std::span<const std::string> words) {
  StoreGetCommand command;
  HelpCommand help;
  Definition definition("store get", words);
  definition.positional(command.reference);
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, kStoreJson);
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (command.reference.empty()) return Failure(definition.wrong_use("which content?"));
  return Command(std::move(command));
}

Result<Command> parse_remove(std::span<const std::string> words) {
  StoreRemoveCommand command;
  HelpCommand help;
  Definition definition("store remove", words);
  definition.positional(command.store);
  definition.home(command.home, "the home to look in");
  definition.flag("--json", command.json, kStoreJson);
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (command.store.empty()) return Failure(definition.wrong_use("which store?"));
  return Command(std::move(command));
}

using Parse = Result<Command> (*)(std::span<const std::string>);

const std::map<std::string, Parse>& store_parsers() {
  static const std::map<std::string, Parse> all = {
      {"list", [](auto words) { return parse_plain<StoreListCommand>("store list", words); }},
      {"put", parse_put},
      {"get", parse_get},
      {"remove", parse_remove},
      {"gc", [](auto words) { return parse_plain<StoreCollectCommand>("store gc", words); }}};
  return all;
}

}  // namespace

Result<Command> parse_store(std::span<const std::string> words) {
  HelpCommand help;
  if (!words.empty()) {
    auto found = store_parsers().find(words[0]);
    if (found != store_parsers().end()) return found->second(words.subspan(1));
  }
  Definition definition("store", words.first(words.empty() || !words[0].starts_with('-') ? 0 : 1));
  if (THEATER_TRY(definition.parse(help))) return Command(help);
  if (words.empty()) return Failure(definition.wrong_use("list, put, get, remove or gc?"));
  std::vector<std::string> known;
  for (const auto& [name, parse] : store_parsers())
    known.push_back(name);
  Error error = definition.wrong_use(fmt::format("no command `store {}`", words[0]));
  if (std::optional<std::string> near = nearest(words[0], known)) {
    return Failure(
        std::move(error).with_hint(fmt::format("did you mean `theater store {}`?", *near)));
  }
  return Failure(std::move(error).with_hint("`theater help store` lists what there is"));
}

}  // namespace theater::cli
