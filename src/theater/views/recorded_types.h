// The types of recorded components, for a command that shows a chain and runs no node.
//
// A component comes from a home's blobs or from an export. Its types need an engine, and the engine
// a compilation or the code that the home's node kept. Both happen when the first value needs them,
// so a chain whose types the handlers know costs neither.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/engine/engine.h"
#include "theater/runtime/compiled_cache.h"
#include "theater/store/home.h"
#include "theater/views/payload_types.h"

#include <functional>
#include <memory>
#include <optional>

namespace theater::views {

// What a compiled component imports and exports.
ComponentFunctions functions_of(const engine::Component& component);

// Returns content by its digest. Fails with kNotFound or kCorrupt.
using Blobs = std::function<Result<Bytes>(const Hash&)>;

// Loads types by the cache of a node, for a server. Safe from any thread if `blobs` is. The cache
// outlives it.
PayloadTypes::Load load_compiled(CompiledCache& compiled, Blobs blobs);

// Not thread-safe. What `blobs` refers to outlives it.
class RecordedTypes final {
 public:
  using Blobs = views::Blobs;

  // `home` is the home whose node may have kept compiled code; none for an export.
  explicit RecordedTypes(Blobs blobs, std::optional<HomeLayout> home = std::nullopt);

  RecordedTypes(const RecordedTypes&) = delete;
  RecordedTypes& operator=(const RecordedTypes&) = delete;

  // The home's own blobs, which may be missing: no component is known then.
  static Blobs blobs_of(const HomeLayout& home);

  PayloadTypes& types() { return types_; }

  // Components loaded so far.
  size_t loaded() const { return loaded_; }

 private:
  Result<ComponentFunctions> load(const Hash& digest);
  Result<void> open_engine();

  Blobs blobs_;
  std::optional<HomeLayout> home_;
  std::unique_ptr<engine::Engine> engine_;
  std::optional<CompiledCache> compiled_;
  size_t loaded_ = 0;
  PayloadTypes types_;
};

}  // namespace theater::views
