// The walk along a log that finds out where everybody stands (standing.h).
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

// What a chain begins with.
struct ChainBeginning {
  ActorNumber number;
  uint64_t index = 0;  // In the log, of `genesis`.
  Hash hash;           // Its hash.
  Genesis genesis;
  std::optional<Instance> first;  // None before it.
};

// For one thread. After a failure the object is of no further use.
class RecoveryScan {
 public:
  // `followed` are the actors whose chains are open.
  RecoveryScan(const LogReader& reader, std::unordered_set<uint64_t> followed);

  // One of them is followed from a snapshot: what its chain has before that counts only for what it
  // says of messages. Before the first event is accepted.
  void begin_at(ChainBeginning beginning, SnapshotPlace place);

  // Takes the events of the log in their order, from one on that is before every genesis or
  // snapshot, and before the positions of these.
  Result<void> accept(const StoredEvent& stored);

  // `from` is the index of the first that was accepted.
  Result<OpenActors> finish(uint64_t from);

 private:
  // An actor that has ended, as far as the walk has seen it.
  struct Ended {
    ActorId id;
    std::optional<Ancestor> parent;
  };
  // Of one living actor, beside what is told of it.
  struct Known {
    std::unique_ptr<OpenActor> open_actor = std::make_unique<OpenActor>();
    Bytes newest;                      // Event.
    std::optional<uint32_t> shutdown;  // In the current function table.
    std::optional<Bytes> leaving;      // What the call in progress has said of its end.
    bool is_recovered = false;         // Since its last start.
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
  std::unordered_map<ActorId, Orphan> ended_;  // Of living parents.
  MessageLinks messages_;
  const StoredEvent* stored_ = nullptr;
  Event event_;
};

}  // namespace theater::log
