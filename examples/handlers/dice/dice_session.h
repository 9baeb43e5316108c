// One actor's dice.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"

#include <memory>
#include <string>
#include <string_view>

#include "dice.h"
#include "score_sheet.h"

namespace theater {

using Rolled = tl::expected<uint32_t, std::string>;
using Written = tl::expected<void, std::string>;

// Used by one actor's turn only.
class DiceSession final : public Session {
 public:
  static constexpr uint32_t kShakeMsMax = 60'000;

  DiceSession(const SessionContext& context, Dice dice, std::shared_ptr<ScoreSheet> sheet);
  // The guest then waits no longer for a shake in progress.
  ~DiceSession() override;

  // The right that is missing for `right`, "dice" or "dice/scores", as the grant that gives it.
  Refusal refuses(std::string_view right) const;

  Rolled roll(uint32_t sides) { return dice_.roll(sides); }
  void shake(Responder<Rolled> reply, uint32_t sides, uint32_t ms);
  void write_score(Responder<Written> reply, std::string line) const;

 private:
  const Permissions& permissions_;
  Timers& timers_;
  JobRunner& jobs_;
  Dice dice_;
  // Shared with the jobs, which may run when the session is gone.
  std::shared_ptr<ScoreSheet> sheet_;
  Timers::Id timer_ = 0;
};

}  // namespace theater
