// The operator's policy, as a command line gives it.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/options/option_parser.h"
#include "theater/cli/terminal/output.h"
#include "theater/manifest/policy.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace theater::cli {

struct PolicyOptions {
  std::vector<std::string> grants;
  std::vector<std::string> private_hosts;
  std::filesystem::path policy;  // Empty for the default policy.
};

// Defines `--private-host`, for a command that reads addresses and starts nothing.
void private_host_option(OptionParser& parser, std::vector<std::string>& hosts);

// Defines `--grant`, `--private-host` and `--policy`.
void policy_options(OptionParser& parser, PolicyOptions& options);

// The policy of the file, or the default policy, with the grants and hosts added. Fails as reading
// the file does, and with kInvalidArgument for a grant or host that is none.
Result<Policy> operator_policy(const PolicyOptions& options);

// Exit status after a failure of operator_policy(): wrong use if a word of the command line is
// wrong, failure if the policy file is.
Exit exit_of_policy(const Error& error);

}  // namespace theater::cli
