// Lists of what is allowed, and the patterns in them.
//
// An AllowList is a set of patterns; it allows what some pattern covers. The pattern `*` covers
// everything, a list with it is *unrestricted*, and a list without patterns allows nothing. There
// is no third case: whether a list that nobody wrote means the one or the other is decided by
// whoever reads it, and said in the file's documentation.
//
// Lists are kept without patterns that another one covers, so that lists which allow the same
// compare equal, and meet and join are a lattice.
#pragma once

#include "theater/base/result.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Each pattern type has: everything(); parse(text, folder); covers(other), a partial order;
// intersect(other), the pattern of what both cover, if anything; wider(), all patterns other than
// itself that cover it, which are few; to_string(), which parse reads back.

// A name that must match letter by letter: a program, a method, a command line, a route.
struct NamePattern {
  std::string text;

  static NamePattern everything() { return {"*"}; }
  // Fails with kInvalidArgument if `text` is empty, or has a `*` without being `*`.
  static Result<NamePattern> parse(std::string_view text, const std::filesystem::path& folder);
  bool covers(const NamePattern& other) const { return text == "*" || text == other.text; }
  std::optional<NamePattern> intersect(const NamePattern& other) const;
  std::vector<NamePattern> wider() const;
  std::string to_string() const { return text; }
  auto operator<=>(const NamePattern&) const = default;
};

// A folder or file and all below it, as an absolute path without `.` and `..`.
//
// Containment is lexical and by components: /data holds /data/x but not /database. Symbolic links
// are the business of whoever opens the path.
struct PathPattern {
  std::string text;

  static PathPattern everything() { return {"/"}; }
  // Relative paths are taken below `folder`, itself made absolute; an empty one is
  // the current folder. `*` is everything.
  static Result<PathPattern> parse(std::string_view text, const std::filesystem::path& folder);
  bool covers(const PathPattern& other) const;
  std::optional<PathPattern> intersect(const PathPattern& other) const;
  std::vector<PathPattern> wider() const;
  std::string to_string() const { return text; }
  auto operator<=>(const PathPattern&) const = default;
};

// A host name or address, or `*.` and a suffix that covers the names below it (but not the suffix
// itself), or `*`; with an optional port. Written host, host:port, or [address]:port.
//
// Names compare as ASCII in lower case; addresses compare as text.
struct HostPattern {
  std::string host;
  uint16_t port = 0;  // 0: any port.

  static HostPattern everything() { return {"*", 0}; }
  static Result<HostPattern> parse(std::string_view text, const std::filesystem::path& folder);
  bool covers(const HostPattern& other) const;
  std::optional<HostPattern> intersect(const HostPattern& other) const;
  std::vector<HostPattern> wider() const;
  std::string to_string() const;
  auto operator<=>(const HostPattern&) const = default;
};

// A TCP port that an actor may listen on, or `*` for each. 0 is a port that the system chooses.
struct PortPattern {
  static constexpr uint32_t kEvery = uint32_t{1} << 16;
  uint32_t port = kEvery;

  static PortPattern everything() { return {}; }
  // Fails with kInvalidArgument unless `text` is a number from 0 to 65535, or `*`.
  static Result<PortPattern> parse(std::string_view text, const std::filesystem::path& folder);
  bool covers(const PortPattern& other) const { return port == kEvery || port == other.port; }
  std::optional<PortPattern> intersect(const PortPattern& other) const;
  std::vector<PortPattern> wider() const;
  std::string to_string() const;
  auto operator<=>(const PortPattern&) const = default;
};

// Value type. The default allows nothing.
template <class Pattern>
class AllowList final {
 public:
  AllowList() = default;
  explicit AllowList(std::vector<Pattern> patterns) : patterns_(std::move(patterns)) {
    std::sort(patterns_.begin(), patterns_.end());
    patterns_.erase(std::unique(patterns_.begin(), patterns_.end()), patterns_.end());
    std::vector<Pattern> kept;
    for (const Pattern& pattern : patterns_) {
      if (!has_wider(pattern)) kept.push_back(pattern);
    }
    patterns_ = std::move(kept);
  }

  static AllowList unrestricted() { return AllowList({Pattern::everything()}); }

  bool is_unrestricted() const {
    return patterns_.size() == 1 && patterns_.front() == Pattern::everything();
  }

  bool allows(const Pattern& asked) const {
    return std::binary_search(patterns_.begin(), patterns_.end(), asked) || has_wider(asked);
  }

  // Sorted; none covers another.
  const std::vector<Pattern>& patterns() const { return patterns_; }

  bool operator==(const AllowList&) const = default;

 private:
  // Looks up the few wider patterns rather than trying all of the list: lists come from strangers.
  bool has_wider(const Pattern& pattern) const {
    std::vector<Pattern> wider = pattern.wider();
    return std::any_of(wider.begin(), wider.end(), [&](const Pattern& candidate) {
      return std::binary_search(patterns_.begin(), patterns_.end(), candidate);
    });
  }

  std::vector<Pattern> patterns_;
};

using NameList = AllowList<NamePattern>;
using PathList = AllowList<PathPattern>;
using HostList = AllowList<HostPattern>;
using PortList = AllowList<PortPattern>;

// What both allow.
template <class Pattern>
AllowList<Pattern> meet(const AllowList<Pattern>& a, const AllowList<Pattern>& b) {
  std::vector<Pattern> both;
  for (const Pattern& x : a.patterns()) {
    for (const Pattern& y : b.patterns()) {
      if (std::optional<Pattern> common = x.intersect(y)) both.push_back(*std::move(common));
    }
  }
  return AllowList<Pattern>(std::move(both));
}

// What either allows.
template <class Pattern>
AllowList<Pattern> join(const AllowList<Pattern>& a, const AllowList<Pattern>& b) {
  std::vector<Pattern> all = a.patterns();
  all.insert(all.end(), b.patterns().begin(), b.patterns().end());
  return AllowList<Pattern>(std::move(all));
}

// Whether `b` allows all that `a` does.
template <class Pattern>
bool leq(const AllowList<Pattern>& a, const AllowList<Pattern>& b) {
  return std::all_of(a.patterns().begin(), a.patterns().end(),
                     [&](const Pattern& pattern) { return b.allows(pattern); });
}

// The patterns of `a` that `b` does not cover whole.
template <class Pattern>
AllowList<Pattern> missing(const AllowList<Pattern>& a, const AllowList<Pattern>& b) {
  std::vector<Pattern> uncovered;
  for (const Pattern& pattern : a.patterns()) {
    if (!b.allows(pattern)) uncovered.push_back(pattern);
  }
  return AllowList<Pattern>(std::move(uncovered));
}

}  // namespace theater
