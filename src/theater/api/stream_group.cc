#include "theater/api/stream_group.h"

#include "theater/base/log.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace theater::api {

StreamGroup::~StreamGroup() {
  for (Followers* followers : {&together_, &alone_}) {
    for (auto& follower : *followers)
      follower->writer.finish();
  }
}

void StreamGroup::add(std::unique_ptr<StreamTrail> trail, uint64_t from, StreamClient client,
                      EventWriter writer) {
  trail->show_from(from);
  auto follower = std::make_unique<Follower>(
      Follower{std::move(client), std::move(writer), from, std::move(trail), nullptr});
  alone_.push_back(std::move(follower));
}

// Rights.

bool StreamGroup::may_read(Follower& follower, Time now) {
  if (!follower.client.holds || now - follower.asked < kHoldsPeriod) return true;
  follower.asked = now;
  return follower.client.holds();
}

// From the last client to the first, so that one who takes the place of another was looked at.
void StreamGroup::look_after(Followers& followers, Round& round, Time now) {
  if (round.left == 0) {
    round = {followers.size(), (followers.size() + kLooksAPeriod - 1) / kLooksAPeriod};
  }
  round.left = std::min(round.left, followers.size());
  for (size_t count = round.at_once; count > 0 && round.left > 0; --count) {
    --round.left;
    if (may_read(*followers[round.left], now)) continue;
    followers[round.left]->writer.finish();
    std::swap(followers[round.left], followers.back());
    followers.pop_back();
  }
}

void StreamGroup::look_after(Time now) {
  look_after(together_, of_together_, now);
  look_after(alone_, of_alone_, now);
}

void StreamGroup::forget_gone() {
  for (Followers* followers : {&together_, &alone_})
    std::erase_if(*followers, [](const auto& follower) { return follower->writer.is_closed(); });
}

// Sending.

bool StreamGroup::has_work() {
  if (together_.empty()) trail_.reset();
  if (trail_ != nullptr && trail_->may_have_more()) return true;
  return std::any_of(alone_.begin(), alone_.end(), [&](const auto& follower) {
    if (follower->unsent != nullptr) return may_have_room_;
    return trail_ == nullptr || follower->trail->next() <= trail_->next();
  });
}

bool StreamGroup::pump() {
  bool has_more = pump_together();
  has_more |= pump_alone();
  may_have_room_ = false;
  return has_more;
}

// Those who are together.

// Where the next client of those who are together wants to begin.
uint64_t StreamGroup::next_begin() const {
  uint64_t next = std::numeric_limits<uint64_t>::max();
  for (const auto& follower : together_) {
    if (follower->from > trail_->next()) next = std::min(next, follower->from);
  }
  return next;
}

bool StreamGroup::pump_together() {
  for (size_t texts = 0; texts < kTextsARound; ++texts) {
    if (together_.empty()) trail_.reset();
    if (trail_ == nullptr || !trail_->may_have_more()) return false;
    Result<StreamPiece> piece = trail_->read(next_begin());
    if (!piece) {
      end_together(&piece.error());
      return false;
    }
    if (piece->text != nullptr) send_together(*piece);
    if (piece->next == StreamPiece::Next::kOver) end_together(nullptr);
    if (piece->next != StreamPiece::Next::kMore) return false;
  }
  return true;
}

void StreamGroup::send_together(const StreamPiece& piece) {
  Followers staying;
  staying.reserve(together_.size());
  for (auto& follower : together_) {
    WriteOutcome sent = WriteOutcome::kTaken;
    if (follower->from < piece.to) sent = follower->writer.send(piece.text);
    if (sent == WriteOutcome::kTaken) {
      staying.push_back(std::move(follower));
    } else if (sent == WriteOutcome::kFull) {
      follower->trail = trail_->copy();
      follower->trail->show_from(follower->from);
      follower->unsent = piece.text;
      follower->ends = piece.next == StreamPiece::Next::kOver;
      alone_.push_back(std::move(follower));
    }
  }
  together_ = std::move(staying);
}

void StreamGroup::end_together(const Error* why) {
  if (why != nullptr) warn(*why);
  for (auto& follower : together_)
    follower->writer.finish();
  together_.clear();
  trail_.reset();
}

// Those who are alone.

bool StreamGroup::pump_alone() {
  bool has_more = false;
  for (size_t at = 0; at < alone_.size();) {
    Step step = pump(*alone_[at]);
    has_more |= step == Step::kMore;
    if (step == Step::kWait || step == Step::kMore) {
      ++at;
      continue;
    }
    std::unique_ptr<Follower> follower = std::move(alone_[at]);
    alone_[at] = std::move(alone_.back());
    alone_.pop_back();
    if (step == Step::kJoin) join(std::move(follower));
  }
  return has_more;
}

StreamGroup::Step StreamGroup::pump(Follower& follower) {
  if (follower.unsent != nullptr) {
    if (!may_have_room_) return Step::kWait;
    WriteOutcome sent = follower.writer.send(follower.unsent);
    if (sent == WriteOutcome::kFull) return Step::kWait;
    if (sent == WriteOutcome::kClosed) return Step::kGone;
    follower.unsent.reset();
  }
  if (follower.ends) {
    follower.writer.finish();
    return Step::kGone;
  }
  for (size_t texts = 0; texts < kTextsARound; ++texts) {
    if (is_with_others(follower)) return Step::kJoin;
    // The others come there, too.
    if (trail_ != nullptr && follower.trail->next() > trail_->next()) return Step::kWait;
    Step step = follow_trail(follower);
    if (step != Step::kMore) return step;
  }
  return Step::kMore;
}

StreamGroup::Step StreamGroup::follow_trail(Follower& follower) {
  uint64_t until = trail_ != nullptr ? trail_->next() : std::numeric_limits<uint64_t>::max();
  Result<StreamPiece> piece = follower.trail->read(until);
  if (!piece) {
    warn(piece.error());
    follower.writer.finish();
    return Step::kGone;
  }
  follower.ends = piece->next == StreamPiece::Next::kOver;
  if (piece->text != nullptr) {
    WriteOutcome sent = follower.writer.send(piece->text);
    if (sent == WriteOutcome::kClosed) return Step::kGone;
    if (sent == WriteOutcome::kFull) {
      follower.unsent = std::move(piece->text);
      return Step::kWait;
    }
  }
  if (follower.ends) {
    follower.writer.finish();
    return Step::kGone;
  }
  if (piece->next == StreamPiece::Next::kMore) return Step::kMore;
  // The first one that has come to the end waits there for the others.
  return trail_ == nullptr || is_with_others(follower) ? Step::kJoin : Step::kWait;
}

bool StreamGroup::is_with_others(const Follower& follower) const {
  return trail_ != nullptr && follower.trail->next() == trail_->next();
}

void StreamGroup::join(std::unique_ptr<Follower> follower) {
  if (trail_ == nullptr || follower->trail->knows_more_than(*trail_)) {
    trail_ = std::move(follower->trail);
    trail_->show_from(0);
  }
  follower->trail.reset();
  together_.push_back(std::move(follower));
}

void StreamGroup::warn(const Error& why) const {
  log_line(LogLevel::kWarn, {.actor = {}, .part = "api"}, "a stream of {} ends: {}", what_,
           why.to_string());
}

}  // namespace theater::api
