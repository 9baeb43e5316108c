// Reads manifests and their references in the operator's name, for one command.
//
// A reference on the web is fetched once, however often the command reads it. Each fetch is
// announced in the log lines first, since it may take a while.
#pragma once

#include "theater/base/result.h"
#include "theater/manifest/policy.h"
#include "theater/net/fetch.h"
#include "theater/net/web_client.h"
#include "theater/runtime/references.h"
#include "theater/store/blob_store.h"

#include <filesystem>
#include <memory>

namespace theater::cli {

// fetch_with() that announces each address before it reads.
Fetch telling_fetch(WebClient& client);

// Works concurrently with a node in the home. For one thread.
class OperatorReader {
 public:
  // `home` is a result of home_folder(), and may be missing. Fails as BlobStore::open_read_only()
  // does.
  static Result<OperatorReader> create(const std::filesystem::path& home, const Policy& policy);

  // Valid as long as the object, which may move.
  const ReferenceReader& reader() const { return reader_; }

 private:
  OperatorReader() = default;

  std::unique_ptr<BlobStore> blobs_;
  ReferenceReader reader_;
};

}  // namespace theater::cli
