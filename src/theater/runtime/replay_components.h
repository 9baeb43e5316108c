// Components for replays in this process.
//
// A replay runs the components that its record names. Their bytes come from a home's blobs or from
// an export, and the engine compiles them. No handler stands behind their imports: each import goes
// to the replay under its number.
#pragma once

#include "theater/engine/engine.h"
#include "theater/replay/replay.h"
#include "theater/runtime/compiled_cache.h"

#include <functional>
#include <map>
#include <utility>

namespace theater {

// Not thread-safe. The engine and everything that `blobs` refers to outlive it.
class ReplayComponents final : public replay::Components {
 public:
  // Returns content by its digest. Fails with kNotFound or kCorrupt.
  using Blobs = std::function<Result<Bytes>(const Hash&)>;

  // Without a cache, it compiles each component itself. The cache outlives it.
  ReplayComponents(engine::Engine& engine, Blobs blobs, CompiledCache* cache = nullptr)
      : engine_(engine), blobs_(std::move(blobs)), cache_(cache) {}

  // Adds a component that the blobs do not have, and returns its digest. Fails as
  // Engine::compile() and Engine::link() do.
  Result<Hash> add(ByteView source);

  // Compiles a component on its first use. Fails as `blobs` and add() do, and with kCorrupt if the
  // bytes compile to a component with another digest.
  Result<Loaded> load(const Hash& digest) override;
  Result<Bytes> state(const Hash& digest) override { return blobs_(digest); }
  const std::string& engine() const override { return engine_.identity(); }

 private:
  engine::Engine& engine_;
  Blobs blobs_;
  CompiledCache* const cache_;
  std::map<Hash, Loaded> loaded_;
};

}  // namespace theater
