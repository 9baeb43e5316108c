// "Did you mean": the known name closest to one that is not known.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace theater {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
size_t edit_distance(std::string_view a, std::string_view b);

// The candidate closest to `name`, if it is close enough to be a likely slip (a third of its
// length, at least one edit). Only the first 200 characters of `name` count.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

}  // namespace theater
