// The handler `runtime`: what every actor has, whether its manifest lists it or not.
//
// It offers theater:simple/runtime and calls theater:simple/actor. See README.md in this folder.
#pragma once

#include "theater/actor/handler.h"
#include "theater/handlers/runtime/host_facts.h"

#include <memory>
#include <string>
#include <vector>

namespace theater {

// Safe from any thread.
class RuntimeHandler final : public Handler {
 public:
  explicit RuntimeHandler(std::unique_ptr<const HostFacts> facts);

  std::string_view name() const override { return "runtime"; }
  std::span<const std::string> imports() const override { return imports_; }
  std::span<const std::string> exports() const override { return exports_; }
  std::span<const HostFunction> host_functions() const override { return host_functions_; }
  std::span<const ExportFunction> export_functions() const override;
  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
  bool always_active() const override { return true; }

 private:
  std::unique_ptr<const HostFacts> facts_;
  std::vector<std::string> imports_;
  std::vector<std::string> exports_;
  std::vector<HostFunction> host_functions_;
};

}  // namespace theater
