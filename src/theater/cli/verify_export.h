// `theater verify FILE`: what it says of an export.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/arguments.h"
#include "theater/cli/output.h"
#include "theater/log/check/log_check.h"

#include <optional>
#include <string>

namespace theater::cli {

// The exit status that belongs to a verdict.
Exit exit_of(log::Verdict verdict);

// Checks the export in the file `command.subject`, and prints what came of it. `key` is that of the
// command line.
Exit verify_export(const VerifyCommand& command, const std::optional<log::VerifierKey>& key,
                   Output& output);

}  // namespace theater::cli
