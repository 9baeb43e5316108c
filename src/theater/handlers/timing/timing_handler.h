// The handler `timing`: the time, and waiting for it. See README.md in this folder.
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
  std::span<const std::string> exports() const override { return {}; }
  std::span<const HostFunction> host_functions() const override { return host_functions_; }
  std::span<const ExportFunction> export_functions() const override { return {}; }
  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;

 private:
  std::vector<std::string> imports_;
  std::vector<HostFunction> host_functions_;
};

}  // namespace theater
