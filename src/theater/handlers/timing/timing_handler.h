// The handler `timing`: the time, waiting for it, and calls at regular times. See README.md in this
// folder.
#pragma once

#include "theater/actor/handler.h"

#include <string>
#include <vector>

namespace theater {

// Safe from any thread.
class TimingHandler final : public Handler {
 public:
  TimingHandler();

  std::string_view name() const override { return "timing"; }
  std::span<const std::string> imports() const override { return imports_; }
  std::span<const std::string> exports() const override { return exports_; }
  std::span<const HostFunction> host_functions() const override { return host_functions_; }
  std::span<const ExportFunction> export_functions() const override { return {&tick_, 1}; }
  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;

 private:
  ExportFunction tick_;
  std::vector<std::string> imports_;
  std::vector<std::string> exports_;
  std::vector<HostFunction> host_functions_;
};

}  // namespace theater
