// Everything that would keep an actor from starting, found without starting it.
//
// A validation reads a manifest, its component and its permissions, and then the same of every
// child that the manifest declares, down the whole tree. It lists all problems, not only the first.
#pragma once

#include "theater/base/error.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/policy.h"
#include "theater/runtime/references.h"
#include "theater/views/json.h"

#include <filesystem>
#include <string>
#include <vector>

namespace theater::views {

// A child that a manifest declares, at any depth below the actor.
struct ValidatedChild {
  std::string name;  // With the names of the actors between: "team/worker".
  Hash component;
};

struct Validation {
  // Bound of the children that a validation reads; one more is a problem.
  static constexpr size_t kChildrenMax = 1000;

  std::string name;                      // The actor's; empty if the manifest cannot be read.
  Hash component;                        // Its digest, if there are no problems.
  std::vector<std::string> grants;       // Permissions that the actor would get.
  std::vector<ValidatedChild> children;  // In the order of their start.
  std::vector<std::string> warnings;
  std::vector<Error> problems;  // In the order in which a start would meet them.
};

// `manifest` is a path or an address. Placeholders without a default stay as they are. Failures are
// problems of the result.
Validation validate_manifest(const std::filesystem::path& manifest, const Policy& policy,
                             const ReferenceReader& reader);

// Compiles the component of a manifest, binds it to the handlers of this build and links it, as a
// start does after it has looked at permissions. Fails with everything that does not fit.
Result<void> check_component(const Manifest& manifest, const ReferenceReader& reader);

Json validation_json(const Validation& validation);

// For a validation without problems.
std::string validation_text(const Validation& validation);

}  // namespace theater::views
