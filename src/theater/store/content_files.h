// Contents as files: each in a file that is named by its digest, so that what is in it can be
// checked.
//
// The content store knows which of them are needed (content_store.h).
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"

#include <bitset>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <utility>

namespace theater {

// Safe from any thread.
class ContentFiles {
 public:
  explicit ContentFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Makes the folder.
  Result<void> prepare() const;

  // Writes a file, in place of one that is there; it is on disk when this returns. A crash leaves
  // the old one, the new one, or an unfinished one under another name.
  Result<void> write(const Hash& digest, ByteView content) const;

  // Removes a file. Fails with kNotFound or kIo.
  Result<void> remove(const Hash& digest) const;

  // Whether there is a file of this size.
  bool has(const Hash& digest, uint64_t size) const;

  // Fails with kCorrupt, naming the file, if it is missing or has another digest.
  Result<Bytes> read(const Hash& digest) const;

  struct Removed {
    uint64_t files = 0;
    uint64_t bytes = 0;
  };
  struct Found {
    Hash digest;
    bool is_unfinished = false;  // What a crash has left of a write(), or one that is under way.
    std::function<Result<void>()> remove;
  };
  // Calls `decide` for each file, which says whether it has called `remove`: under whatever keeps
  // others from needing it meanwhile. Files that are no contents stay. Fails with kIo.
  Result<Removed> sweep(const std::function<Result<bool>(const Found&)>& decide) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_of(const Hash& digest) const;
  std::filesystem::path file_of(const Hash& digest) const;

  std::filesystem::path folder_;
  // Folders whose names are on disk, by the first byte of what is in them: an earlier process may
  // have made one and been killed before that.
  mutable Guarded<std::bitset<256>> lasting_;
};

}  // namespace theater
