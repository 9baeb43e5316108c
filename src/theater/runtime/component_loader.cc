#include "theater/runtime/component_loader.h"

#include "theater/engine/component.h"

namespace theater {

namespace {

class CompiledComponent final : public LoadedComponent {
 public:
  CompiledComponent(engine::Engine& engine, std::shared_ptr<const engine::Component> component)
      : engine_(engine), component_(std::move(component)) {}

  const Hash& digest() const override { return component_->digest(); }
  ComponentShape shape() const override {
    return {component_->imports(), component_->exports(), component_->imported_interfaces(),
            component_->exported_interfaces()};
  }
  Result<std::shared_ptr<const engine::Program>> link(
      std::span<const engine::HostBinding> bindings) const override {
    return engine_.link(component_, bindings);
  }

 private:
  engine::Engine& engine_;
  // Shared with the programs that are linked from it.
  std::shared_ptr<const engine::Component> component_;
};

}  // namespace

Result<std::shared_ptr<const LoadedComponent>> EngineLoader::load(ByteView bytes) {
  auto component = THEATER_TRY(cache_ ? cache_->compile(bytes) : engine_.compile(bytes));
  return std::make_shared<const CompiledComponent>(engine_, std::move(component));
}

}  // namespace theater
