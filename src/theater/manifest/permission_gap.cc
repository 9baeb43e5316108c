#include "theater/manifest/permission_gap.h"

#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/permission_fields.h"
#include "theater/manifest/permission_settings.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace theater {

namespace {

using detail::each_capability;
using detail::each_field;

// Whether a path that is needed is denied where it would otherwise be allowed.
bool denies_path(const Permissions& needed, const Permissions& party) {
  if (!needed.file_system || !party.file_system) return false;
  const auto& paths = needed.file_system->paths.patterns();
  return std::any_of(paths.begin(), paths.end(), [&](const PathPattern& path) {
    return party.file_system->denied.denies(path);
  });
}

bool has(const Permissions& party, const Permissions& needed) {
  return leq(needed, party) && !denies_path(needed, party);
}

// The key that a [[handler]] entry has for a setting of a grant; empty if an entry has none.
std::string_view entry_key(Capability type, std::string_view key) {
  struct Names {
    Capability type;
    std::string_view key;
    std::string_view entry;
  };
  static constexpr std::array kOthers{
      Names{Capability::kEnvironment, "prefix", "allowed_prefixes"},
      Names{Capability::kEnvironment, "denied", ""},
      Names{Capability::kStore, "shared", "shared"},
      Names{Capability::kFileSystem, "paths", "path"},
      Names{Capability::kFileSystem, "denied", ""},
      Names{Capability::kFileSystem, "read", ""},
      Names{Capability::kFileSystem, "write", ""},
      Names{Capability::kFileSystem, "execute", ""},
  };
  for (const Names& names : kOthers) {
    if (names.type == type && names.key == key) return names.entry;
  }
  std::string_view found;
  each_capability([&](auto member) {
    using T =
        detail::CapabilityOf<std::remove_cvref_t<decltype(std::declval<Permissions>().*member)>>;
    if (T::kCapability != type) return;
    each_field<T>([&](const auto& field) {
      if (field.key == key) found = field.manifest_key;
    });
  });
  return found;
}

std::string entry_setting(Capability type, const Setting& setting) {
  std::string_view key = entry_key(type, setting.key);
  if (key.empty()) return {};
  if (key == "path") return fmt::format("path = {}", toml_quoted(setting.values.front()));
  return toml_line({std::string(key), setting.kind, setting.values});
}

// What an entry of `T` would have to say besides what it says, which comes to `asked`.
template <class T>
std::vector<std::string> entry_settings(const T& needed, const T& asked,
                                        std::optional<T> Permissions::* member) {
  std::vector<std::string> texts;
  each_field<T>([&](const auto& lacking) {
    if (detail::leq(needed.*lacking.member, asked.*lacking.member)) return;
    Permissions single;
    // An entry names one folder.
    bool is_single = entry_key(T::kCapability, lacking.key) == "path";
    single.*member = detail::only_setting(
        lacking.member, is_single ? needed.*lacking.member
                                  : detail::join(needed.*lacking.member, asked.*lacking.member));
    for (const Setting& setting : grant_settings(T::kCapability, single)) {
      std::string text = entry_setting(T::kCapability, setting);
      if (!text.empty()) texts.push_back(std::move(text));
    }
  });
  return texts;
}

// The same of the handlers that only some builds have, each of which has an entry of its own.
std::string missing_custom_entry(const CustomPermissions& needed, const Manifest& manifest) {
  for (const NamePattern& right : needed.rights.patterns()) {
    size_t slash = std::min(right.text.find('/'), right.text.size());
    std::string name = right.text.substr(0, slash);
    const HandlerEntry* entry = manifest.custom_handler(name);
    if (entry != nullptr && entry->ask.ceiling.custom->rights.allows(right)) continue;
    std::string further =
        slash < right.text.size() ? toml_quoted(right.text.substr(slash + 1)) : std::string();
    if (entry != nullptr) {
      return fmt::format("the manifest asks for less: add {} to the `rights` of its handler `{}`",
                         further, name);
    }
    return fmt::format(
        "the manifest does not ask for it: add a [[handler]] entry {{ type = \"custom\", name = "
        "{}{} }}",
        toml_quoted(name), further.empty() ? "" : ", rights = [" + further + "]");
  }
  return {};
}

template <class T>
std::string missing_entry(const T& needed, std::optional<T> Permissions::* member,
                          const Manifest& manifest) {
  const HandlerEntry* entry = manifest.handler(T::kCapability);
  std::string_view name = capability_name(T::kCapability);
  T asked = entry == nullptr ? T() : *(entry->ask.ceiling.*member);
  std::vector<std::string> settings = entry_settings(needed, asked, member);
  if (entry != nullptr) {
    if (settings.empty()) return {};
    return fmt::format("the manifest asks for less: write {} in its handler `{}`",
                       fmt::join(settings, " and "), name);
  }
  settings.insert(settings.begin(), fmt::format("type = \"{}\"", name));
  return fmt::format("the manifest does not ask for it: add a [[handler]] entry {{ {} }}",
                     fmt::join(settings, ", "));
}

std::string manifest_clause(const Permissions& needed, const Manifest& manifest) {
  Permissions asked = manifest.asked();
  if (has(asked, needed)) return {};
  if (leq(needed, asked)) {
    return "the manifest gives that path up: take it out of its `denied_paths`";
  }
  std::string clause;
  each_capability([&](auto member) {
    if (!(needed.*member) || !clause.empty()) return;
    using T = detail::CapabilityOf<std::remove_cvref_t<decltype(needed.*member)>>;
    // Every actor asks for the runtime, listed or not.
    bool unlisted_runtime =
        T::kCapability == Capability::kRuntime && manifest.handler(T::kCapability) == nullptr;
    if constexpr (std::is_same_v<T, CustomPermissions>) {
      clause = missing_custom_entry(*(needed.*member), manifest);
    } else if (!unlisted_runtime) {
      clause = missing_entry(*(needed.*member), member, manifest);
    }
    if (clause.empty() && manifest.permission_policy.contains(T::kCapability)) {
      clause =
          fmt::format("the manifest gives it up: widen or remove its table [permission_policy.{}]",
                      capability_name(T::kCapability));
    }
  });
  return clause;
}

std::string policy_clause(std::string_view grant, const Permissions& needed,
                          const DecidingParties& parties) {
  const Permissions& granted = parties.policy.permissions();
  if (has(granted, needed)) return {};
  if (leq(needed, granted)) return "the policy denies that path: take it out of its `denied`";
  // A grant of a whole capability keeps within what the manifest asks for.
  Result<Permissions> whole = parse_grant(grant, "/");
  if (!whole) return {};
  Permissions asked = parties.manifest.asked();
  Permissions bounded = leq(needed, asked) ? meet(*whole, asked) : *whole;
  Permissions missing = missing_grants(parties.policy, {bounded, needed, bounded});
  std::vector<std::string> texts;
  for (const std::string& text : to_grants(missing))
    texts.push_back("--grant " + shell_quoted(text));
  return fmt::format("the policy lacks it: add {}", fmt::join(texts, " "));
}

}  // namespace

