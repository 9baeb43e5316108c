// The handler `environment`: the host's environment variables, as far as an actor may see them. See
// README.md in this folder.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/handlers/environment/host_variables.h"

namespace theater {

// Safe from any thread.
class EnvironmentHandler final : public Handler {
 public:
  explicit EnvironmentHandler(HostVariables variables);

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;

 private:
  HostVariables variables_;
};

}  // namespace theater
