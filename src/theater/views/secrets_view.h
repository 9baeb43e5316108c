// The operator's secrets that an actor asks for: where they may go, who gets them, what is missing.
#pragma once

#include "theater/manifest/manifest.h"
#include "theater/manifest/policy.h"
#include "theater/views/json.h"

#include <optional>
#include <string>
#include <vector>

namespace theater::views {

// One secret that a manifest names.
struct AskedSecret {
  std::string name;
  std::optional<SecretRule> rule;  // None: the policy has no such secret.
  // What is missing, one sentence each; empty if the actor gets the secret when it is one of those
  // that the rule lists.
  std::vector<std::string> missing;
};

// The secrets of the policy that the manifest asks for, in the order of their names; for `*` all of
// them. Looks at the sources of their values, and shows and changes none.
std::vector<AskedSecret> asked_secrets(const Policy& policy, const Manifest& manifest);

// An array of objects.
Json secrets_json(const std::vector<AskedSecret>& secrets);

// A paragraph for each secret.
std::string secrets_text(const std::vector<AskedSecret>& secrets);

}  // namespace theater::views
