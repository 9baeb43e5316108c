#include "theater/cli/commands/node.h"

#include "theater/cli/commands/actor_text.h"
#include "theater/cli/options/shared_options.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

// The members of an object as facts; those of an object inside have both names.
void add_facts(const views::Json& object, const std::string& before,
               std::vector<std::pair<std::string, std::string>>& facts) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    if (value.is_object() && before.empty()) {
      add_facts(value, name + ".", facts);
    } else if (name == "uptime_ms" && value.is_number_unsigned()) {
      facts.emplace_back("uptime", age_text(0, value.get<uint64_t>() * 1'000));
    } else {
      facts.emplace_back(before + name, member_text(object, name.c_str()));
    }
  }
}

Result<void> show_node(const NodeStatusOptions& options, Output& output) {
  auto client = THEATER_TRY(connect_to_server(options.server));
  views::Json node = THEATER_TRY(client->get("/v1/node"));
  if (!node.is_object()) return fail(ErrorCode::kCorrupt, "the server does not describe its node");
  if (options.json) {
    output.json(node);
    return {};
  }
  std::vector<std::pair<std::string, std::string>> facts = {{"server", client->address().origin()}};
  add_facts(node, "", facts);
  output.text(facts_text(facts));
  return {};
}

void define(OptionParser& parser, NodeStatusOptions& options) {
  server_choice(parser, options.server);
  json_option(parser, options.json);
}

Exit run(const NodeStatusOptions& options, Output& output) {
  return exit_after(show_node(options, output), options.json, output);
}

}  // namespace

const CommandOf<NodeStatusOptions> kNodeCommand = {
    {.name = "node",
     .usage = "[options]",
     .summary = "show whether a server answers, and what it runs",
     .details = R"(Asks the server for its version, its engine, its start and the time since, the
size of its log and the number of its actors. The exit status is 1 if no server
answers.)",
     .examples = R"(theater node
theater node --server https://host.example --json)"},
    define,
    run};

}  // namespace theater::cli
