#include "theater/cli/commands/validate.h"

#include "theater/cli/options/operator_reader.h"
#include "theater/cli/options/shared_options.h"
#include "theater/store/home.h"
#include "theater/views/validation.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

void define(OptionParser& parser, ValidateOptions& options) {
  parser.argument("MANIFEST", options.manifest);
  policy_options(parser, options.policy);
  json_option(parser, options.json);
}

Exit run(const ValidateOptions& options, Output& output) {
  auto policy = operator_policy(options.policy);
  if (!policy)
    return report_failure(policy.error(), exit_of_policy(policy.error()), options.json, output);
  auto reading = OperatorReader::create(home_folder({}), *policy);
  if (!reading) return report_failure(reading.error(), Exit::kFailed, options.json, output);
  views::Validation validation =
      views::validate_manifest(options.manifest, *policy, reading->reader());
  if (options.json) output.json(views::validation_json(validation));
  for (const std::string& warning : validation.warnings)
    print_warning(warning);
  for (const Error& problem : validation.problems)
    print_error(problem);
  if (!validation.problems.empty()) return Exit::kFailed;
  if (!options.json) output.text(views::validation_text(validation));
  return Exit::kDone;
}

}  // namespace

const CommandOf<ValidateOptions> kValidateCommand = {
    {.name = "validate",
     .usage = "MANIFEST [options]",
     .summary = "check a manifest, its component and its permissions",
     .details = R"(Reads the manifest, compiles its component, binds it to the handlers, and
computes the permissions under the given policy. The command runs none of it. It
lists all problems, not only the first. MANIFEST is as for `theater run`.)",
     .examples = R"(theater validate manifest.toml
theater validate manifest.toml --grant environment:vars=API_URL
theater validate manifest.toml --policy policy.toml)"},
    define,
    run};

}  // namespace theater::cli
