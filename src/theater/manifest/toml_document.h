// A TOML text as a tree in which every key and value knows its place.
//
// The tree is our own small type, so that the TOML library stays in one source file and the readers
// above it compile fast. Texts come from strangers: size and depth are bounded before the library
// sees them.
#pragma once

#include "theater/base/result.h"
#include "theater/manifest/diagnostics.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace theater {

struct TomlValue;
struct TomlEntry;

using TomlArray = std::vector<TomlValue>;

// Sorted by key.
struct TomlTable {
  std::vector<TomlEntry> entries;

  // Null if there is no such key.
  const TomlEntry* find(std::string_view key) const;
};

// A date or a time; no key of ours takes one.
struct TomlDate {};

struct TomlValue {
  SourcePosition position;
  std::variant<std::string, int64_t, double, bool, TomlDate, TomlArray, TomlTable> value;

  // "a string", "an integer" and so on, for messages.
  std::string_view type_name() const;
};

struct TomlEntry {
  std::string key;
  SourcePosition key_position;
  TomlValue value;
};

inline constexpr size_t kTomlSizeMax = size_t{1} << 20;
// Dots outside of strings and comments, which bound how deep a text can nest tables.
inline constexpr size_t kTomlDotsMax = 1000;

// Adds to `diagnostics` and returns an empty table if `text` is not well-formed UTF-8 TOML, or is
// past one of the bounds above.
TomlTable parse_toml(std::string_view text, Diagnostics& diagnostics);

// Replaces every string value (never a key) by what `change` makes of it; its failures go to
// `diagnostics` with the value's place.
void rewrite_strings(TomlTable& table, Diagnostics& diagnostics,
                     const std::function<Result<std::string>(const std::string&)>& change);

}  // namespace theater
