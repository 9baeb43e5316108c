#include "theater/cli/commands.h"
#include "theater/cli/operator_reader.h"
#include "theater/cli/target.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/runtime/named_manifest.h"
#include "theater/store/home.h"
#include "theater/views/grants_view.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

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
    output.json(views::grants_json(*manifest, outcomes, effective.has_value()));
  } else {
    output.text(views::grants_text(outcomes));
  }
  if (effective) return Exit::kDone;
  print_error(effective.error());
  return Exit::kFailed;
}

}  // namespace theater::cli
