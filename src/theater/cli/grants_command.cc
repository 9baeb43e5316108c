#include "theater/cli/commands.h"
#include "theater/cli/operator_reader.h"
#include "theater/cli/target.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/store/home.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

// Of permissions of one capability at most; none if there is none.
std::optional<std::string> grant_of(const Permissions& permissions) {
  std::vector<std::string> grants = to_grants(permissions);
  if (grants.empty()) return std::nullopt;
  return grants.front();
}

Json to_json(const Permissions& permissions) {
  std::optional<std::string> grant = grant_of(permissions);
  return grant ? Json(*grant) : Json();
}

Json to_json(const Manifest& manifest, std::span<const CapabilityOutcome> outcomes, bool granted) {
  Json capabilities = Json::array();
  for (const CapabilityOutcome& outcome : outcomes) {
    capabilities.push_back({{"capability", capability_name(outcome.capability)},
                            {"asks", to_json(outcome.asked)},
                            {"gets", to_json(outcome.granted)},
                            {"missing", to_json(outcome.missing)}});
  }
  return {{"name", manifest.name}, {"granted", granted}, {"capabilities", std::move(capabilities)}};
}

void print_text(Output& output, std::span<const CapabilityOutcome> outcomes) {
  for (const CapabilityOutcome& outcome : outcomes) {
    output.line(capability_name(outcome.capability));
    output.line(fmt::format("  asks     {}", *grant_of(outcome.asked)));
    output.line(fmt::format("  gets     {}", grant_of(outcome.granted).value_or("nothing")));
    if (auto missing = grant_of(outcome.missing)) {
      output.line(fmt::format("  missing  --grant {}", shell_quoted(*missing)));
    }
  }
}

Result<Manifest> read_manifest_of(const GrantsCommand& command, const Policy& policy) {
  OperatorReader reading = THEATER_TRY(OperatorReader::create(home_folder({}), policy));
  ManifestText manifest = THEATER_TRY(read_named_manifest(command.manifest, reading.reader()));
  return parse_without_state(manifest);
}

}  // namespace

Exit run(const GrantsCommand& command, Output& output) {
  auto policy = operator_policy(command.policy);
  if (!policy) {
    Exit exit = is_wrong_use(policy.error()) ? Exit::kWrongUse : Exit::kFailed;
    return report_failure(policy.error(), exit, command.json, output);
  }
  auto manifest = read_manifest_of(command, *policy);
  if (!manifest) return report_failure(manifest.error(), Exit::kFailed, command.json, output);
  auto outcomes = outcomes_by_capability(*policy, *manifest);
  auto effective = effective_permissions(*policy, std::nullopt, *manifest);
  if (command.json) {
    output.json(to_json(*manifest, outcomes, effective.has_value()));
  } else {
    print_text(output, outcomes);
  }
  if (effective) return Exit::kDone;
  print_error(effective.error());
  return Exit::kFailed;
}

}  // namespace theater::cli
