// Where manifests came from.
//
// A manifest names folders that its actor asks for, and the files of its children, relative to its
// own folder, which its text does not say. A node that goes on after it was lost has the text from
// its blobs; here it finds the folder again: one small file for each manifest, named by its digest.
//
// No event speaks of it, and nothing is proved by it: where it is missing, relative paths are below
// the root of the file system.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"

#include <filesystem>
#include <utility>

namespace theater {

// Safe from any thread.
class ManifestOrigins {
 public:
  // The files are in `folder`, which is made when there is something to keep.
  explicit ManifestOrigins(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Of two manifests with the same text, the one that was kept last counts. Fails with kIo or
  // kResourceExhausted.
  Result<void> keep(const Hash& manifest, const std::filesystem::path& origin) const;

  std::filesystem::path origin_of(const Hash& manifest) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace theater
