// Who keeps an actor from what it lacks, and what each of them has to write for it to be allowed.
//
// An actor may do what policy, parent and manifest agree on. So a refusal that names a grant alone
// misleads an operator who gave that grant already, while the manifest does not ask for it.
#pragma once

#include "theater/manifest/manifest.h"
#include "theater/manifest/permissions.h"
#include "theater/manifest/policy.h"

#include <string>
#include <string_view>

namespace theater {

// Those who decide what one actor may do. The references outlive the value.
struct DecidingParties {
  const Policy& policy;
  const Manifest& manifest;
  const Permissions& effective;  // What the actor may do.
  bool has_parent = false;
};

// One clause for each party that lacks `grant`, a grant as text, with what to write there:
//
//   the policy lacks it: add --grant environment:vars=HOME; the manifest does not ask for it: add a
//   [[handler]] entry { type = "environment", allowed_vars = ["HOME"] }
//
// Empty if no party lacks it, if `grant` is none, and if it is longer than kExplainedGrantSizeMax:
// a guest may have made the text.
std::string who_lacks(std::string_view grant, const DecidingParties& parties);

inline constexpr size_t kExplainedGrantSizeMax = 1024;

// `refusal` with these clauses. It is a grant as text, and perhaps a remark in parentheses behind
// it, which the clauses then join.
std::string explained_refusal(std::string_view refusal, const DecidingParties& parties);

}  // namespace theater
