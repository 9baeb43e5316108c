// What an actor really gets: policy ∧ parent ∧ manifest.
#pragma once

#include "theater/base/result.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/policy.h"

#include <optional>
#include <string>
#include <vector>

namespace theater {

// The meet of the policy, the parent's effective permissions (if there is a parent) and what the
// manifest asks for: below all three, always.
//
// Fails with kPermissionDenied if that is less than the manifest insists on. The message lists each
// thing refused; if it was the policy that refused, the hint has the exact --grant arguments and
// the policy file's tables that would allow it.
Result<Permissions> effective_permissions(const Policy& policy,
                                          const std::optional<Permissions>& parent,
                                          const Manifest& manifest);

// What comes of one capability that a manifest asks for, under a policy alone. Each of the three is
// that capability, or nothing.
struct CapabilityOutcome {
  Capability capability = Capability::kRuntime;
  Permissions asked;    // The most that the actor would take.
  Permissions granted;  // What it would get.
  Permissions missing;  // The least grant to add, so that the policy allows what is insisted on.
};

// Of each capability that the manifest asks for, in the order of kCapabilities. The policy allows
// what the manifest insists on exactly if nothing is missing anywhere.
std::vector<CapabilityOutcome> outcomes_by_capability(const Policy& policy,
                                                      const Manifest& manifest);

// The grants that, added to `policy`, let it allow what `ask` insists on; empty if it does. As few
// and as small as grants can be that add up exactly.
Permissions missing_grants(const Policy& policy, const Ask& ask);

}  // namespace theater
