#include "theater/views/recorded_types.h"

#include "theater/engine/component.h"
#include "theater/handlers/registry.h"
#include "theater/runtime/blob_component.h"
#include "theater/store/blob_store.h"

#include <utility>

namespace theater::views {

namespace {

// A look at a home changes nothing in it.
constexpr uint64_t kKeepNothing = 0;

Result<ComponentFunctions> functions_under(const Hash& digest, const engine::Component& component) {
  if (component.digest() == digest) return functions_of(component);
  return fail(ErrorCode::kCorrupt, "the component {} compiles to one with the digest {}",
              digest.to_string(), component.digest().to_string());
}

}  // namespace

PayloadTypes::Load load_compiled(CompiledCache& compiled, Blobs blobs) {
  return [&compiled, blobs = std::move(blobs)](const Hash& digest) -> Result<ComponentFunctions> {
    Bytes source = THEATER_TRY(blobs(digest));
    auto component = THEATER_TRY(compiled.compile(source));
    return functions_under(digest, *component);
  };
}

ComponentFunctions functions_of(const engine::Component& component) {
  return {{component.imports().begin(), component.imports().end()},
          {component.exports().begin(), component.exports().end()}};
}

RecordedTypes::RecordedTypes(Blobs blobs, std::optional<HomeLayout> home)
    : blobs_(std::move(blobs)),
      home_(std::move(home)),
      types_(make_handlers(), [this](const Hash& digest) { return load(digest); }) {}

RecordedTypes::Blobs RecordedTypes::blobs_of(const HomeLayout& home) {
  return [home](const Hash& digest) -> Result<Bytes> {
    auto store = THEATER_TRY(BlobStore::open_read_only(home.blobs()));
    return blob_component(digest, store.get());
  };
}

Result<void> RecordedTypes::open_engine() {
  if (engine_) return {};
  engine_ = THEATER_TRY(engine::Engine::create());
  if (!home_) return {};
  // Only a reader of the node's key can tell the node's own compiled code from a forgery.
  auto key = read_node_key(*home_);
  if (key) compiled_.emplace(*engine_, home_->cache(), *key, kKeepNothing);
  return {};
}

Result<ComponentFunctions> RecordedTypes::load(const Hash& digest) {
  Bytes source = THEATER_TRY(blobs_(digest));
  THEATER_TRY_VOID(open_engine());
  auto component = THEATER_TRY(compiled_ ? compiled_->compile(source) : engine_->compile(source));
  ++loaded_;
  return functions_under(digest, *component);
}

}  // namespace theater::views