std::string who_lacks(std::string_view grant, const DecidingParties& parties) {
  if (grant.size() > kExplainedGrantSizeMax) return {};
  Result<Permissions> needed = parse_need(grant, "/");
  if (!needed || has(parties.effective, *needed)) return {};
  std::vector<std::string> clauses;
  std::string of_policy = policy_clause(grant, *needed, parties);
  std::string of_manifest = manifest_clause(*needed, parties.manifest);
  // A parent has no more than the policy. It lacks, too, what the other two do not.
  bool of_parent = parties.has_parent && (!of_policy.empty() || of_manifest.empty());
  if (!of_policy.empty()) clauses.push_back(std::move(of_policy));
  if (of_parent) clauses.emplace_back("the parent lacks it: its manifest must ask for it too");
  if (!of_manifest.empty()) clauses.push_back(std::move(of_manifest));
  return fmt::format("{}", fmt::join(clauses, "; "));
}

std::string explained_refusal(std::string_view refusal, const DecidingParties& parties) {
  // A name in a grant may have parentheses of its own, so the whole is tried first.
  std::string clauses = who_lacks(refusal, parties);
  if (!clauses.empty()) return fmt::format("{} ({})", refusal, clauses);
  size_t remark = refusal.rfind(" (");
  if (remark == refusal.npos || !refusal.ends_with(')')) return std::string(refusal);
  clauses = who_lacks(refusal.substr(0, remark), parties);
  if (clauses.empty()) return std::string(refusal);
  refusal.remove_suffix(1);
  return fmt::format("{}; {})", refusal, clauses);
}

}  // namespace theater
