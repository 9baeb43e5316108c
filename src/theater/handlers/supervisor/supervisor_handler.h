// The handler `supervisor`: actors that start and stop other actors, their children, and hear of
// their ends.
//
// It turns a guest's words into the actor's own doings (actor/children.h), and lets the actor call
// what actor/child_notice.h has; files, permissions and compilation are the runtime's business. See
// README.md in this folder.
#pragma once

#include "theater/actor/handler.h"

#include <string>
#include <vector>

namespace theater {

// Safe from any thread.
class SupervisorHandler final : public Handler {
 public:
  SupervisorHandler();

  std::string_view name() const override { return "supervisor"; }
  std::span<const std::string> imports() const override { return imports_; }
  std::span<const std::string> exports() const override { return exports_; }
  std::span<const HostFunction> host_functions() const override { return host_functions_; }
  std::span<const ExportFunction> export_functions() const override;
  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;

 private:
  std::vector<std::string> imports_;
  std::vector<std::string> exports_;
  std::vector<HostFunction> host_functions_;
};

}  // namespace theater
