#include "theater/manifest/permission_settings.h"

#include "theater/base/check.h"
#include "theater/manifest/diagnostics.h"
#include "theater/manifest/header_name.h"
#include "theater/manifest/permission_fields.h"
#include "theater/manifest/pinned_program.h"

#include <fmt/ranges.h>

namespace theater {

namespace {

using detail::each_capability;
using detail::each_field;

constexpr size_t kVariableNameSizeMax = 255;
constexpr std::string_view kHostNetwork = "host";

struct EnvironmentKeys {
  std::string_view vars;
  std::string_view prefixes;
  std::string_view denied;
};

EnvironmentKeys environment_keys(SettingStyle style) {
  if (style != SettingStyle::kRestriction) return {"vars", "prefix", "denied"};
  return {"allowed_vars", "allowed_prefixes", "denied_vars"};
}

// Checks the names under `key`; a name that cannot be one is complained of.
std::set<std::string> checked_names(FieldSource& source, std::string_view key,
                                    const std::vector<std::string>& names) {
  std::set<std::string> good;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kVariableNameSizeMax) {
      source.reject(key, fmt::format("a name has 1 to {} bytes", kVariableNameSizeMax));
    } else if (has_control_character(name) || name.find_first_of("=*") != std::string::npos) {
      source.reject(key, fmt::format("`{}`: a name cannot contain `=`, `*` or control characters; "
                                     "a prefix is written without `*`",
                                     name));
    } else {
      good.insert(name);
    }
  }
  return good;
}

template <Unit kUnit>
constexpr Unit unit_of(AtMost<kUnit>) {
  return kUnit;
}
template <Unit kUnit>
constexpr Unit unit_of(AtLeast<kUnit>) {
  return kUnit;
}

// Reads settings one by one into a capability.
struct SettingReader {
  FieldSource& source;
  SettingStyle style;
  const std::filesystem::path& folder;

  void read(std::string_view key, bool& setting) const {
    if (auto flag = source.flag(key)) setting = *flag;
  }
  void read(std::string_view, EnvironmentNames& setting) const {
    if (auto names = read_environment_names(source, style, setting)) setting = *std::move(names);
  }
  template <class Pattern>
  void read(std::string_view key, AllowList<Pattern>& setting) const {
    if (auto list = read_patterns<Pattern>(source, key, folder)) setting = *std::move(list);
  }
  void read(std::string_view key, DeniedPaths& setting) const {
    if (auto list = read_patterns<PathPattern>(source, key, folder))
      setting.list = *std::move(list);
  }
  void read(std::string_view key, NetworkReach& setting) const {
    if (auto reach = read_network_reach(source, key)) setting = *reach;
  }
  void read(std::string_view key, AddedHeaders& setting) const {
    if (auto headers = read_added_headers(source, key)) setting = *std::move(headers);
  }
  template <class Bound>
  void read(std::string_view key, Bound& setting) const {
    if (auto number = source.number(key, unit_of(setting))) setting.value = *number;
  }
};

// Takes care of settings of a capability that have a meaning only together.
template <class T>
void read_together(FieldSource&, SettingStyle, T&) {}

// Whoever writes `commands` means them to run, so that a forgotten `execute` is an error.
void read_together(FieldSource& source, SettingStyle style, FileSystemPermissions& files) {
  bool names_commands = !files.commands.is_unrestricted() && !files.commands.patterns().empty();
  if (style == SettingStyle::kGrant && !files.execute && names_commands) {
    source.reject("commands",
                  "commands run only with `execute`: add it, or leave out the commands");
  }
  if (style == SettingStyle::kGrant && !files.execute && !files.unsandboxed.patterns().empty()) {
    source.reject("unsandboxed", "it names commands, which run only with `execute`: add that");
  }
  for (const NamePattern& pattern : files.unsandboxed.patterns()) {
    Result<PinnedProgram> program = PinnedProgram::parse(pattern.text);
    if (!program) source.reject("unsandboxed", program.error().message());
  }
  files.drop_unused_commands();
}

