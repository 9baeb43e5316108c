#include "theater/runtime/replay_components.h"

#include "theater/engine/component.h"

#include <utility>
#include <vector>

namespace theater {

namespace {

// Binds every import to the replay, under the import's number.
Result<replay::Components::Loaded> link(engine::Engine& engine,
                                        std::shared_ptr<const engine::Component> component) {
  replay::Components::Loaded loaded;
  loaded.digest = component->digest();
  std::vector<engine::HostBinding> bindings;
  for (const engine::FunctionDecl& import : component->imports()) {
    bindings.push_back({.name = import.name,
                        .mode = engine::HostMode::kImmediate,
                        .function = static_cast<uint32_t>(loaded.imports.size())});
    loaded.imports.push_back(import);
  }
  loaded.program = THEATER_TRY(engine.link(std::move(component), bindings));
  return loaded;
}

}  // namespace

Result<Hash> ReplayComponents::add(ByteView source) {
  auto component = THEATER_TRY(cache_ ? cache_->compile(source) : engine_.compile(source));
  Loaded loaded = THEATER_TRY(link(engine_, std::move(component)));
  Hash digest = loaded.digest;
  loaded_.insert_or_assign(digest, std::move(loaded));
  return digest;
}

Result<replay::Components::Loaded> ReplayComponents::load(const Hash& digest) {
  if (auto known = loaded_.find(digest); known != loaded_.end()) return known->second;
  Bytes source = THEATER_TRY_CONTEXT(blobs_(digest), "component {}", digest.to_string());
  Hash added = THEATER_TRY_CONTEXT(add(source), "component {}", digest.to_string());
  if (added != digest) {
    return fail(ErrorCode::kCorrupt, "the component {} compiles to one with the digest {}",
                digest.to_string(), added.to_string());
  }
  return loaded_.at(digest);
}

}  // namespace theater
