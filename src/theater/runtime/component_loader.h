// Where components come from, as far as the runtime cares: bytes in, something that can be linked
// out.
//
// The node's loader compiles with the engine; tests load guests that are written in C++.
#pragma once

#include "theater/actor/handler/binding.h"
#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/engine/engine.h"
#include "theater/runtime/compiled_cache.h"

#include <memory>
#include <span>
#include <string>

namespace theater {

// Immutable, safe from any thread.
class LoadedComponent {
 public:
  virtual ~LoadedComponent() = default;

  virtual const Hash& digest() const = 0;
  // Valid as long as this object.
  virtual ComponentShape shape() const = 0;
  // Joins it to the functions it imports; `bindings` has all of them.
  virtual Result<std::shared_ptr<const engine::Program>> link(
      std::span<const engine::HostBinding> bindings) const = 0;
};

// Safe from any thread.
class ComponentLoader {
 public:
  virtual ~ComponentLoader() = default;

  // Everything that affects what its guests compute, as one line of text.
  virtual const std::string& identity() const = 0;
  // Slow. Fails with kInvalidArgument, saying what is wrong with the bytes.
  virtual Result<std::shared_ptr<const LoadedComponent>> load(ByteView bytes) = 0;
};

// Loads with an engine, and with the cache of what that engine has compiled, if there is one. Both
// outlive it; the engine outlives all that it loads.
class EngineLoader final : public ComponentLoader {
 public:
  explicit EngineLoader(engine::Engine& engine, CompiledCache* cache = nullptr)
      : engine_(engine), cache_(cache) {}

  const std::string& identity() const override { return engine_.identity(); }
  Result<std::shared_ptr<const LoadedComponent>> load(ByteView bytes) override;

 private:
  engine::Engine& engine_;
  CompiledCache* const cache_;
};

}  // namespace theater
