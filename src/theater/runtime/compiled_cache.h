// Compiled code of components, kept in the home from one run to the next.
//
// Compiling takes from milliseconds to seconds (a guest that holds a Python takes the longest), and
// loading what was compiled takes a fraction of that. The cache has a file for each component and
// engine, named by the digests of both. The code is native: the engine loads only bytes that carry
// an authentication code under a key of the home (Engine::serialize()), and a file under another
// component's name is no hit. Whatever is wrong with a file, the component is compiled, and the
// file is made again. So every file may be deleted at any time.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/base/signing_key.h"
#include "theater/engine/component.h"
#include "theater/engine/engine.h"

#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>

namespace theater {

// Safe from any thread.
class CompiledCache {
 public:
  using Compiled = Result<std::shared_ptr<const engine::Component>>;

  // The bytes of all files; beyond it, those that were not used for longest go.
  static constexpr uint64_t kBytesMax = uint64_t{1} << 30;

  // The files are in `folder`, which is made with the first of them. With `bytes_max` 0 it keeps
  // nothing, and only reads what is there. The engine outlives the cache.
  CompiledCache(engine::Engine& engine, std::filesystem::path folder, const SigningKey& key,
                uint64_t bytes_max = kBytesMax);

  // A component of its binary form or its text: one that is in use, or loaded from the cache, or
  // compiled and then kept. Of several that ask for one component at a time, one compiles and the
  // others wait. Slow. Fails as Engine::compile() does; what cannot be read or kept is compiled.
  Compiled compile(ByteView source);

  // What it has done so far. A component that was in use is in neither.
  struct Counts {
    uint64_t loaded = 0;
    uint64_t compiled = 0;
  };
  Counts counts() const;

 private:
  using InUse = std::map<Hash, std::weak_ptr<const engine::Component>>;
  struct State {
    InUse in_use;
    std::map<Hash, std::shared_future<Compiled>> in_progress;
    Counts counts;
  };

  Compiled load_or_compile(ByteView binary, const Hash& digest);
  Compiled load(const std::filesystem::path& file, const Hash& digest);
  // Losing this costs a compilation, so a failure is a line of the node's log.
  void keep(const std::filesystem::path& file, const engine::Component& component);
  void make_room(uint64_t bytes);

  engine::Engine& engine_;
  const std::filesystem::path folder_;
  const Hash key_;
  const std::string engine_name_;  // The end of the names of its files.
  const uint64_t bytes_max_;
  Guarded<State> state_;
};

}  // namespace theater
