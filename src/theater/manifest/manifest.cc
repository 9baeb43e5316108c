#include "theater/manifest/manifest.h"

#include "theater/base/file.h"
#include "theater/manifest/permission_settings.h"
#include "theater/manifest/supervision_settings.h"
#include "theater/manifest/table_reader.h"
#include "theater/manifest/toml_document.h"

#include <algorithm>
#include <array>

namespace theater {

namespace {

// Reads one document; members follow the order of docs/manifest.md.
class ManifestReader {
 public:
  ManifestReader(Diagnostics& diagnostics, const TomlTable& document, const ManifestPlace& place)
      : diagnostics_(diagnostics),
        base_folder_(place.folder),
        is_file_(place.address.empty()),
        reader_(diagnostics, "the manifest", document, {}) {}

  Manifest read() {
    read_identity();
    read_component();
    read_behaviour();
    read_handlers();
    read_permission_policy();
    manifest_.limits = read_limits(diagnostics_, reader_, manifest_.limits);
    manifest_.budget = read_budget(diagnostics_, reader_);
    read_log();
    read_supervision_and_children();
    reader_.finish();
    return std::move(manifest_);
  }

 private:
  void read_identity() {
    manifest_.name = reader_.name("name").value_or("");
    reader_.missing("name", "every actor has a name, as in name = \"counter\"");
    manifest_.version = reader_.text("version");
    manifest_.description = reader_.text("description");
    manifest_.long_description = reader_.text("long_description");
  }

  void read_component() {
    std::string_view key = reader_.either("component", "component_path");
    if (auto component = reader_.text(key)) {
      if (auto checked = check_reference(*component); !checked) {
        reader_.reject(key, checked.error().message());
      } else if (is_file_ && !has_scheme(*component) && !component->starts_with(kDigestPrefix)) {
        Result<std::filesystem::path> path = referenced_file(*component, base_folder_);
        if (path) {
          manifest_.component_path = *std::move(path);
        } else {
          reader_.reject(key, path.error().message());
        }
      }
      manifest_.component = *std::move(component);
    }
    reader_.missing(key, "the WebAssembly component to run, as in component = \"counter.wasm\"");
    if (auto digest = reader_.text("component_digest")) {
      std::string_view digits = *digest;
      if (digits.starts_with(kDigestPrefix)) digits.remove_prefix(kDigestPrefix.size());
      Result<Hash> hash = Hash::parse(digits);
      if (hash) {
        manifest_.component_digest = *hash;
      } else {
        reader_.reject("component_digest", "it must be sha256: and 64 hexadecimal digits");
      }
    }
  }

  void read_behaviour() {
    static const std::array<std::string, 2> kStates{"heap", "explicit"};
    manifest_.save_chain = reader_.flag("save_chain").value_or(false);
    manifest_.init_state = reader_.text("init_state");
    if (reader_.choice("state", kStates) == "explicit") manifest_.state = StateMode::kExplicit;
  }

  void read_handlers() {
    std::string_view key = reader_.either("handler", "handlers");
    for (const TomlValue* entry : reader_.tables(key)) {
      read_handler(std::get<TomlTable>(entry->value), entry->position);
    }
  }

  void read_handler(const TomlTable& table, SourcePosition position) {
    TableReader reader(diagnostics_, "the handler entry", table, position);
    auto type_name = reader.text("type");
    reader.missing("type", "the handler's name, as in type = \"runtime\"");
    if (!type_name) return;
    std::optional<Capability> type = capability_from_name(*type_name);
    if (!type) {
      reader.reject("type", fmt::format("unknown handler `{}`{}", *type_name,
                                        suggestion(*type_name, capability_names(), "handlers")));
      return;
    }
    TableReader settings(diagnostics_, fmt::format("handler `{}`", capability_name(*type)), table,
                         position);
    settings.text("type");
    // The config of a custom handler is that handler's own, and kept apart.
    bool custom = *type == Capability::kCustom;
    const TomlTable* config = custom ? nullptr : settings.table("config");
    if (config != nullptr) settings.merge(*config);
    HandlerEntry entry = read_handler_entry(*type, settings, base_folder_);
    const HandlerEntry* first =
        custom ? manifest_.custom_handler(entry.custom_name) : manifest_.handler(*type);
    if (first != nullptr) {
      settings.reject(custom ? "name" : "type",
                      fmt::format("`{}` is listed twice, first in line {}; make one entry of both",
                                  entry.handler_name(), first->position.line));
    }
    entry.position = position;
    settings.finish();
    manifest_.handlers.push_back(std::move(entry));
  }

