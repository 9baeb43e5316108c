// The one form in which paths of requests are compared, and in which routes and grants are written.
//
// Two programs that read one path differently can be set against each other: a proxy lets a path
// through, and the program behind it sees another one. So each path is brought into one normal form
// before a route, a middleware or a grant looks at it, and a path without a clear one is refused.
//
// In the normal form an escaped letter, digit, `-`, `.`, `_` or `~` stands for itself, and each other
// escape is in capitals. An escaped slash stays escaped, so it never separates segments. Refused are
// empty segments, `.` and `..`, escaped control characters, and escapes that are not well formed.
#pragma once

#include "theater/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// A request with more segments is refused, and so is a route.
inline constexpr size_t kPathSegmentsMax = 64;

// The normal form of a path without its query. Fails with kInvalidArgument, with a sentence that
// contains nothing of the path. Safe from any thread.
Result<std::string> normal_path(std::string_view path);

// The segments of a path in normal form; `/a/` has the segments `a` and an empty one. Views into it.
std::vector<std::string_view> path_segments(std::string_view path);

// A part of a path in normal form, without its escapes. Nothing if the result is not UTF-8. It has no
// control character.
std::optional<std::string> unescaped_part(std::string_view part);

// Whether `path` is `folder` or lies below it, segment by segment. Both are in normal form, and
// `folder` has no slash at its end unless it is `/`, which holds every path.
bool lies_below(std::string_view path, std::string_view folder);

}  // namespace theater
