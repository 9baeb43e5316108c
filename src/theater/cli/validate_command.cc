#include "theater/cli/commands.h"
#include "theater/cli/operator_reader.h"
#include "theater/cli/target.h"
#include "theater/cli/validation.h"
#include "theater/store/home.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Validation& validation) {
  Json problems = Json::array();
  for (const Error& problem : validation.problems) {
    problems.push_back(json_error(problem)["error"]);
  }
  Json children = Json::array();
  for (const ValidatedChild& child : validation.children)
    children.push_back({{"name", child.name}, {"component", child.component.to_string()}});
  bool valid = validation.problems.empty();
  return {{"valid", valid},
          {"name", validation.name.empty() ? Json() : Json(validation.name)},
          {"component", valid ? Json(validation.component.to_string()) : Json()},
          {"grants", validation.grants},
          {"children", std::move(children)},
          {"warnings", validation.warnings},
          {"problems", std::move(problems)}};
}

}  // namespace

Exit run(const ValidateCommand& command, Output& output) {
  auto policy = operator_policy(command.policy);
  if (!policy) {
    print_error(policy.error());
    return is_wrong_use(policy.error()) ? Exit::kWrongUse : Exit::kFailed;
  }
  auto reading = OperatorReader::create(home_folder({}), *policy);
  if (!reading) return report_failure(reading.error(), Exit::kFailed, command.json, output);
  Validation validation = validate_manifest(command.manifest, *policy, reading->reader());
  bool valid = validation.problems.empty();
  if (command.json) output.json(to_json(validation));
  for (const std::string& warning : validation.warnings)
    print_warning(warning);
  for (const Error& problem : validation.problems)
    print_error(problem);
  if (valid && !command.json) {
    output.line(
        fmt::format("OK: `{}`, component {}", validation.name, validation.component.to_string()));
    for (const std::string& grant : validation.grants)
      output.line("  may use " + grant);
    for (const ValidatedChild& child : validation.children)
      output.line(
          fmt::format("  child `{}`, component {}", child.name, child.component.to_string()));
  }
  return valid ? Exit::kDone : Exit::kFailed;
}

}  // namespace theater::cli
