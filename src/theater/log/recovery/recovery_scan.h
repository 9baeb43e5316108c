// The pass over a log that finds the position of each open actor (open_actor.h).
#pragma once

#include "theater/log/event/event.h"
#include "theater/log/event/message_links.h"
#include "theater/log/event/parent_child_links.h"
#include "theater/log/recovery/open_actor.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace theater::log {

// The beginning of a chain.
struct ChainBeginning {
  ActorNumber number;
  uint64_t index = 0;  // The position of `genesis` in the log.
  uint64_t time = 0;   // Its time, microseconds since 1970.
  Hash hash;           // The hash of `genesis`.
  Genesis genesis;
  std::optional<Started> started;  // None unless the operator started the actor.
  std::optional<Instance> first;   // None for a chain without an instance.
  std::optional<Updated> updated;  // In effect where the reading begins.
};

// For one thread. No call may follow a failed one.
class RecoveryScan {
 public:
  // `followed` are the actors whose chains are open.
  RecoveryScan(const LogReader& reader, std::unordered_set<uint64_t> followed);

  // Follows one of them from a snapshot: its earlier events count only for their messages. Call it
  // before the first accept().
  void begin_at(ChainBeginning beginning, SnapshotPlace place);

  // Takes the events of the log in their order. The first one is not after the genesis, or the
  // snapshot and its position, of any followed actor.
  Result<void> accept(const StoredEvent& stored);

  // `from` is the index of the first accepted event.
  Result<OpenActors> finish(uint64_t from);

 private:
  // An actor that has ended, as far as the pass has seen it.
  struct Ended {
    ActorId id;
    std::optional<Ancestor> parent;
  };
  // One living actor: the result, and the state of the pass.
  struct Known {
    std::unique_ptr<OpenActor> open_actor = std::make_unique<OpenActor>();
    Bytes newest;                      // The newest event.
    std::optional<uint32_t> shutdown;  // The index of `shutdown` in the current function table.
    std::optional<Bytes> leaving;      // The request of the call in progress for the actor's end.
    bool is_recovered = false;         // The actor was recovered since its last start.
    std::optional<Updated> updated;    // Without an instance after it.
    ParentChildLinks<OpenChild> children;
  };

  void note(Known& known, const Genesis& body);
  void note(Known& known, const Instance& body);
  void note(Known& known, const Call& body);
  void note(Known& known, const Returned& body);
  void note(Known& known, const Host& body);
  void note(Known& known, const Sent& body);
  void note(Known& known, const Answered& body);
  void note(Known& known, const Child& body);
  void note(Known& known, const ChildEnded& body);
  void note(Known& known, const Discarded& body);
  void note(Known& known, const Control& body);
  void note(Known& known, const Failed& body);
  template <class Other>
  void note(Known&, const Other&) {}

  void note_beginning(Known& known, const ChainBeginning& beginning);
  static void note_first(OpenActor& open_actor, const Instance& body);
  void note_messages(Known& known, const Body& body);
  std::optional<size_t> slot_for(const Known& known, const ActorId& child) const;
  Result<void> accept_other(const StoredEvent& stored);
  void note_sent(const ActorId& from, const Sent& body);
  Result<void> find_listed(uint64_t before);
  Result<void> find_listed(uint64_t from, uint64_t to);

  const LogReader& reader_;
  std::unordered_set<uint64_t> followed_;
  std::unordered_map<uint64_t, ActorId> ids_;
  std::unordered_map<uint64_t, Ended> others_;
  std::map<uint64_t, Known> living_;  // By number, which is the order of the geneses.
  std::unordered_map<ActorId, uint64_t> numbers_;
  std::unordered_map<ActorId, Orphan> ended_;  // The ended children of living parents.
  MessageLinks messages_;
  const StoredEvent* stored_ = nullptr;
  Event event_;
};

}  // namespace theater::log
