// What a replay in this process runs: components from a home's blobs, compiled by an engine, and
// joined to no handler.
#pragma once

#include "theater/engine/engine.h"
#include "theater/replay/replay.h"
#include "theater/store/blob_store.h"

#include <map>

namespace theater::cli {

// Not thread-safe. Engine and blobs outlive it.
class ReplayComponents final : public replay::Components {
 public:
  ReplayComponents(engine::Engine& engine, const BlobStore& blobs)
      : engine_(engine), blobs_(blobs) {}

  // Makes a component known that the blobs do not have, and returns its digest. Fails as
  // Engine::compile() and Engine::link() do.
  Result<Hash> add(ByteView source);

  Result<Loaded> load(const Hash& digest) override;
  Result<Bytes> state(const Hash& digest) override { return blobs_.get(digest); }
  const std::string& engine() const override { return engine_.identity(); }

 private:
  engine::Engine& engine_;
  const BlobStore& blobs_;
  std::map<Hash, Loaded> loaded_;
};

}  // namespace theater::cli
