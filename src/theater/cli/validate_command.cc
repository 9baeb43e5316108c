#include "theater/cli/commands.h"
#include "theater/cli/operator_reader.h"
#include "theater/cli/target.h"
#include "theater/store/home.h"
#include "theater/views/validation.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

Exit run(const ValidateCommand& command, Output& output) {
  auto policy = operator_policy(command.policy);
  if (!policy) {
    print_error(policy.error());
    return is_wrong_use(policy.error()) ? Exit::kWrongUse : Exit::kFailed;
  }
  auto reading = OperatorReader::create(home_folder({}), *policy);
  if (!reading) return report_failure(reading.error(), Exit::kFailed, command.json, output);
  views::Validation validation =
      views::validate_manifest(command.manifest, *policy, reading->reader());
  bool valid = validation.problems.empty();
  if (command.json) output.json(views::validation_json(validation));
  for (const std::string& warning : validation.warnings)
    print_warning(warning);
  for (const Error& problem : validation.problems)
    print_error(problem);
  if (valid && !command.json) output.text(views::validation_text(validation));
  return valid ? Exit::kDone : Exit::kFailed;
}

}  // namespace theater::cli
