// Paths that are taken away from what is allowed: the upside-down PathList, in which more patterns
// allow less.
#pragma once

#include "theater/manifest/allow_list.h"

#include <utility>

namespace theater {

// Value type. The default denies everything.
struct DeniedPaths {
  PathList list = PathList::unrestricted();

  // Denies nothing.
  static DeniedPaths unrestricted() { return {PathList()}; }

  bool denies(const PathPattern& path) const { return list.allows(path); }
  // Whether something below `path`, or it itself, is denied.
  bool denies_within(const PathPattern& path) const {
    return denies(path) ||
           std::any_of(list.patterns().begin(), list.patterns().end(),
                       [&](const PathPattern& denied) { return path.covers(denied); });
  }

  bool operator==(const DeniedPaths&) const = default;
};

// What both allow is denied by none of them.
inline DeniedPaths meet(const DeniedPaths& a, const DeniedPaths& b) {
  return {join(a.list, b.list)};
}
inline DeniedPaths join(const DeniedPaths& a, const DeniedPaths& b) {
  return {meet(a.list, b.list)};
}
inline bool leq(const DeniedPaths& a, const DeniedPaths& b) {
  return leq(b.list, a.list);
}

}  // namespace theater
