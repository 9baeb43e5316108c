// What a replay in this process runs: components from a home's blobs or from an export, compiled by
// an engine, and joined to no handler.
#pragma once

#include "theater/engine/engine.h"
#include "theater/replay/replay.h"

#include <functional>
#include <map>
#include <utility>

namespace theater::cli {

// Not thread-safe. The engine, and what `blobs` refers to, outlive it.
class ReplayComponents final : public replay::Components {
 public:
  // Content by its digest; fails with kNotFound or kCorrupt.
  using Blobs = std::function<Result<Bytes>(const Hash&)>;

  ReplayComponents(engine::Engine& engine, Blobs blobs)
      : engine_(engine), blobs_(std::move(blobs)) {}

  // Makes a component known that the blobs do not have, and returns its digest. Fails as
  // Engine::compile() and Engine::link() do.
  Result<Hash> add(ByteView source);

  Result<Loaded> load(const Hash& digest) override;
  Result<Bytes> state(const Hash& digest) override { return blobs_(digest); }
  const std::string& engine() const override { return engine_.identity(); }

 private:
  engine::Engine& engine_;
  Blobs blobs_;
  std::map<Hash, Loaded> loaded_;
};

}  // namespace theater::cli
