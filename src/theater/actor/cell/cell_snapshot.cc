// A snapshot: where the actor stands is put on record, and a fresh instance goes on from there, so
// that whoever begins at the snapshot is in no other position than the actor itself.
//
// It is taken between two calls, of an actor with explicit state that owes and awaits nothing: no
// answer, no child, no channel, nothing on its way to it. What waits in its mailbox is named by the
// hashes of its `sent`; whatever is sent later stands in the log from `position` on. Id,
// incarnation, sessions and mailbox stay as they are.
#include "theater/actor/cell/cell.h"

#include <algorithm>
#include <utility>

namespace theater {

// A snapshot of a large state waits until as much has been recorded, so that states at most double
// what an actor leaves on disk.
bool ActorCell::snapshot_is_due() const {
  if (!has_snapshots_) return false;
  const ManifestLog& log = spec_.common->manifest.log;
  uint64_t bytes = recorder_.counts().bytes - snapshot_bytes_;
  bool is_long = recorder_.next_seq() - snapshot_seq_ >= log.snapshot_events;
  return (is_long || bytes >= log.snapshot_bytes) && bytes >= (state_ ? state_->size() : 0);
}

// False if the actor is not in a position for it, or the blobs are behind, or there is no room for
// another guest; then it is for the next time.
bool ActorCell::take_snapshot() {
  bool is_free = life_.is_undisturbed() && children_.empty() && open_requests_.empty() &&
                 channels_.places() == 0;
  if (!is_free || (state_ && services_.blobs->would_sync(state_->size()))) return false;
  log::Snapshot snapshot;
  // First, so that nothing that is sent after the look into the mailbox is before it.
  snapshot.position = recorder_.events_on_disk();
  std::optional<std::vector<Hash>> waiting = undelivered();
  if (!waiting) return false;
  auto guest = make_guest();
  if (!guest) return false;
  // A failure here is the log's too, which syncs the blobs and says what is wrong.
  if (state_ && !services_.blobs->put(*state_)) return false;
  snapshot.undelivered = *std::move(waiting);
  log::Instance instance = instance_body();
  instance.why = log::InstanceReason::kSnapshot;
  instance.incarnation = instances_ - 1;
  instance.init_runs = false;
  snapshot.state = instance.state;
  apply(LifeEvent::kCallBegan);
  recorder_.record(snapshot);
  recorder_.record(instance);
  count_from_here();
  guest_ = *std::move(guest);
  ++call_number_;
  guest_->instantiate();
  activity_ = Activity::kRenewing;
  return true;
}

// The hashes of the `sent` of what waits; none if something may be on its way.
std::optional<std::vector<Hash>> ActorCell::undelivered() const {
  std::vector<Hash> waiting;
  auto note = [&](const Message& message) {
    const auto* sender = std::get_if<log::Sender>(&message.from);
    // What an actor in memory sends stands in no log.
    if (sender != nullptr && sender->durability != log::Durability::kMemory)
      waiting.push_back(sender->sent);
  };
  if (!mailbox_.visit_if_settled(note)) return std::nullopt;
  return waiting;
}

void ActorCell::count_from_here() {
  snapshot_seq_ = recorder_.next_seq();
  snapshot_bytes_ = recorder_.counts().bytes;
}

}  // namespace theater
