// The handler `timing`: the time, waiting for it, and calls at regular times. See README.md in this
// folder.
#pragma once

#include "theater/actor/handler/handler.h"

namespace theater {

// Safe from any thread.
class TimingHandler final : public Handler {
 public:
  TimingHandler();

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
  std::unique_ptr<Holdings> make_holdings() const override;
};

}  // namespace theater
