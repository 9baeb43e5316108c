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
  // What goes to disk, in bytes (log/event/disk_use.h says what counts).
  std::optional<uint64_t> log_bytes;
  std::optional<uint64_t> store_bytes;
  std::optional<uint64_t> files_bytes;

  bool empty() const { return *this == ManifestBudget(); }
  bool operator==(const ManifestBudget&) const = default;
};

// The package that an interface without one is in.
inline constexpr std::string_view kBudgetPackage = "theater:simple/";

// What the `[budget]` of a document says. The result has those bounds of `otherwise` that the
// document leaves out.
ManifestBudget read_budget(Diagnostics& diagnostics, TableReader& document,
                           const ManifestBudget& otherwise = {});

// The bounds of an actor without a parent, and of all its descendants, unless the operator's policy
// says otherwise: those of what stays on disk when the actors have ended. A total of the log would
// end actors that live long, so the log has a rate and no total.
ManifestBudget default_root_budget();

// Bound by bound, the smaller one; a bound that one of them has.
ManifestBudget meet(const ManifestBudget& a, const ManifestBudget& b);

}  // namespace theater
