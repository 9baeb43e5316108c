// Grants: permissions in one line of text, as the operator writes them behind --grant.
//
//   grant   = capability [ ":" setting { ";" setting } ]
//   setting = flag | key "=" [ value { "," value } ]
//
// such as `environment:vars=HOME,PATH`, `runtime:system-info` or `filesystem:paths=/data;read`.
// Flags that are not named are off; lists and bounds that are not named are unrestricted; `key=` is
// the empty list. A backslash before `,` `;` or `\` takes it as part of a value.
#pragma once

#include "theater/base/result.h"
#include "theater/manifest/permissions.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Reads one grant. Relative paths are taken below `folder`. Fails with kInvalidArgument, naming the
// column, the nearest known name and the known names.
Result<Permissions> parse_grant(std::string_view text, const std::filesystem::path& folder);

// The same text as the least permissions for which it is needed: a setting that is not named is not
// needed. So `timing:max-sleep=5s` needs that maximum, and no minimum.
Result<Permissions> parse_need(std::string_view text, const std::filesystem::path& folder);

// One grant per capability present; parse_grant reads each back to the same value.
std::vector<std::string> to_grants(const Permissions& permissions);

// The same as tables of a policy file.
std::string to_policy_toml(const Permissions& permissions);

// `text` as one word of a POSIX shell, quoted only if it has to be.
std::string shell_quoted(std::string_view text);

}  // namespace theater
