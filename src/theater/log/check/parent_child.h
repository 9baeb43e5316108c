// Parents and children in a log under check: the chains of both must agree about birth and end.
//
// A child's `genesis` cites an event of its parent's chain. The parent's `child` cites the genesis,
// and its `child-ended` the child's `terminated`. An actor that is kept in memory has no chain, so
// there is nothing to compare. A crash may cut off the end of a log, so the check reports a missing
// event only if another recorded event requires it.
#pragma once

#include "theater/log/check/chunk.h"
#include "theater/log/check/findings.h"
#include "theater/log/event/parent_child_links.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace theater::log::check {

// The newest events of one chain. A child's genesis nearly always cites one of them. Value type.
class RecentEvents {
 public:
  void add(const Hash& hash) { hashes_[count_++ % hashes_.size()] = hash; }
  // The event's position in the chain, counted from 0; none if it is not among the newest.
  std::optional<uint64_t> find(const Hash& hash) const;

 private:
  std::array<Hash, 4> hashes_;
  uint64_t count_ = 0;
};

// Not thread-safe. Keeps some hundred bytes for an actor without an end, or without a `child-ended`
// in its parent's chain, and a few bytes for any other.
class ParentChildCheck {
 public:
  explicit ParentChildCheck(FindingList& findings) : findings_(findings) {}

  // Takes the events of the log in order. `actor` owns the chain. `cited` is the position, in the
  // parent's chain, of the event that a `genesis` cites, if the caller knows it.
  void accept(const ActorId& actor, const CheckedEvent& event, const EventPlace& place,
              std::optional<uint64_t> cited);

  // Reports all findings, at the end of the log. Reads the chains of parents to find cited events
  // whose position accept() did not get. If `is_whole` is false, events of the log are missing:
  // other stages report that, and this one reports nothing.
  void finish(const std::filesystem::path& folder, bool is_whole);

 private:
  // The end of an actor, as far as two events can agree about it.
  struct End {
    size_t how = 0;  // The index of the case of `ending`.
    bool has_data = false;
    uint64_t length = 0;
    std::optional<Hash> data;  // None if its body is missing.

    static End of(const Ending& how, const CheckedEvent& event);
    bool agrees(const End& other) const;
  };
  // The facts of an actor's own chain.
  struct Own {
    EventPlace place;  // The place of its genesis.
    Hash genesis;
    std::optional<Ancestor> parent;
    std::optional<uint64_t> cited;
    bool has_begun = false;  // It got an instance.
    std::optional<Hash> terminated;
    End end;
  };
  // The facts of its parent's chain.
  struct Said {
    ActorId by;
    EventPlace place;  // The place of `child`.
    Hash genesis;
    struct Ended {
      EventPlace place;
      Hash head;
      End end;
    };
    std::optional<Ended> ended;
  };
  struct Member {
    std::optional<Own> own;
    std::optional<Said> said;
    ParentChildLinks<std::monostate> children;  // Its open children, by its own chain.
  };

  Member* member(const ActorId& id);
  void accept_child(const ActorId& parent, const Child& child, const EventPlace& place);
  void accept_child_ended(const ActorId& parent, const ChildEnded& ended, const CheckedEvent& event,
                          const EventPlace& place);
  void accept_end(const ActorId& actor, const Terminated& end, const CheckedEvent& event,
                  const EventPlace& place);
  // Compares the facts, and drops the actor, once no event can change them.
  void close_if_done(const ActorId& id);
  void compare(const ActorId& id, const Member& member);
  void compare_said(const ActorId& id, const Own& own, const Said& said);
  void compare_end(const ActorId& id, const Own& own, const Said::Ended& ended);
  void find_cited(const std::filesystem::path& folder);
  void wrong(const EventPlace& place, std::string what);

  FindingList& findings_;
  // Null for an actor that close_if_done() dropped.
  std::unordered_map<ActorId, std::unique_ptr<Member>> members_;
  std::vector<PlacedFinding> wrong_;
  uint64_t left_out_ = 0;
};

}  // namespace theater::log::check
