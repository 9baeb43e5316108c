#include "dice_session.h"

#include <utility>

namespace theater {

DiceSession::DiceSession(const SessionContext& context, Dice dice,
                         std::shared_ptr<ScoreSheet> sheet)
    : permissions_(context.permissions),
      timers_(context.timers),
      jobs_(context.jobs),
      dice_(std::move(dice)),
      sheet_(std::move(sheet)) {}

DiceSession::~DiceSession() {
  timers_.cancel(timer_);
}

Refusal DiceSession::refuses(std::string_view right) const {
  if (permissions_.custom && permissions_.custom->allows(right)) return std::nullopt;
  return fmt::format("custom:rights={}", right);
}

void DiceSession::shake(Responder<Rolled> reply, uint32_t sides, uint32_t ms) {
  if (ms > kShakeMsMax) {
    return std::move(reply).answer(tl::unexpected(
        fmt::format("dice are shaken for at most {} ms, and not for {}", kShakeMsMax, ms)));
  }
  // Rolled now, on the turn that the dice belong to: the timer's thread only answers. A function
  // that waits is called once at a time, so there is one timer; it owns what it touches.
  auto waiting = std::make_shared<Responder<Rolled>>(std::move(reply));
  timer_ = timers_.after(std::chrono::milliseconds(ms), [waiting, rolled = dice_.roll(sides)] {
    std::move(*waiting).answer(rolled);
  });
}

void DiceSession::write_score(Responder<Written> reply, std::string line) const {
  if (Written checked = ScoreSheet::check(line); !checked) return std::move(reply).answer(checked);
  auto waiting = std::make_shared<Responder<Written>>(std::move(reply));
  bool taken = jobs_.submit([waiting, sheet = sheet_, line = std::move(line)] {
    std::move(*waiting).answer(sheet->add(line));
  });
  if (!taken) {
    std::move(*waiting).answer(
        tl::unexpected(std::string("the node has too much to write: try later")));
  }
}

}  // namespace theater
