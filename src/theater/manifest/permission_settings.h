// One capability as named settings: read from any FieldSource, and listed for printing.
#pragma once

#include "theater/manifest/field_source.h"
#include "theater/manifest/permissions.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace theater {

// Who is speaking decides the names of the settings and what an unmentioned one means.
enum class SettingStyle {
  kGrant,        // The operator: lists and bounds are unrestricted, flags are off.
  kNeed,         // A grant as what is needed: lists are empty, bounds the strictest, flags off.
  kRestriction,  // A manifest's permission_policy: it narrows what it names and nothing else.
};

// Why a manifest has no `unsandboxed`, and where it belongs.
inline constexpr std::string_view kUnsandboxedIsOfGrants =
    "the operator alone lets programs run where the kernel cannot sandbox them: leave it out here, "
    "and name the programs in the grant, as in filesystem:execute;unsandboxed=git";

// Reads the settings of `capability` and returns it alone. Relative paths are taken below `folder`.
// What is wrong is complained of at `source`; the result is then of no use.
Permissions read_capability(Capability capability, FieldSource& source, SettingStyle style,
                            const std::filesystem::path& folder);

// Reads the variable names that an environment entry or restriction lists under the given keys.
// Nothing if none of the keys is there; denials alone narrow `unlisted`.
std::optional<EnvironmentNames> read_environment_names(FieldSource& source, SettingStyle style,
                                                       const EnvironmentNames& unlisted);

// Reads the names of headers under `key`, a list or a single one; nothing if it is absent.
std::optional<AddedHeaders> read_added_headers(FieldSource& source, std::string_view key);

// Reads how far processes reach into the network; nothing if it is absent.
std::optional<NetworkReach> read_network_reach(FieldSource& source, std::string_view key);

// Reads the patterns listed under `key`; nothing if it is absent.
template <class Pattern>
std::optional<AllowList<Pattern>> read_patterns(FieldSource& source, std::string_view key,
                                                const std::filesystem::path& folder) {
  constexpr bool kNumbers = std::is_same_v<Pattern, PortPattern>;
  std::optional<std::vector<std::string>> items =
      kNumbers ? source.list_of_numbers(key) : source.list(key);
  if (!items) return std::nullopt;
  std::vector<Pattern> patterns;
  for (const std::string& item : *items) {
    Result<Pattern> pattern = Pattern::parse(item, folder);
    if (pattern) {
      patterns.push_back(*std::move(pattern));
    } else {
      source.reject(key, pattern.error().message());
    }
  }
  return AllowList<Pattern>(std::move(patterns));
}

// A setting as it is printed; a list may be empty, which allows nothing.
struct Setting {
  enum class Kind { kFlag, kNumber, kText, kList };
  std::string key;
  Kind kind;
  std::vector<std::string> values;
};

// A setting as a line of TOML, such as `vars = ["HOME"]`.
std::string toml_line(const Setting& setting);
// A text without control characters, as those of permissions are, as a string of TOML.
std::string toml_quoted(std::string_view value);

// The settings that a grant of `capability` in `permissions` has to mention, in the order of the
// documentation. The capability must be present.
std::vector<Setting> grant_settings(Capability capability, const Permissions& permissions);

}  // namespace theater
