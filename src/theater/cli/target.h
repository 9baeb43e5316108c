// The operator's policy, as the command line gives it.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/arguments.h"
#include "theater/manifest/policy.h"

namespace theater::cli {

// The operator's policy: the file if there is one, else the default, and the rest on top.
Result<Policy> operator_policy(const PolicyArguments& arguments);

// Whether that failed for a word of the command line, rather than for the policy file.
bool is_wrong_use(const Error& policy_error);

}  // namespace theater::cli
