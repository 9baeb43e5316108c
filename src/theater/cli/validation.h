// Everything that would keep an actor from starting, found without starting it: of the actor
// itself, and of the children that it declares, and so on down the tree.
#pragma once

#include "theater/base/error.h"
#include "theater/base/hash.h"
#include "theater/manifest/policy.h"
#include "theater/runtime/references.h"

#include <filesystem>
#include <string>
#include <vector>

namespace theater::cli {

// A child that a manifest declares, or a child of such a one.
struct ValidatedChild {
  std::string name;  // With those of the actors between: "team/worker".
  Hash component;
};

struct Validation {
  // How many declared children are looked at; more are a problem.
  static constexpr size_t kChildrenMax = 1000;

  std::string name;                      // Of the actor; empty if the manifest cannot be read.
  Hash component;                        // Its digest, if there are no problems.
  std::vector<std::string> grants;       // What the actor would get.
  std::vector<ValidatedChild> children;  // In the order of their start.
  std::vector<std::string> warnings;
  std::vector<Error> problems;  // In the order in which they would come up.
};

// `manifest` is a path or an address. Placeholders without a default are left as they are.
Validation validate_manifest(const std::filesystem::path& manifest, const Policy& policy,
                             const ReferenceReader& reader);

}  // namespace theater::cli
