// The handler `runtime`: what every actor has, whether its manifest lists it or not.
//
// It offers theater:simple/runtime and theater:messages/callers, and calls theater:simple/actor.
// See README.md in this folder.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/handlers/runtime/host_facts.h"

#include <memory>

namespace theater {

// Safe from any thread.
class RuntimeHandler final : public Handler {
 public:
  explicit RuntimeHandler(std::unique_ptr<const HostFacts> facts);

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
  bool always_active() const override { return true; }

 private:
  std::unique_ptr<const HostFacts> facts_;
};

}  // namespace theater
