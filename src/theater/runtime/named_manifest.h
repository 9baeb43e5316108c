// Manifests as an operator names them: by a file, a folder or an address.
//
// A folder stands for the `manifest.toml` in it. An address is http(s)://… or store://… and is read
// in the operator's name (references.h).
#pragma once

#include "theater/base/result.h"
#include "theater/manifest/manifest.h"
#include "theater/runtime/references.h"

#include <filesystem>

namespace theater {

// Whether `path` names a manifest rather than a component: a folder, or something called *.toml.
bool names_manifest(const std::filesystem::path& path);

// Reads the manifest that `given` names. Fails with kNotFound, naming the file that is missing, and
// for an address as parse_reference() and read_manifest_text() do.
Result<ManifestText> read_named_manifest(const std::filesystem::path& given,
                                         const ReferenceReader& reader);

// Reads the manifest that another manifest refers to. Fails as read_manifest_text() does.
Result<ManifestText> read_referenced_manifest(const Reference& reference,
                                              const ReferenceReader& reader);

// Parses a manifest whose initial state is not known: its placeholders stay. Fails as
// parse_manifest() does.
Result<Manifest> parse_without_state(const ManifestText& manifest);

}  // namespace theater
