// One actor's part of timing: the wait that its guest is in, if it is in one.
#pragma once

#include "theater/actor/host_function.h"
#include "theater/actor/session.h"
#include "theater/handlers/timing/wait.h"

#include <cstdint>
#include <memory>

namespace theater {

// Used by one actor's turn only. A guest waits for one thing at a time; with the session the wait
// ends.
class TimingSession final : public Session {
 public:
  explicit TimingSession(const SessionContext& context)
      : permissions_(context.permissions), clock_(context.clock), timers_(context.timers) {}
  ~TimingSession() override;

  // All times in milliseconds.
  uint64_t now() const;

  Refusal refuses_sleep(uint64_t duration) const;
  void sleep(uint64_t duration, WaitReply reply);

  Refusal refuses_deadline(uint64_t timestamp) const;
  void deadline(uint64_t timestamp, WaitReply reply);

 private:
  const Permissions& permissions_;
  const Clock& clock_;
  Timers& timers_;
  std::weak_ptr<Wait> wait_;  // Gone when it is over.
};

}  // namespace theater
