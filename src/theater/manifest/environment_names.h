// The names of environment variables that an actor may read: some names, all names with some
// prefixes, except some that are denied.
//
// A denied name stays denied whatever else allows it. Sets that allow the same names compare equal:
// a name that is both listed and denied is dropped, and a denial outside of every prefix too.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace theater {

// Value type. The default allows no name.
class EnvironmentNames final {
 public:
  EnvironmentNames() = default;
  // The prefix "" stands for every name.
  EnvironmentNames(std::set<std::string> names, std::set<std::string> prefixes,
                   std::set<std::string> denied);

  static EnvironmentNames unrestricted() { return {{}, {""}, {}}; }

  bool allows(std::string_view name) const;

  bool is_empty() const { return names_.empty() && prefixes_.empty(); }
  bool is_unrestricted() const { return denied_.empty() && prefixes_.contains(""); }

  // Names that no prefix covers.
  const std::set<std::string>& names() const { return names_; }
  // None is a prefix of another.
  const std::set<std::string>& prefixes() const { return prefixes_; }
  // Denied names that some prefix covers.
  const std::set<std::string>& denied() const { return denied_; }

  bool operator==(const EnvironmentNames&) const = default;

 private:
  std::set<std::string> names_;
  std::set<std::string> prefixes_;
  std::set<std::string> denied_;
};

// What both allow, what either allows, and whether `b` allows all that `a` does.
EnvironmentNames meet(const EnvironmentNames& a, const EnvironmentNames& b);
EnvironmentNames join(const EnvironmentNames& a, const EnvironmentNames& b);
bool leq(const EnvironmentNames& a, const EnvironmentNames& b);

// The part of `a` that `b` does not allow, by whole names and prefixes; what `a` denies stays
// denied.
EnvironmentNames missing(const EnvironmentNames& a, const EnvironmentNames& b);

}  // namespace theater
