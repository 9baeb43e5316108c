// What an actor asks for, what it gets under a policy, and what is missing.
#pragma once

#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/manifest.h"
#include "theater/views/json.h"

#include <span>
#include <string>

namespace theater::views {

// `granted`: whether the policy allows everything that the manifest insists on.
Json grants_json(const Manifest& manifest, std::span<const CapabilityOutcome> outcomes,
                 bool granted);

// A paragraph for each capability.
std::string grants_text(std::span<const CapabilityOutcome> outcomes);

}  // namespace theater::views