  void read_permission_policy() {
    const TomlTable* table = reader_.table("permission_policy");
    if (table == nullptr) return;
    for (const TomlEntry& entry : table->entries) {
      if (diagnostics_.full()) return;
      std::optional<Capability> capability = capability_from_name(entry.key);
      std::string where = fmt::format("[permission_policy.{}]", entry.key);
      const auto* rule = std::get_if<TomlTable>(&entry.value.value);
      if (!capability) {
        diagnostics_.add(entry.key_position,
                         fmt::format("unknown capability `{}` in [permission_policy]{}", entry.key,
                                     suggestion(entry.key, capability_names(), "capabilities")));
      } else if (rule == nullptr) {
        diagnostics_.add(entry.value.position, fmt::format("{} must be a table, found {}", where,
                                                           entry.value.type_name()));
      } else if (manifest_.permission_policy.contains(*capability)) {
        diagnostics_.add(entry.key_position,
                         fmt::format("{} is a second table for one capability", where));
      } else {
        read_rule(*capability, *rule, where, entry.key_position);
      }
    }
  }

  void read_rule(Capability capability, const TomlTable& table, const std::string& where,
                 SourcePosition position) {
    static const std::array<std::string, 3> kTypes{"inherit", "disallow", "restrict"};
    TableReader reader(diagnostics_, where, table, position);
    PermissionRule& rule = manifest_.permission_policy[capability];
    std::optional<std::string> type = reader.choice("type", kTypes);
    reader.missing("type", "inherit, disallow or restrict");
    const TomlTable* config = reader.table("config");
    if (type == "disallow") rule.type = PermissionRule::Type::kDisallow;
    if (type == "restrict") {
      rule.type = PermissionRule::Type::kRestrict;
      reader.missing("config", "what to restrict to, as a table");
      if (config != nullptr) {
        TableReader fields(diagnostics_, fmt::format("the config of {}", where), *config,
                           reader.position_of("config"));
        if (capability == Capability::kFileSystem)
          fields.refuse("unsandboxed", kUnsandboxedIsOfGrants);
        rule.restriction =
            read_capability(capability, fields, SettingStyle::kRestriction, base_folder_);
        fields.finish();
      }
    } else if (type && config != nullptr) {
      reader.reject("config", fmt::format("only `restrict` takes one, not `{}`", *type));
    }
    reader.finish();
  }

  void read_log() {
    static const std::array<std::string, 3> kDurabilities{"memory", "async", "sync"};
    static const std::array<std::string, 2> kDetaches{"auto", "all"};
    static const std::array<std::string, 2> kBodies{"all", "inputs"};
    const TomlTable* table = reader_.table("log");
    if (table == nullptr) return;
    TableReader reader(diagnostics_, "[log]", *table, reader_.position_of("log"));
    std::optional<std::string> durability = reader.choice("durability", kDurabilities);
    if (durability == "memory") manifest_.log.durability = Durability::kMemory;
    if (durability == "async") manifest_.log.durability = Durability::kAsync;
    if (reader.choice("detach", kDetaches) == "all") manifest_.log.detach = Detach::kAll;
    if (reader.choice("bodies", kBodies) == "inputs") manifest_.log.bodies = KeptBodies::kInputs;
    read_snapshots(reader);
    reader.finish();
  }

  void read_snapshots(TableReader& reader) {
    ManifestLog& log = manifest_.log;
    log.snapshot_events =
        reader.number("snapshot_events", Unit::kCount, 1).value_or(log.snapshot_events);
    log.snapshot_bytes =
        reader.number("snapshot_bytes", Unit::kBytes, 1).value_or(log.snapshot_bytes);
    if (manifest_.state == StateMode::kExplicit) return;
    for (const char* key : {"snapshot_events", "snapshot_bytes"}) {
      if (!reader.has(key)) continue;
      reader.reject(
          key, "snapshots are taken only of an actor whose manifest says state = \"explicit\"");
    }
  }

  void read_supervision_and_children() {
    manifest_.supervision = read_supervision(diagnostics_, reader_);
    manifest_.children = read_children(diagnostics_, reader_);
    bool has_handler = manifest_.handler(Capability::kSupervisor) != nullptr;
    if (!manifest_.children.empty() && !has_handler) {
      reader_.reject("child",
                     "an actor with children lists the supervisor handler; add [[handler]] with "
                     "type = \"supervisor\"");
    }
    read_pool_members(has_handler);
  }

