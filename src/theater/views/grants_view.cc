#include "theater/views/grants_view.h"

#include "theater/manifest/grant.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace theater::views {

namespace {

// The grant of permissions of one capability; none if there are none.
std::optional<std::string> grant_of(const Permissions& permissions) {
  std::vector<std::string> grants = to_grants(permissions);
  if (grants.empty()) return std::nullopt;
  return grants.front();
}

Json to_json(const Permissions& permissions) {
  std::optional<std::string> grant = grant_of(permissions);
  return grant ? Json(*grant) : Json();
}

}  // namespace

Json grants_json(const Manifest& manifest, std::span<const CapabilityOutcome> outcomes,
                 bool granted) {
  Json capabilities = Json::array();
  for (const CapabilityOutcome& outcome : outcomes) {
    capabilities.push_back({{"capability", capability_name(outcome.capability)},
                            {"asks", to_json(outcome.asked)},
                            {"gets", to_json(outcome.granted)},
                            {"missing", to_json(outcome.missing)}});
  }
  return {{"name", manifest.name}, {"granted", granted}, {"capabilities", std::move(capabilities)}};
}

std::string grants_text(std::span<const CapabilityOutcome> outcomes) {
  std::string text;
  for (const CapabilityOutcome& outcome : outcomes) {
    text += fmt::format("{}\n", capability_name(outcome.capability));
    text += fmt::format("  asks     {}\n", *grant_of(outcome.asked));
    text += fmt::format("  gets     {}\n", grant_of(outcome.granted).value_or("nothing"));
    if (auto missing = grant_of(outcome.missing)) {
      text += fmt::format("  missing  --grant {}\n", shell_quoted(*missing));
    }
  }
  return text;
}

}  // namespace theater::views
