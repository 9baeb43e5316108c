// A log that brings to disk what it is told to, when it is told to, and fails when it is told to.
#pragma once

#include "theater/base/guarded.h"
#include "theater/log/writer/event_sink.h"

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

namespace theater::testing {

// Its disk is a number: how many of the events that were appended would survive. Safe from any
// thread; a thread that commits or fails calls those that wait, one at a time.
class ManualLog final : public log::EventSink {
 public:
  log::ActorNumber add_actor(const ActorId& id) override;
  void resume_actor(log::ActorNumber, const ActorId&) override {}
  void append(log::ActorNumber actor, ByteView event, const Hash& hash,
              std::span<const log::DetachedBody> bodies, log::Durability durability) override;
  log::Salt make_salt() override { return {}; }
  bool has_room() const override { return !failure(); }
  void when_room(std::function<void()> then) override;
  void when_durable(std::function<void(const std::optional<Error>&)> then) override;
  void when_committed(std::function<void(const std::optional<Error>&)> then) override;
  Result<void> flush() override;
  // A caller that may commit brings everything to disk if a callback waits.
  bool end_deferral(log::CommitBy how) override;
  uint64_t events_on_disk() const override;
  std::optional<Error> failure() const override;

  // Brings so many more events to disk, or all.
  void commit(size_t events = SIZE_MAX);
  // Nothing is written from here on.
  void fail();

  // How many events are not on disk, and whether a callback waits for some of them.
  size_t pending() const;
  bool anybody_waits() const;
  // False for an event that was never appended here.
  bool is_pending(const Hash& event) const;
  // How many were appended before an event, which was too.
  size_t index_of(const Hash& event) const;

 private:
  using Waiter = std::function<void(const std::optional<Error>&)>;
  struct State {
    std::unordered_map<Hash, size_t> events;  // With how many were appended up to it.
    size_t on_disk = 0;
    uint64_t actors = 1;
    // In the order in which they came, with how many events each waits for.
    std::vector<std::pair<size_t, Waiter>> waiters;
    std::vector<std::function<void()>> room_waiters;
    bool calling = false;
    std::optional<Error> failure;
  };
  void call_waiters();

  Guarded<State> state_;
};

}  // namespace theater::testing
