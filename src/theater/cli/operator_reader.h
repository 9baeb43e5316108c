// What the command line names, read in the operator's name: manifests, and what they refer to.
#pragma once

#include "theater/base/result.h"
#include "theater/manifest/policy.h"
#include "theater/net/fetch.h"
#include "theater/runtime/references.h"
#include "theater/store/blob_store.h"

#include <filesystem>
#include <memory>

namespace theater::cli {

// fetch(), which logs what it is about to read: it may take a while.
Fetch telling_fetch();

// Of a home that somebody may be writing to. For one thread.
class OperatorReader {
 public:
  // `home` as home_folder() gives it; it need not be there. Fails as BlobStore::open_read_only()
  // does.
  static Result<OperatorReader> create(const std::filesystem::path& home, const Policy& policy);

  // What was fetched once is not fetched again. Valid as long as the object, which may be moved.
  const ReferenceReader& reader() const { return reader_; }

 private:
  OperatorReader() = default;

  std::unique_ptr<BlobStore> blobs_;
  ReferenceReader reader_;
};

}  // namespace theater::cli
