// What a replay of actors of one component needs, for the benchmarks that replay them.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/check.h"
#include "theater/engine/engine.h"
#include "theater/replay/replay.h"
#include "theater/store/blob_store.h"

#include <memory>
#include <string>
#include <vector>

#include "expect.h"

namespace theater::bench {

// The component is compiled before anything is timed.
class RecordedComponents final : public replay::Components {
 public:
  // Engine and blobs outlive the object; states come from `blobs`, if there are any.
  RecordedComponents(engine::Engine& engine, ByteView component, const BlobStore* blobs = nullptr)
      : engine_(engine), component_(expect(engine.compile(component))), blobs_(blobs) {}

  Result<Loaded> load(const Hash& digest) override {
    THEATER_CHECK(component_->digest() == digest, "the record is of another component");
    Loaded loaded;
    loaded.digest = digest;
    std::vector<engine::HostBinding> bindings;
    for (const engine::FunctionDecl& import : component_->imports()) {
      auto number = static_cast<uint32_t>(bindings.size());
      bindings.push_back({import.name, engine::HostMode::kImmediate, number});
      loaded.imports.push_back(import);
    }
    loaded.program = THEATER_TRY(engine_.link(component_, bindings));
    return loaded;
  }
  Result<Bytes> state(const Hash& digest) override {
    if (blobs_ == nullptr) return fail(ErrorCode::kNotFound, "no states");
    return blobs_->get(digest);
  }
  const std::string& engine() const override { return engine_.identity(); }

 private:
  engine::Engine& engine_;
  std::shared_ptr<const engine::Component> component_;
  const BlobStore* blobs_;
};

}  // namespace theater::bench