// An operator who writes `hosts` or `methods` means them to be reached, so a forgotten `network` is an
// error.
void read_together(FieldSource& source, SettingStyle style, ProcessPermissions& processes) {
  bool has_network = processes.network != NetworkReach();
  auto complain = [&](std::string_view key, const auto& list) {
    if (style != SettingStyle::kGrant || has_network) return;
    if (list.is_unrestricted() || list.patterns().empty()) return;
    source.reject(key, "it bounds the `network` of processes: add that, or leave this out");
  };
  complain("hosts", processes.hosts);
  complain("methods", processes.methods);
  processes.drop_unused_hosts();
}

// Whether a grant must not mention a setting, because another one makes it meaningless.
template <class T>
bool is_meaningless(const T&, std::string_view) {
  return false;
}
bool is_meaningless(const FileSystemPermissions& files, std::string_view key) {
  return key == "commands" && !files.execute && files.commands.patterns().empty();
}

bool is_meaningless(const ProcessPermissions& processes, std::string_view key) {
  if (processes.network != NetworkReach()) return false;
  return (key == "hosts" && processes.hosts.patterns().empty()) ||
         (key == "methods" && processes.methods.patterns().empty());
}

class SettingLister {
 public:
  std::vector<Setting> settings;

  template <class Owner, class T>
  void list(const detail::PermissionField<Owner, T>& field, const T& setting) {
    if (field.unmentioned == detail::Unmentioned::kUnrestricted) return list(field.key, setting);
    if constexpr (requires { setting.patterns(); }) {
      if (setting != detail::unmentioned_setting(field)) add_patterns(field.key, setting);
    }
  }

 private:
  void add(std::string_view key, Setting::Kind kind, std::vector<std::string> values) {
    settings.push_back({std::string(key), kind, std::move(values)});
  }
  void list(std::string_view key, bool setting) {
    if (setting) add(key, Setting::Kind::kFlag, {});
  }
  void list(std::string_view, const EnvironmentNames& setting) {
    EnvironmentKeys keys = environment_keys(SettingStyle::kGrant);
    const auto& [names, prefixes] = std::tie(setting.names(), setting.prefixes());
    bool everything = prefixes.contains("");
    if (!everything && (!names.empty() || prefixes.empty())) {
      add(keys.vars, Setting::Kind::kList, {names.begin(), names.end()});
    }
    if (!everything && !prefixes.empty()) {
      add(keys.prefixes, Setting::Kind::kList, {prefixes.begin(), prefixes.end()});
    }
    if (!setting.denied().empty()) {
      add(keys.denied, Setting::Kind::kList, {setting.denied().begin(), setting.denied().end()});
    }
  }
  template <class Pattern>
  void list(std::string_view key, const AllowList<Pattern>& setting) {
    if (!setting.is_unrestricted()) add_patterns(key, setting);
  }
  void list(std::string_view key, const NetworkReach& setting) {
    if (setting.kind == NetworkReach::Kind::kProxy) add(key, Setting::Kind::kFlag, {});
    if (setting.kind == NetworkReach::Kind::kHost)
      add(key, Setting::Kind::kText, {std::string(kHostNetwork)});
  }
  void list(std::string_view key, const DeniedPaths& setting) {
    if (setting != DeniedPaths::unrestricted()) add_patterns(key, setting.list);
  }
  void list(std::string_view key, const AddedHeaders& setting) {
    if (setting != AddedHeaders::unrestricted()) add_patterns(key, setting.list);
  }
  template <class Pattern>
  void add_patterns(std::string_view key, const AllowList<Pattern>& list) {
    std::vector<std::string> texts;
    for (const Pattern& pattern : list.patterns())
      texts.push_back(pattern.to_string());
    add(key, Setting::Kind::kList, std::move(texts));
  }
  template <class Bound>
  void list(std::string_view key, const Bound& setting) {
    if (setting == Bound::unrestricted()) return;
    add(key, Setting::Kind::kNumber, {format_quantity(setting.value, unit_of(setting))});
  }
};

}  // namespace

std::optional<AddedHeaders> read_added_headers(FieldSource& source, std::string_view key) {
  std::optional<std::vector<std::string>> items = source.list_or_text(key);
  if (!items) return std::nullopt;
  std::vector<NamePattern> names;
  for (const std::string& item : *items) {
    Result<std::string> name = parse_header_name(item);
    if (name) {
      names.push_back({*std::move(name)});
    } else {
      source.reject(key, name.error().message());
    }
  }
  return AddedHeaders{NameList(std::move(names))};
}

