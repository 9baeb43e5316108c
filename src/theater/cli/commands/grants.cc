#include "theater/cli/commands/grants.h"

#include "theater/cli/options/operator_reader.h"
#include "theater/cli/options/shared_options.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/runtime/named_manifest.h"
#include "theater/store/home.h"
#include "theater/views/grants_view.h"
#include "theater/views/secrets_view.h"

#include <nlohmann/json.hpp>

#include <optional>

namespace theater::cli {

namespace {

void define(OptionParser& parser, GrantsOptions& options) {
  parser.argument("MANIFEST", options.manifest);
  policy_options(parser, options.policy);
  json_option(parser, options.json);
}

Result<Manifest> read_manifest_of(const GrantsOptions& options, const Policy& policy) {
  OperatorReader reading = THEATER_TRY(OperatorReader::create(home_folder({}), policy));
  ManifestText manifest = THEATER_TRY(read_named_manifest(options.manifest, reading.reader()));
  return parse_without_state(manifest);
}

Exit run(const GrantsOptions& options, Output& output) {
  auto policy = operator_policy(options.policy);
  if (!policy)
    return report_failure(policy.error(), exit_of_policy(policy.error()), options.json, output);
  auto manifest = read_manifest_of(options, *policy);
  if (!manifest) return report_failure(manifest.error(), Exit::kFailed, options.json, output);
  auto outcomes = outcomes_by_capability(*policy, *manifest);
  auto effective = effective_permissions(*policy, std::nullopt, *manifest);
  auto secrets = views::asked_secrets(*policy, *manifest);
  if (options.json) {
    views::Json shown = views::grants_json(*manifest, outcomes, effective.has_value());
    if (!secrets.empty()) shown["secrets"] = views::secrets_json(secrets);
    output.json(shown);
  } else {
    output.text(views::grants_text(outcomes) + views::secrets_text(secrets));
  }
  if (effective) return Exit::kDone;
  print_error(effective.error());
  return Exit::kFailed;
}

}  // namespace

const CommandOf<GrantsOptions> kGrantsCommand = {
    {.name = "grants",
     .usage = "MANIFEST [options]",
     .summary = "show what an actor asks for, what it gets and what is missing",
     .details = R"(Reads only the manifest, and shows for each capability that it asks for:

  asks      the most that the actor would take
  gets      the part that the given policy allows
  missing   the option to add, if the manifest insists on more

For each secret of the operator that the manifest names, it shows the requests
that may carry it, which actors get it, and what is missing.

Exit status 0 if nothing is missing, else 1. Values that `theater run --init`
fills in appear as their placeholders.)",
     .examples = R"(theater grants manifest.toml
theater grants manifest.toml --grant environment:vars=API_URL
theater grants manifest.toml --policy policy.toml --json)"},
    define,
    run};

}  // namespace theater::cli
