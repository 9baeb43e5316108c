// A snapshot records the position of an actor, and a fresh instance continues from there. So a
// reader who begins at the snapshot has the same position as the actor itself.
//
// An actor with explicit state takes a snapshot between two calls, while it owes and awaits
// nothing: no answer, no child, no channel, no message on its way to it. The snapshot names the
// waiting messages by the hashes of their `sent`; every later `sent` stands in the log after
// `position`. Id, incarnation, sessions and mailbox stay.
#include "theater/actor/cell/cell.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// The hashes of the `sent` of the waiting messages; none if a message may be on its way.
std::optional<std::vector<Hash>> undelivered(const Mailbox& mailbox) {
  std::vector<Hash> waiting;
  auto note = [&](const Message& message) {
    const auto* sender = std::get_if<log::Sender>(&message.from);
    // The log has no `sent` of an actor in memory.
    if (sender != nullptr && sender->durability != log::Durability::kMemory)
      waiting.push_back(sender->sent);
  };
  if (!mailbox.visit_if_settled(note)) return std::nullopt;
  return waiting;
}

}  // namespace

// False if no snapshot is due, the actor is not in a position for it, the blobs are behind, or
// there is no room for another guest; a later turn then tries again.
bool ActorCell::take_snapshot() {
  bool is_due = snapshots_ && snapshots_->is_due(recorder_, spec_.common->manifest.log,
                                                 state_ ? state_->size() : 0);
  if (!is_due) return false;
  bool is_free = life_.is_undisturbed() && children_.empty() && open_requests_.empty() &&
                 channels_.places() == 0;
  if (!is_free || (state_ && services_.blobs->would_sync(state_->size()))) return false;
  log::Snapshot snapshot;
  // First, so that no message sent after the look into the mailbox is before it.
  snapshot.position = recorder_.events_on_disk();
  std::optional<std::vector<Hash>> waiting = undelivered(mailbox_);
  if (!waiting) return false;
  auto guest = incarnation_->make_guest();
  if (!guest) return false;
  // A failure here is also the log's, which syncs the blobs and reports the reason.
  if (state_ && !services_.blobs->put(*state_)) return false;
  snapshot.undelivered = *std::move(waiting);
  log::Instance instance = instance_body();
  instance.why = log::InstanceReason::kSnapshot;
  instance.incarnation = instances_ - 1;
  instance.init_runs = false;
  snapshot.state = instance.state;
  apply(LifeEvent::kCallBegan);
  if (updated_) record_update(*updated_, log::ByRuntime{});
  record_held();
  recorder_.record(snapshot);
  recorder_.record(instance);
  snapshots_->restart(recorder_);
  limits_.begin_call();
  incarnation_->renew(*std::move(guest));
  return true;
}

// Puts on record what a recovery cannot find in later events. Between two calls only.
void ActorCell::record_held() {
  // Nothing has changed since the last event.
  if (held_seq_ && *held_seq_ + 1 == recorder_.next_seq()) return;
  held_seq_ = recorder_.record(log::Control{holdings_->held(), log::ByRuntime{}}).seq.value;
}

// CPU time is in no other event, so it must be recorded before much of it is used.
void ActorCell::record_cpu_if_due() {
  if (recorder_.is_durable() && limits_.must_record_cpu(holdings_->budget())) record_held();
}

}  // namespace theater
