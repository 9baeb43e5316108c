// What a node knows of manifests in addition to their text.
//
// A manifest names folders that its actor asks for, and what its children are made from, relative
// to its own place, which its text does not say. If an actor continued from the state of another,
// its placeholders were filled in from a state that it never had. A recovered node has the text of
// a manifest from its blobs. It finds the rest here: small files, each of which is named by the
// digest of its manifest.
//
// No event speaks of it, and nothing is proved by it: where it is missing, relative paths are below
// the root of the file system.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/manifest/reference_text.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace theater {

// Safe from any thread.
class ManifestOrigins {
 public:
  // The files are in `folder`, which is made when there is something to keep.
  explicit ManifestOrigins(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Of two manifests with the same text, the one that was kept last counts. Fails with kIo or
  // kResourceExhausted. So does the other.
  Result<void> keep(const Hash& manifest, const ManifestPlace& place) const;
  // `context` is the digest of the state, which the blobs have.
  Result<void> keep_context(const Hash& manifest, const Hash& context) const;

  ManifestPlace place_of(const Hash& manifest) const;
  std::optional<Hash> context_of(const Hash& manifest) const;

 private:
  Result<void> keep(const std::string& name, std::string_view text) const;
  std::optional<std::string> kept(const std::string& name) const;

  std::filesystem::path folder_;
};

}  // namespace theater
