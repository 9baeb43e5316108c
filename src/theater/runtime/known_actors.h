// The actors that the runtime can say something of: those that live, and those that ended last.
//
// What an ended actor did is in the log for good; here its chain and its end are kept for a while,
// for the client or actor that started it. Of the actors that clients spawned and of those that
// actors spawned, the last kEndedMax are kept each, so that the children of one cannot push out
// another's end; an older one is as if it had never been.
#pragma once

#include "theater/actor/cell/metrics.h"
#include "theater/base/guarded.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/bodies.h"
#include "theater/runtime/root_info.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace theater {

class ActorCell;

// How an actor ended.
struct EndReport {
  log::Ending how = log::EndedStopped{};  // With payloads of its own.
  std::string failure;                    // For people; empty if it did not fail.
};

// Safe from any thread.
class KnownActors {
 public:
  static constexpr size_t kEndedMax = 1'000;

  explicit KnownActors(size_t living_max) : living_max_(living_max) {}

  // Takes the id, and the name of a root that has one, for an actor that is about to be made; `set`
  // or `drop` must follow. Fails with kAlreadyExists, naming the holder of a name,
  // kResourceExhausted (too many live), or kUnavailable after close().
  Result<void> reserve(const ActorId& id, std::optional<RootInfo> root = {});
  void set(const ActorId& id, std::shared_ptr<ActorCell> cell);
  void drop(const ActorId& id);

  // The actor has ended: calls those that wait for that, and forgets the oldest that ended.
  void ended(const ActorId& id, EndReport report);

  // Fails with kNotFound.
  Result<std::shared_ptr<ActorCell>> find(const ActorId& id) const;
  // Why an actor takes no messages: it has ended, and of what, or it is unknown. kNotFound.
  Failure why_absent(const ActorId& id) const;

  // Calls `call` once: when the actor has ended, or at once if it has; with kNotFound for an
  // unknown actor, and with the error of leave().
  using Ended = std::function<void(Result<EndReport>)>;
  void when_ended(const ActorId& id, Ended call);

  // The node keeps the actor without running it: forgets it, and tells callers that wait for its
  // end why they wait in vain.
  void leave(const ActorId& id, const Error& why);

  // What its operator said of it; none for a child, an unknown actor, and a root without that.
  std::optional<RootInfo> root(const ActorId& id) const;
  // A known root has these grants from here on.
  void set_grants(const ActorId& id, std::vector<std::string> grants);
  // The living root that has the name.
  std::optional<ActorId> named(const std::string& name) const;

  // In the order of their ids.
  std::vector<ActorId> ids() const;
  // The first ids behind `after`, or of all, in their order; at most `count`. Takes time for these
  // alone, however many actors there are.
  std::vector<ActorId> ids_after(const std::optional<ActorId>& after, size_t count) const;
  std::vector<std::shared_ptr<ActorCell>> living() const;
  // All actors at one moment: those that it knows, and the metrics of those that it has forgotten.
  struct Census {
    std::vector<std::shared_ptr<ActorCell>> known;
    NodeMetrics forgotten;
  };
  Census census() const;
  size_t living_count() const;

  // Refuses new actors from here on.
  void close();
  bool is_closed() const;

 private:
  struct Known {
    std::shared_ptr<ActorCell> cell;  // Null while it is being made.
    bool is_child = false;
    std::optional<RootInfo> root;
    std::optional<EndReport> report;
    std::vector<Ended> waiting;
  };
  struct State {
    std::unordered_map<ActorId, Known> by_id;
    std::set<ActorId> in_order;                        // Those that have a cell.
    std::unordered_map<std::string, ActorId> by_name;  // Living roots.
    std::deque<ActorId> ended_roots;                   // Oldest first.
    std::deque<ActorId> ended_children;
    size_t living = 0;  // Those being made included.
    NodeMetrics forgotten;
    bool closed = false;
  };

  static void free_name(State& state, const Known& known);

  size_t living_max_;
  Guarded<State> state_;
};

}  // namespace theater
