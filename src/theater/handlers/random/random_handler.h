// The handler `random`: bytes, integers, fractions and UUIDs, from a generator that each instance
// of an actor has for itself. See README.md in this folder.
#pragma once

#include "theater/actor/handler/handler.h"

namespace theater {

// Safe from any thread.
class RandomHandler final : public Handler {
 public:
  RandomHandler();

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
};

}  // namespace theater