std::optional<NetworkReach> read_network_reach(FieldSource& source, std::string_view key) {
  using Kind = NetworkReach::Kind;
  auto value = source.flag_or_text(key);
  if (!value) return std::nullopt;
  if (const bool* flag = std::get_if<bool>(&*value))
    return NetworkReach{*flag ? Kind::kProxy : Kind::kNone};
  if (std::get<std::string>(*value) == kHostNetwork) return NetworkReach{Kind::kHost};
  source.reject(key, fmt::format("`{}` is none of its values: it is on for the node's proxy, or "
                                 "`host` for the network of the machine",
                                 std::get<std::string>(*value)));
  return std::nullopt;
}

std::optional<EnvironmentNames> read_environment_names(FieldSource& source, SettingStyle style,
                                                       const EnvironmentNames& unlisted) {
  EnvironmentKeys keys = environment_keys(style);
  auto vars = source.list(keys.vars);
  auto prefixes = source.list(keys.prefixes);
  auto denied = source.list(keys.denied);
  if (!vars && !prefixes && !denied) return std::nullopt;

  std::set<std::string> denied_names;
  if (denied) denied_names = checked_names(source, keys.denied, *denied);
  if (!vars && !prefixes) {
    return EnvironmentNames(unlisted.names(), unlisted.prefixes(), std::move(denied_names));
  }
  std::set<std::string> good_prefixes;
  if (prefixes) good_prefixes = checked_names(source, keys.prefixes, *prefixes);
  std::set<std::string> names;
  if (vars && std::erase(*vars, "*") > 0) good_prefixes.insert("");
  if (vars) names = checked_names(source, keys.vars, *vars);
  return EnvironmentNames(std::move(names), std::move(good_prefixes), std::move(denied_names));
}

Permissions read_capability(Capability capability, FieldSource& source, SettingStyle style,
                            const std::filesystem::path& folder) {
  Permissions result;
  SettingReader reader{source, style, folder};
  each_capability([&](auto member) {
    using T = detail::CapabilityOf<std::remove_reference_t<decltype(result.*member)>>;
    if (T::kCapability != capability) return;
    auto& value = (result.*member).emplace();
    each_field<T>([&](const auto& field) {
      auto& setting = value.*field.member;
      using S = std::remove_reference_t<decltype(setting)>;
      if (style == SettingStyle::kGrant) setting = detail::unmentioned_setting(field);
      if (style == SettingStyle::kRestriction) setting = detail::unrestricted_setting<S>();
      std::string_view key = style == SettingStyle::kRestriction ? field.manifest_key : field.key;
      if (!key.empty()) reader.read(key, setting);
    });
    read_together(source, style, value);
  });
  return result;
}

std::string toml_quoted(std::string_view value) {
  std::string text = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string toml_line(const Setting& setting) {
  switch (setting.kind) {
    case Setting::Kind::kFlag:
      return setting.key + " = true";
    case Setting::Kind::kNumber:
    case Setting::Kind::kText:
      return fmt::format("{} = {}", setting.key, toml_quoted(setting.values.front()));
    case Setting::Kind::kList:
      break;
  }
  std::vector<std::string> quoted;
  for (const std::string& value : setting.values)
    quoted.push_back(toml_quoted(value));
  return fmt::format("{} = [{}]", setting.key, fmt::join(quoted, ", "));
}

std::vector<Setting> grant_settings(Capability capability, const Permissions& permissions) {
  SettingLister lister;
  each_capability([&](auto member) {
    using T = detail::CapabilityOf<std::remove_reference_t<decltype(permissions.*member)>>;
    if (T::kCapability != capability) return;
    THEATER_CHECK((permissions.*member).has_value());
    const T& value = *(permissions.*member);
    each_field<T>([&](const auto& field) {
      if (!is_meaningless(value, field.key)) lister.list(field, value.*field.member);
    });
  });
  return std::move(lister.settings);
}

}  // namespace theater
