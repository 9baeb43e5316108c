#include "theater/cli/target.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace theater::cli {

Result<Policy> operator_policy(const PolicyArguments& arguments) {
  Policy policy =
      arguments.policy ? THEATER_TRY(Policy::read(*arguments.policy)) : Policy::default_policy();
  std::error_code failed;
  std::filesystem::path here = std::filesystem::current_path(failed);
  if (failed) return fail(ErrorCode::kIo, "the current folder is gone: {}", failed.message());
  for (const std::string& grant : arguments.grants) {
    auto added = policy.add_grant(grant, here);
    if (!added) {
      return Failure(std::move(added).error().with_context(fmt::format("--grant {}", grant)));
    }
  }
  for (const std::string& host : arguments.private_hosts) {
    if (auto added = policy.add_private_host(host); !added) {
      return Failure(std::move(added).error().with_context(fmt::format("--private-host {}", host)));
    }
  }
  return policy;
}

bool is_wrong_use(const Error& policy_error) {
  const std::vector<std::string>& context = policy_error.context();
  return !context.empty() &&
         (context.back().starts_with("--grant ") || context.back().starts_with("--private-host "));
}

}  // namespace theater::cli
