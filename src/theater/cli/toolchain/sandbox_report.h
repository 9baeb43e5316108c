// What keeps in the programs that actors start on this machine, told to the operator: by
// `theater doctor`, and by a server at its start.
#pragma once

#include "theater/sandbox/sandbox_features.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace theater::cli {

// A heading with the level, and a line for each protection that is weaker than elsewhere.
std::string sandbox_text(const SandboxFeatures& features);

// {"level", "missing": [TEXT]}
nlohmann::ordered_json sandbox_json(const SandboxFeatures& features);

// One line of the log.
void log_sandbox(const SandboxFeatures& features);

}  // namespace theater::cli
