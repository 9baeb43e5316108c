// Placeholders inside the string values of a manifest: {{a.b}} and {{default a.b "x"}}.
//
// They are filled in after the TOML is parsed, value by value, so that no value can change the
// structure of the manifest. What is filled in is taken as it is: not escaped, and not scanned for
// further placeholders. `\{{` stands for a literal `{{`.
#pragma once

#include "theater/base/result.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// The text at a dotted path of the context, or nothing if the path leads nowhere.
using ContextLookup = std::function<std::optional<std::string>(std::string_view path)>;

// A context in which every placeholder stands for itself, for looking at a text whose context is
// not known.
std::optional<std::string> keep_placeholder(std::string_view path);

// Bound of one value after substitution.
inline constexpr size_t kSubstitutedSizeMax = size_t{1} << 20;

// Fails with kInvalidArgument on a malformed placeholder, and on a path without value and default.
// An empty `lookup` is a context without any value.
Result<std::string> substitute(std::string_view text, const ContextLookup& lookup);

}  // namespace theater
