#include "theater/cli/options/policy_options.h"

#include <system_error>
#include <utility>

namespace theater::cli {

void private_host_option(OptionParser& parser, std::vector<std::string>& hosts) {
  parser.repeated_option(
      "--private-host", "HOST", [&](const std::string& text) { hosts.push_back(text); },
      "read http(s) addresses from this host although it is in a private network; may be repeated");
}

void policy_options(OptionParser& parser, PolicyOptions& options) {
  parser.repeated_option(
      "--grant", "GRANT", [&](const std::string& text) { options.grants.push_back(text); },
      "allow the actors this, such as environment:vars=NAME; may be repeated");
  private_host_option(parser, options.private_hosts);
  parser.option("--policy", "FILE", options.policy,
                "read the operator's policy from a policy.toml");
}

Result<Policy> operator_policy(const PolicyOptions& options) {
  Policy policy =
      options.policy.empty() ? Policy::default_policy() : THEATER_TRY(Policy::read(options.policy));
  std::error_code failed;
  std::filesystem::path here = std::filesystem::current_path(failed);
  if (failed) return fail(ErrorCode::kIo, "the current folder is gone: {}", failed.message());
  for (const std::string& grant : options.grants) {
    auto added = policy.add_grant(grant, here);
    if (!added)
      return Failure(std::move(added).error().with_context(fmt::format("--grant {}", grant)));
  }
  for (const std::string& host : options.private_hosts) {
    auto added = policy.add_private_host(host);
    if (!added)
      return Failure(std::move(added).error().with_context(fmt::format("--private-host {}", host)));
  }
  return policy;
}

Exit exit_of_policy(const Error& error) {
  const std::vector<std::string>& context = error.context();
  bool is_option = !context.empty() && (context.back().starts_with("--grant ") ||
                                        context.back().starts_with("--private-host "));
  return is_option ? Exit::kWrongUse : Exit::kFailed;
}

}  // namespace theater::cli
