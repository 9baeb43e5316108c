// The environment variables that the process was started with.
//
// The C library's getenv is not safe from threads while any part of the process sets a variable,
// and libraries do. So they are copied once, before there are actors, and what is set later is not
// seen: every actor of a node sees the same ones as long as the node runs.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace theater {

// Immutable, and then safe from any thread.
class HostVariables {
 public:
  // By name, in the order of their bytes.
  using Map = std::map<std::string, std::string, std::less<>>;

  HostVariables() = default;
  // From texts NAME=VALUE, the last of which is followed by a null pointer. Of two of one name the
  // first counts; texts without a name are left out.
  explicit HostVariables(const char* const* texts);

  // The variables of the process now. No other thread may set any meanwhile.
  static HostVariables of_process();

  // Null if it is not set.
  const std::string* find(std::string_view name) const;

  const Map& all() const { return variables_; }

 private:
  Map variables_;
};

}  // namespace theater
