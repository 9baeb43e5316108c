// A log whose node is lost between two events: those before are on disk, those after never were.
//
// The committer takes events in groups. So a test that copies the home sees a node lost only where
// its groups end. This log ends at any event, between two events of one turn, too.
#pragma once

#include "theater/log/writer/log.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace theater::testing {

// For one thread.
class LostLog final : public log::EventSink {
 public:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  explicit LostLog(log::Log& log) : log_(log) {}

  // The node is lost after so many events more. Then the log says that it has stopped.
  void lose_after(uint64_t events) { left_ = events; }
  bool is_lost() const { return is_lost_; }

  log::ActorNumber add_actor(const ActorId& id) override { return log_.add_actor(id); }
  void resume_actor(log::ActorNumber number, const ActorId& id) override {
    log_.resume_actor(number, id);
  }
  void append(log::ActorNumber actor, ByteView event, const Hash& hash,
              std::span<const log::DetachedBody> bodies, log::Durability durability) override {
    is_lost_ = is_lost_ || left_ == 0;
    if (is_lost_) return;
    --left_;
    log_.append(actor, event, hash, bodies, durability);
  }
  log::Salt make_salt() override { return log_.make_salt(); }
  bool has_room() const override { return is_lost_ || log_.has_room(); }
  void when_room(std::function<void()> then) override {
    is_lost_ ? then() : log_.when_room(std::move(then));
  }
  void when_durable(std::function<void(const std::optional<Error>&)> then) override {
    is_lost_ ? then(failure()) : log_.when_durable(std::move(then));
  }
  void when_committed(std::function<void(const std::optional<Error>&)> then) override {
    is_lost_ ? then(failure()) : log_.when_committed(std::move(then));
  }
  Result<void> flush() override {
    THEATER_TRY_VOID(log_.flush());
    return is_lost_ ? Result<void>(Failure(*failure())) : Result<void>();
  }
  void defer_wakeups() override { log_.defer_wakeups(); }
  bool end_deferral(log::CommitBy how) override { return log_.end_deferral(how); }
  uint64_t events_on_disk() const override { return log_.events_on_disk(); }
  std::optional<Error> failure() const override {
    if (is_lost_) return Error(ErrorCode::kIo, "the node was lost");
    return log_.failure();
  }

 private:
  log::Log& log_;
  uint64_t left_ = kNever;
  bool is_lost_ = false;
};

}  // namespace theater::testing