  void read_pool_members(bool has_supervisor) {
    std::vector<ChildEntry> members = read_pool(diagnostics_, reader_);
    if (members.empty()) return;
    if (manifest_.handler(Capability::kHttpFramework) == nullptr) {
      reader_.reject("http",
                     "instances serve HTTP together; add [[handler]] with type = "
                     "\"http-framework\"");
    }
    if (!has_supervisor) {
      reader_.reject("http",
                     "all instances but the first are children of the actor; add [[handler]] with "
                     "type = \"supervisor\"");
    }
    for (ChildEntry& member : members) {
      auto same = std::find_if(manifest_.children.begin(), manifest_.children.end(),
                               [&](const ChildEntry& child) { return child.name == member.name; });
      if (same != manifest_.children.end()) {
        reader_.reject("http", fmt::format("one of its instances is called `{}`, as a declared "
                                           "child is; give that child another name",
                                           member.name));
        return;
      }
      manifest_.children.push_back(std::move(member));
    }
  }

  Diagnostics& diagnostics_;
  const std::filesystem::path& base_folder_;
  const bool is_file_;
  TableReader reader_;
  Manifest manifest_;
};

}  // namespace

const HandlerEntry* Manifest::handler(Capability type) const {
  auto found = std::find_if(handlers.begin(), handlers.end(),
                            [&](const HandlerEntry& entry) { return entry.type == type; });
  return found == handlers.end() ? nullptr : &*found;
}

const HandlerEntry* Manifest::custom_handler(std::string_view wanted) const {
  auto found = std::find_if(handlers.begin(), handlers.end(), [&](const HandlerEntry& entry) {
    return entry.type == Capability::kCustom && entry.custom_name == wanted;
  });
  return found == handlers.end() ? nullptr : &*found;
}

Ask Manifest::ask() const {
  Ask ask;
  // The runtime interface is there for every actor, whether its manifest lists it or not.
  if (handler(Capability::kRuntime) == nullptr) {
    ask.ceiling = Permissions::unrestricted().only(Capability::kRuntime);
  }
  // Entries share no capability but `custom`, whose one setting is a list, so that no join allows
  // what neither of the two asks for.
  for (const HandlerEntry& entry : handlers) {
    ask.ceiling = join(ask.ceiling, entry.ask.ceiling);
    ask.required = join(ask.required, entry.ask.required);
    ask.demand = join(ask.demand, entry.ask.demand);
  }
  for (const auto& [capability, rule] : permission_policy) {
    if (rule.type == PermissionRule::Type::kInherit) continue;
    for (Permissions* part : {&ask.ceiling, &ask.required, &ask.demand}) {
      Permissions kept;
      if (rule.type == PermissionRule::Type::kRestrict) kept = meet(*part, rule.restriction);
      *part = join(part->without(capability), kept);
    }
  }
  return ask;
}

bool Manifest::has_pool() const {
  // Its members come last.
  return !children.empty() && children.back().source == ChildEntry::Source::kParent;
}

Manifest pool_member(Manifest manifest, std::string name) {
  manifest.name = std::move(name);
  manifest.children.clear();
  manifest.is_pool_member = true;
  return manifest;
}

Result<Manifest> parse_manifest(std::string_view text, std::string_view source_name,
                                const ManifestPlace& place, const ContextLookup& context) {
  Diagnostics diagnostics{std::string(source_name)};
  TomlTable document = parse_toml(text, diagnostics);
  // Without a document every required key would be missing too.
  if (!diagnostics.empty()) return Failure(diagnostics.to_error());
  rewrite_strings(document, diagnostics,
                  [&](const std::string& value) { return substitute(value, context); });
  Manifest manifest = ManifestReader(diagnostics, document, place).read();
  if (!diagnostics.empty()) return Failure(diagnostics.to_error());
  manifest.place = place;
  manifest.text = text;
  manifest.digest = sha256(as_bytes(text));
  return manifest;
}

Result<Manifest> parse_manifest(std::string_view text, std::string_view source_name,
                                const std::filesystem::path& base_folder,
                                const ContextLookup& context) {
  return parse_manifest(text, source_name, ManifestPlace{base_folder}, context);
}

Result<Manifest> read_manifest(const std::filesystem::path& path, const ContextLookup& context) {
  std::string text =
      THEATER_TRY_CONTEXT(read_text_file(path, kTomlSizeMax), "reading the manifest");
  return parse_manifest(text, path.string(), path.parent_path(), context);
}

Result<std::optional<std::string>> peek_init_state(std::string_view text,
                                                   std::string_view source_name) {
  Diagnostics diagnostics{std::string(source_name)};
  TomlTable document = parse_toml(text, diagnostics);
  TableReader reader(diagnostics, "the manifest", document, {});
  std::optional<std::string> init_state = reader.text("init_state");
  if (!diagnostics.empty()) return Failure(diagnostics.to_error());
  return init_state;
}

}  // namespace theater
