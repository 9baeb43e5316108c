// Makes the events of an actor: in its chain in memory, and in the log on disk.
//
// The chain encodes and hashes each event. The same bytes go to the log, if the actor is durable.
// The recorder detaches large payloads: the event then holds a salted hash, and the log keeps the
// bytes in a body file.
#pragma once

#include "theater/actor/cell/whole_chain.h"
#include "theater/actor/handler/actor_holdings.h"
#include "theater/log/event/chain.h"
#include "theater/log/writer/event_sink.h"
#include "theater/manifest/manifest.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>

namespace theater {

// The durability as events have it.
log::Durability recorded(Durability durability);

// Not thread-safe: only the worker that runs the actor's turn.
class Recorder {
 public:
  // A larger payload is detached.
  static constexpr uint64_t kInlineBytesMax = 4096;

  // The log of a durable actor, and its settings. The log outlives the recorder.
  struct Disk {
    log::EventSink& log;
    log::ActorNumber actor;
    log::Durability durability = log::Durability::kSync;
    uint64_t inline_bytes_max = kInlineBytesMax;
    // The log keeps inputs only, and what a delivery may still need.
    bool inputs_only = false;
  };
  // The settings of a manifest whose durability is not `memory`.
  static Disk disk(log::EventSink& log, log::ActorNumber actor, const ManifestLog& wanted);

  explicit Recorder(std::optional<Disk> disk = std::nullopt,
                    size_t bytes_max = log::Chain::kBytesMax)
      : chain_(bytes_max), is_full_ring_(bytes_max == log::Chain::kBytesMax), disk_(disk) {}
  // Continues a chain.
  Recorder(const Disk& disk, log::Chain chain, size_t bytes_max = log::Chain::kBytesMax)
      : chain_(std::move(chain)), is_full_ring_(bytes_max == log::Chain::kBytesMax), disk_(disk) {
    chain_.keep_at_most(bytes_max);
  }

  // From here on the recorder also gives each event to `holdings`, which outlives it.
  void feed(ActorHoldings& holdings) {
    holdings_ = &holdings;
    if (!is_durable()) holdings.budget().leave_log_out();
  }

  // Keeps a copy of the whole chain, which begins here.
  void keep_whole() { whole_ = std::make_shared<WholeChain>(); }
  std::shared_ptr<const WholeChain> whole_chain() const { return whole_; }

  // The clock is read once a turn; events of one turn have one time.
  void begin_turn(uint64_t wall_us) { time_us_ = wall_us; }
  uint64_t time_us() const { return time_us_; }

  // kRemovable detaches payloads of any size from their event, so that an operator can remove the
  // bytes, such as credentials, and the proof stays whole.
  enum class Payloads : uint8_t { kBySize, kRemovable };

  // `body` may borrow its payloads, but not from the chain itself. Never waits for the disk.
  log::EventRef record(log::Body body, Payloads payloads = Payloads::kBySize);

  // Whether the log takes more. While it does not, the owner must run no guest. when_room() calls
  // `then` once: on the committing thread when the log has room, or when the log has stopped.
  bool has_room() const { return !disk_ || disk_->log.has_room(); }
  void when_room(std::function<void()> then) { disk_->log.when_room(std::move(then)); }
  std::optional<Error> log_failure() const { return disk_ ? disk_->log.failure() : std::nullopt; }
  bool log_has_stopped() const { return log_failure().has_value(); }
  // Whether events go to disk at all.
  bool is_durable() const { return disk_.has_value(); }
  // Whether the log keeps the payloads that the guest makes, too.
  bool keeps_outputs() const { return disk_ && !disk_->inputs_only; }
  // Whether the outside waits for the disk.
  bool is_sync() const { return disk_ && disk_->durability == log::Durability::kSync; }
  // Calls `then` when all events so far are on disk, with no error, or with the reason why they
  // never will be, as Log::when_durable() does. Only for a durable actor.
  void when_durable(std::function<void(const std::optional<Error>&)> then) {
    disk_->log.when_durable(std::move(then));
  }
  // The same, but does not hurry the commit, as EventSink::when_committed() does.
  void when_committed(std::function<void(const std::optional<Error>&)> then) {
    disk_->log.when_committed(std::move(then));
  }

  // The number of events of the node on disk. Only for a durable actor.
  uint64_t events_on_disk() const { return disk_->log.events_on_disk(); }

  // Position of the next event.
  uint64_t next_seq() const { return chain_.position().seq; }

  const log::Chain& chain() const { return chain_; }
  // Moves the chain out, for another recorder that continues it.
  log::Chain take_chain() && { return std::move(chain_); }
  // Whether this keeps as much of the chain as a replay does: Chain::kBytesMax.
  bool keeps_what_replay_keeps() const { return is_full_ring_; }

  // The sums of all recorded events.
  struct Counts {
    uint64_t bytes = 0;         // Bytes of events, detached payloads included.
    uint64_t messages_in = 0;   // Calls by other actors and clients.
    uint64_t messages_out = 0;  // Accepted messages to other actors, without answers.
  };
  const Counts& counts() const { return counts_; }

 private:
  void count(const log::Body& body);
  log::EventRef record_on_disk(log::Body& body, Payloads payloads);
  log::EventRef append_to_disk(const log::Body& body, std::span<const log::DetachedBody> bodies);

  log::Chain chain_;
  bool is_full_ring_;
  std::optional<Disk> disk_;
  std::shared_ptr<WholeChain> whole_;  // Null unless it was asked for.
  ActorHoldings* holdings_ = nullptr;
  uint64_t time_us_ = 0;
  Counts counts_;
};

}  // namespace theater
