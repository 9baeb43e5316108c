// What a path or an address on the command line stands for.
#pragma once

#include "theater/base/result.h"
#include "theater/cli/arguments.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/policy.h"
#include "theater/runtime/references.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace theater::cli {

// The manifest that `path` names: the file itself, or `manifest.toml` in it if it is a folder.
// Fails with kNotFound, naming what was looked for.
Result<std::filesystem::path> manifest_path(const std::filesystem::path& path);

// The absolute folder that a file is in.
std::filesystem::path folder_of(const std::filesystem::path& file);

// Whether it names a manifest rather than a component: a folder, or something called *.toml.
bool names_manifest(const std::filesystem::path& path);

// Without an initial state: placeholders stay as they are.
Result<Manifest> parse_without_state(const ManifestText& manifest);

// The one that `given` names: as manifest_path() finds it, or by an address (references.h). Fails
// as those do.
Result<ManifestText> read_named_manifest(const std::filesystem::path& given,
                                         const ReferenceReader& reader);
// The same of a reference in another manifest.
Result<ManifestText> read_referenced_manifest(const Reference& reference,
                                              const ReferenceReader& reader);

// The operator's policy: the file if there is one, else the default, and the rest on top.
Result<Policy> operator_policy(const PolicyArguments& arguments);

// Whether that failed for a word of the command line, rather than for the policy file.
bool is_wrong_use(const Error& policy_error);

}  // namespace theater::cli
