#include "theater/cli/commands/tree.h"

#include "theater/api/client/actor_reference.h"
#include "theater/base/clock.h"
#include "theater/cli/commands/actor_pages.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/options/shared_options.h"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace theater::cli {

namespace {

using views::Json;

// Deeper actors are listed, and indented no further.
constexpr size_t kIndentedMax = 64;

// The actors of a server by their ids, and the children of each.
struct Family {
  std::map<std::string, Json> actors;
  std::map<std::string, std::vector<std::string>> children;
  std::vector<std::string> roots;
};

Result<Family> read_family(api::ApiClient& client, const std::string& list) {
  Family family;
  THEATER_TRY(for_each_actor(client, list, Pages::kAll, [&](const Json& actor) {
    family.actors.insert_or_assign(member_text(actor, "id"), actor);
  }));
  for (const auto& [id, actor] : family.actors) {
    std::string parent = member_text(actor, "parent", "");
    // An actor outlives what the server knows of a parent that ended.
    if (parent.empty() || !family.actors.contains(parent)) {
      family.roots.push_back(id);
    } else {
      family.children[parent].push_back(id);
    }
  }
  return family;
}

void print_text(const Family& family, const std::vector<std::string>& tops, Output& output) {
  Screen screen = Screen::of_output();
  uint64_t now = SystemClock().wall_us();
  struct Branch {
    std::string id;
    std::string before;  // Of the lines below this actor.
    std::string_view branch;
    size_t depth;
  };
  // A stack in place of a recursion, whose depth guests would decide.
  std::vector<Branch> left;
  for (auto top = tops.rbegin(); top != tops.rend(); ++top)
    left.push_back({*top, "", "", 0});
  std::set<std::string> printed;
  while (!left.empty()) {
    Branch place = std::move(left.back());
    left.pop_back();
    if (!printed.insert(place.id).second) continue;
    const Json& actor = family.actors.at(place.id);
    std::string name = printable(member_text(actor, "name"));
    std::string state = printable(member_text(actor, "state"));
    auto since = read_utc(member_text(actor, "since"));
    std::string start =
        fmt::format("{}{}{}  {}  ", place.before, place.branch, name, short_id_of(actor));
    std::string age = since ? fmt::format("  {}", age_text(*since, now)) : "";
    bool fits = screen.columns == 0 || text_width(start + state + age) <= screen.columns;
    output.shown((fits ? start + screen.coloured(state, state_colour(state)) + age
                       : cut_to_width(start + state + age, screen.columns)) +
                 "\n");
    auto children = family.children.find(place.id);
    if (children == family.children.end()) continue;
    std::string before = place.before;
    if (place.depth < kIndentedMax && place.depth > 0)
      before += place.branch == "└─ " ? "   " : "│  ";
    for (size_t i = children->second.size(); i-- > 0;) {
      bool is_last = i + 1 == children->second.size();
      left.push_back({children->second[i], before, is_last ? "└─ " : "├─ ", place.depth + 1});
    }
  }
}

// One line per actor, each after its parent, with its depth.
void print_json(const Family& family, const std::vector<std::string>& tops, Output& output) {
  std::vector<std::pair<std::string, size_t>> left;
  for (auto top = tops.rbegin(); top != tops.rend(); ++top)
    left.emplace_back(*top, 0);
  std::set<std::string> printed;
  while (!left.empty()) {
    auto [id, depth] = left.back();
    left.pop_back();
    if (!printed.insert(id).second) continue;
    Json line = family.actors.at(id);
    line["depth"] = depth;
    output.json(line);
    auto children = family.children.find(id);
    if (children == family.children.end()) continue;
    for (auto child = children->second.rbegin(); child != children->second.rend(); ++child)
      left.emplace_back(*child, depth + 1);
  }
}

Result<void> show_tree(const TreeOptions& options, Output& output) {
  auto client = THEATER_TRY(connect_to_server(options.server));
  std::optional<std::string> top;
  std::string list = "/v1/actors";
  if (!options.actor.empty()) {
    Json found = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kRead));
    top = member_text(found, "id");
    list = api::actor_target(THEATER_TRY(api::actor_id_of(found)), "/tree");
  }
  Family family = THEATER_TRY(read_family(*client, list));
  std::vector<std::string> tops = family.roots;
  if (top) {
    if (!family.actors.contains(*top)) {
      return fail(ErrorCode::kNotFound, "`{}` is no longer among the server's actors",
                  options.actor);
    }
    tops = {*top};
  }
  options.json ? print_json(family, tops, output) : print_text(family, tops, output);
  return {};
}

void define(OptionParser& parser, TreeOptions& options) {
  parser.argument("ACTOR", options.actor, OptionParser::Presence::kOptional);
  server_choice(parser, options.server);
  json_option(parser, options.json, "print one JSON object per line, with the actor's depth");
}

Exit run(const TreeOptions& options, Output& output) {
  return exit_after(show_tree(options, output), options.json, output);
}

}  // namespace

const CommandOf<TreeOptions> kTreeCommand = {
    {.name = "tree",
     .usage = "[ACTOR] [options]",
     .summary = "show actors below their parents",
     .details = R"(Prints one line per actor, with its children below it: its name, the beginning
of its id, its state and for how long it has been in it. With an ACTOR it prints
that actor and those below it.)",
     .examples = R"(theater tree
theater tree foreman
theater tree --json)"},
    define,
    run};

}  // namespace theater::cli
