// Everything that would keep an actor from starting, found without starting it.
#pragma once

#include "theater/base/error.h"
#include "theater/base/hash.h"
#include "theater/manifest/policy.h"

#include <filesystem>
#include <string>
#include <vector>

namespace theater::cli {

struct Validation {
  std::string name;                 // Of the actor; empty if the manifest cannot be read.
  Hash component;                   // Its digest, if there are no problems.
  std::vector<std::string> grants;  // What the actor would get.
  std::vector<std::string> warnings;
  std::vector<Error> problems;  // In the order in which they would come up.
};

// Placeholders of the manifest without a default are left as they are.
Validation validate_manifest(const std::filesystem::path& manifest, const Policy& policy);

}  // namespace theater::cli
