#include "theater/manifest/effective_permissions.h"

#include "theater/manifest/grant.h"
#include "theater/manifest/permission_fields.h"
#include "theater/manifest/permission_settings.h"

#include <fmt/ranges.h>

namespace theater {

namespace {

using detail::each_capability;
using detail::each_field;

// The part of a setting that was asked for and not given, for the settings that are sets.
template <class T>
T missing_part(const T& asked, const T&) {
  return asked;
}
template <class Pattern>
AllowList<Pattern> missing_part(const AllowList<Pattern>& asked, const AllowList<Pattern>& given) {
  return missing(asked, given);
}
EnvironmentNames missing_part(const EnvironmentNames& asked, const EnvironmentNames& given) {
  return missing(asked, given);
}

template <class T>
size_t exceeding_fields(const T& asked, const T& given) {
  size_t exceeding = 0;
  each_field<T>([&](const auto& field) {
    exceeding += detail::leq(asked.*field.member, given.*field.member) ? 0 : 1;
  });
  return exceeding;
}

// The least grant that brings `given` to allow `asked`, of one capability.
template <class T>
T missing_grant(const T& asked, const T& given) {
  T grant = given;
  // With one setting short, a grant of that setting adds up exactly. With more, only one that
  // covers all that is granted already does.
  bool one = exceeding_fields(asked, given) == 1;
  each_field<T>([&](const auto& field) {
    auto& setting = grant.*field.member;
    if (detail::leq(asked.*field.member, setting)) return;
    setting = one ? missing_part(asked.*field.member, setting)
                  : detail::join(asked.*field.member, setting);
  });
  return grant;
}

// Adds a line for each setting of `asked` that is more than `given` has.
template <class T>
void list_excess(const T& asked, const T& given, std::optional<T> Permissions::* member,
                 std::vector<std::string>& lines) {
  std::string_view name = capability_name(T::kCapability);
  each_field<T>([&](const auto& excessive) {
    if (detail::leq(asked.*excessive.member, given.*excessive.member)) return;
    Permissions single;
    single.*member = detail::only_setting(
        excessive.member, missing_part(asked.*excessive.member, given.*excessive.member));
    std::vector<Setting> settings = grant_settings(T::kCapability, single);
    if (settings.empty()) {
      lines.push_back(fmt::format("{}: {} without restriction", name, excessive.key));
    }
    for (const Setting& setting : settings) {
      lines.push_back(fmt::format("{}: {}{}{}", name, setting.key,
                                  setting.values.empty() ? "" : " ",
                                  fmt::join(setting.values, ", ")));
    }
  });
}

// One line for each thing in `required` that `given` does not have.
std::vector<std::string> refusals(const Permissions& required, const Permissions& given) {
  std::vector<std::string> lines;
  each_capability([&](auto member) {
    if (!(required.*member)) return;
    if (given.*member) {
      list_excess(*(required.*member), *(given.*member), member, lines);
      return;
    }
    using T = detail::CapabilityOf<std::remove_cvref_t<decltype(required.*member)>>;
    std::vector<std::string> before = std::move(lines);
    lines.clear();
    list_excess(*(required.*member), T{}, member, lines);
    if (lines.empty()) lines.emplace_back(capability_name(T::kCapability));
    lines.insert(lines.begin(), before.begin(), before.end());
  });
  return lines;
}

std::string indented(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += line.empty() ? "\n" : "\n  " + line;
  return text;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string grant_hint(const Policy& policy, const Permissions& grants) {
  std::vector<std::string> arguments;
  for (const std::string& grant : to_grants(grants)) {
    arguments.push_back("--grant " + shell_quoted(grant));
  }
  // A table of a policy file stands for all that is granted of its capability.
  Permissions tables;
  for (Capability capability : kCapabilities) {
    if (!grants.has(capability)) continue;
    tables = join(tables, join(policy.permissions(), grants).only(capability));
  }
  return fmt::format(
      "to allow it, add to the command line:{}\nor to the policy file, in place of "
      "tables of these names:{}",
      indented(arguments), indented(split_lines(to_policy_toml(tables))));
}

}  // namespace

Permissions missing_grants(const Policy& policy, const Ask& ask) {
  // The defaults bound what the author asked for, and nothing else is granted with it.
  Permissions asked = meet(ask.ceiling, ask.demand);
  Permissions grants;
  each_capability([&](auto member) {
    const auto& required = ask.required.*member;
    const auto& granted = policy.permissions().*member;
    if (!required) return;
    if (!granted) {
      grants.*member = asked.*member;
    } else if (!detail::leq_fields(*required, *granted)) {
      grants.*member = missing_grant(*required, *granted);
    }
  });
  return grants;
}

std::vector<CapabilityOutcome> outcomes_by_capability(const Policy& policy,
                                                      const Manifest& manifest) {
  Ask ask = manifest.ask();
  Permissions granted = meet(ask.ceiling, policy.permissions());
  Permissions missing = missing_grants(policy, ask);
  std::vector<CapabilityOutcome> outcomes;
  for (Capability capability : kCapabilities) {
    if (!ask.ceiling.has(capability)) continue;
    outcomes.push_back({capability, ask.ceiling.only(capability), granted.only(capability),
                        missing.only(capability)});
  }
  return outcomes;
}

Result<Permissions> effective_permissions(const Policy& policy,
                                          const std::optional<Permissions>& parent,
                                          const Manifest& manifest) {
  Ask ask = manifest.ask();
  if (!leq(ask.required, policy.permissions())) {
    return Failure(Error(ErrorCode::kPermissionDenied,
                         fmt::format("`{}` asks for more than the policy grants:{}", manifest.name,
                                     indented(refusals(ask.required, policy.permissions()))))
                       .with_hint(grant_hint(policy, missing_grants(policy, ask))));
  }
  if (parent && !leq(ask.required, *parent)) {
    return Failure(Error(ErrorCode::kPermissionDenied,
                         fmt::format("`{}` asks for more than its parent has:{}", manifest.name,
                                     indented(refusals(ask.required, *parent))))
                       .with_hint("a child never has more than its parent: ask for less in its "
                                  "manifest, or for more in the parent's"));
  }
  Permissions effective = meet(ask.ceiling, policy.permissions());
  if (parent) effective = meet(effective, *parent);
  return effective;
}

}  // namespace theater
