// What an actor and all its descendants together may use up, from the actor's spawn to its end.
//
// A limit says how much at a time; a budget says how much in all. A budget holds for a whole
// subtree: what a descendant uses counts against its own budget and against those of all that are
// above it, and no descendant gets more than is left above.
#pragma once

#include "theater/manifest/table_reader.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

struct ManifestBudget {
  // None: without bound.
  std::optional<uint64_t> cpu_ms;
  std::optional<uint64_t> messages;
  std::optional<uint64_t> descendants;
  // By interface, such as "theater:simple/http-client". Those that are not named are without bound.
  std::map<std::string, uint64_t, std::less<>> host_calls;

  bool empty() const { return !cpu_ms && !messages && !descendants && host_calls.empty(); }
  bool operator==(const ManifestBudget&) const = default;
};

// The package that an interface without one is in.
inline constexpr std::string_view kBudgetPackage = "theater:simple/";

// What the `[budget]` of a document says.
ManifestBudget read_budget(Diagnostics& diagnostics, TableReader& document);

// Bound by bound, the smaller one; a bound that one of them has.
ManifestBudget meet(const ManifestBudget& a, const ManifestBudget& b);

}  // namespace theater
