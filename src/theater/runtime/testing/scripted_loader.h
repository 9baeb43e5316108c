// Scripted components for a runtime: their bytes are their names.
#pragma once

#include "theater/actor/testing/scripted_guest.h"
#include "theater/runtime/component_loader.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace theater::testing {

// Set up on one thread; after that it is safe from any.
class ScriptedLoader final : public ComponentLoader {
 public:
  void add(const std::string& name, ScriptedComponent component) {
    component.named(name);
    components_.emplace(name, std::move(component));
  }
  // Called before a component is loaded, with its name, on the thread that does it.
  std::function<void(std::string_view)> before_load;
  // How often something was loaded.
  int loads() const { return loads_.load(); }

  const std::map<std::string, ScriptedComponent>& components() const { return components_; }

  const std::string& identity() const override { return identity_; }
  Result<std::shared_ptr<const LoadedComponent>> load(ByteView bytes) override {
    ++loads_;
    if (before_load) before_load(as_text(bytes));
    auto found = components_.find(std::string(as_text(bytes)));
    if (found == components_.end()) return fail(ErrorCode::kInvalidArgument, "not a component");
    return std::make_shared<const Loaded>(found->second);
  }

 private:
  class Loaded final : public LoadedComponent {
   public:
    explicit Loaded(ScriptedComponent component)
        : component_(std::move(component)), digest_(component_.digest()) {}
    const Hash& digest() const override { return digest_; }
    ComponentShape shape() const override { return component_.shape(); }
    Result<std::shared_ptr<const engine::Program>> link(
        std::span<const engine::HostBinding> bindings) const override {
      return component_.link(bindings);
    }

   private:
    ScriptedComponent component_;
    Hash digest_;
  };

  std::map<std::string, ScriptedComponent> components_;
  std::atomic<int> loads_ = 0;
  std::string identity_ = "scripted";
};

}  // namespace theater::testing
