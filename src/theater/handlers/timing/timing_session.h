// One actor's part of timing: the wait that its guest is in, if it is in one, and its intervals.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/handlers/timing/interval.h"
#include "theater/handlers/timing/wait.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace theater {

// Used by one actor's turn only. A guest waits for one thing at a time; with the session the wait
// and all intervals end.
class TimingSession final : public Session {
 public:
  using Said = tl::expected<void, std::string>;

  static constexpr size_t kIntervalsMax = 16;
  static constexpr size_t kNameBytesMax = 256;

  // `tick` is what intervals call.
  TimingSession(const SessionContext& context, const ExportFunction& tick)
      : actor_(context.actor),
        permissions_(context.permissions),
        clock_(context.clock),
        timers_(context.timers),
        tick_(tick) {}
  ~TimingSession() override;

  // Starts the intervals that the actor had, each with a full period. Leaves out what the actor may
  // not have any more.
  void restore(ByteView held) override;

  // All times in milliseconds.
  uint64_t now() const;

  Refusal refuses_sleep(uint64_t duration) const;
  void sleep(uint64_t duration, WaitReply reply);

  Refusal refuses_deadline(uint64_t timestamp) const;
  void deadline(uint64_t timestamp, WaitReply reply);

  Refusal refuses_interval(uint64_t every) const;
  Said start_interval(std::string_view name, uint64_t every);
  Refusal refuses_intervals() const;
  Said stop_interval(std::string_view name);

 private:
  void start(std::string_view name, uint64_t every, std::shared_ptr<GuestCalls> calls);
  Refusal refuses_time(std::string_view what, uint64_t time) const;

  ActorContext& actor_;
  const Permissions& permissions_;
  const Clock& clock_;
  Timers& timers_;
  const ExportFunction& tick_;
  std::weak_ptr<Wait> wait_;  // Gone when it is over.
  std::map<std::string, std::shared_ptr<Interval>, std::less<>> intervals_;
};

}  // namespace theater
