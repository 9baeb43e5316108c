#include "theater/manifest/supervision_settings.h"

#include "theater/manifest/reference_text.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace theater {

namespace {

constexpr uint64_t kDayMs = 24 * 3'600'000;
constexpr uint64_t kInstancesMax = 64;

const std::array<std::string, 3> kStrategies{"one-for-one", "one-for-all", "rest-for-one"};
const std::array<std::string, 3> kKinds{"permanent", "transient", "temporary"};
const std::array<std::string, 2> kFroms{"initial", "committed"};

// The enumerator whose name stands at that key; `otherwise` if there is none.
template <class Enum, size_t kCount>
Enum choose(TableReader& reader, std::string_view key, const std::array<std::string, kCount>& names,
            Enum otherwise) {
  std::optional<std::string> text = reader.choice(key, names);
  auto found = text ? std::find(names.begin(), names.end(), *text) : names.end();
  return found == names.end() ? otherwise : static_cast<Enum>(found - names.begin());
}

std::chrono::milliseconds duration(TableReader& reader, std::string_view key, uint64_t min,
                                   std::chrono::milliseconds otherwise) {
  auto number = reader.number(key, Unit::kMilliseconds, min, kDayMs);
  return number ? std::chrono::milliseconds(*number) : otherwise;
}

std::optional<std::string> reference_at(TableReader& reader, std::string_view key) {
  std::optional<std::string> text = reader.text(key);
  if (!text) return text;
  if (auto checked = check_reference(*text); !checked)
    reader.reject(key, checked.error().message());
  return text;
}

bool read_restart_init(TableReader& reader, RestartFrom from) {
  std::optional<bool> init_runs = reader.flag("restart_init");
  if (init_runs && from == RestartFrom::kInitial) {
    reader.reject("restart_init",
                  "a restart from the initial state always runs init; this is for restart_from = "
                  "\"committed\"");
  }
  return init_runs.value_or(false);
}

// How often children are restarted, and after which delay.
void read_intensity(TableReader& reader, SupervisionRules& rules) {
  if (auto restarts = reader.number("restarts", Unit::kCount, 0, 1'000))
    rules.restarts = static_cast<uint32_t>(*restarts);
  rules.period = duration(reader, "period", 1, rules.period);
  rules.backoff = duration(reader, "backoff", 0, rules.backoff);
  rules.backoff_max =
      duration(reader, "backoff_max", 0, std::max(rules.backoff_max, rules.backoff));
  if (rules.backoff_max < rules.backoff) {
    reader.reject("backoff_max",
                  fmt::format("it is less than backoff, which is {}",
                              format_quantity(static_cast<uint64_t>(rules.backoff.count()),
                                              Unit::kMilliseconds)));
  }
}

// Reads one entry; members follow the order of docs/manifest.md.
ChildEntry read_child(TableReader& reader) {
  ChildEntry entry;
  entry.name = reader.name("name").value_or("");
  reader.missing("name", "what this child is called, as in name = \"worker\"");
  entry.manifest = reference_at(reader, "manifest").value_or("");
  reader.missing("manifest", "the child's own manifest, as in manifest = \"worker.toml\"");
  ChildRules& rules = entry.rules;
  rules.restart = choose(reader, "restart", kKinds, RestartKind::kPermanent);
  rules.from = choose(reader, "restart_from", kFroms, RestartFrom::kInitial);
  rules.init_runs = read_restart_init(reader, rules.from);
  rules.stop_timeout = duration(reader, "stop_timeout", 1, ChildRules::kStopTimeout);
  entry.init_state = reference_at(reader, "init_state");
  return entry;
}

}  // namespace

std::string_view strategy_name(Strategy strategy) {
  return kStrategies[static_cast<size_t>(strategy)];
}

std::string_view restart_kind_name(RestartKind kind) {
  return kKinds[static_cast<size_t>(kind)];
}

std::optional<RestartKind> restart_kind_from_name(std::string_view name) {
  auto found = std::find(kKinds.begin(), kKinds.end(), name);
  if (found == kKinds.end()) return std::nullopt;
  return static_cast<RestartKind>(found - kKinds.begin());
}

std::string_view restart_from_name(RestartFrom from) {
  return kFroms[static_cast<size_t>(from)];
}

SupervisionRules read_supervision(Diagnostics& diagnostics, TableReader& document) {
  SupervisionRules rules;
  const TomlTable* table = document.table("supervision");
  if (table == nullptr) return rules;
  TableReader reader(diagnostics, "[supervision]", *table, document.position_of("supervision"));
  rules.strategy = choose(reader, "strategy", kStrategies, rules.strategy);
  read_intensity(reader, rules);
  rules.spawned = choose(reader, "spawned", kKinds, rules.spawned);
  reader.finish();
  return rules;
}

RootSupervision read_root_supervision(Diagnostics& diagnostics, TableReader& document) {
  RootSupervision roots;
  const TomlTable* table = document.table("supervision");
  if (table == nullptr) return roots;
  TableReader reader(diagnostics, "[supervision]", *table, document.position_of("supervision"));
  read_intensity(reader, roots.rules);
  roots.from = choose(reader, "restart_from", kFroms, roots.from);
  roots.init_runs = read_restart_init(reader, roots.from);
  reader.finish();
  return roots;
}

std::vector<ChildEntry> read_children(Diagnostics& diagnostics, TableReader& document) {
  std::vector<ChildEntry> children;
  std::map<std::string, int> lines;
  for (const TomlValue* value : document.tables("child")) {
    TableReader reader(diagnostics, "[[child]]", std::get<TomlTable>(value->value),
                       value->position);
    ChildEntry entry = read_child(reader);
    int line = static_cast<int>(value->position.line);
    auto [first, is_new] = lines.try_emplace(entry.name, line);
    if (!is_new && !entry.name.empty()) {
      reader.reject("name", fmt::format("a child `{}` is declared in line {} already; give each a "
                                        "name of its own",
                                        entry.name, first->second));
    }
    reader.finish();
    children.push_back(std::move(entry));
  }
  return children;
}

std::vector<ChildEntry> read_pool(Diagnostics& diagnostics, TableReader& document) {
  std::vector<ChildEntry> members;
  const TomlTable* table = document.table("http");
  if (table == nullptr) return members;
  TableReader reader(diagnostics, "[http]", *table, document.position_of("http"));
  uint64_t instances = reader.number("instances", Unit::kCount, 1, kInstancesMax).value_or(1);
  reader.finish();
  // The actor itself is the first.
  for (uint64_t number = 2; number <= instances; ++number) {
    ChildEntry member;
    member.name = fmt::format("http-{}", number);
    member.rules.restart = RestartKind::kPermanent;
    member.source = ChildEntry::Source::kParent;
    members.push_back(std::move(member));
  }
  return members;
}

}  // namespace theater
