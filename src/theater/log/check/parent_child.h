// Parents and children in a log that is checked: the chains of both must tell the same of birth and
// end.
//
// A child's `genesis` cites an event of its parent's chain; the parent's `child` cites the genesis,
// and its `child-ended` the child's `terminated`. Of an actor that is kept in memory there is no
// chain, and nothing to compare. What a crash may have cut off at the end of a log is not missed:
// everything here is about what an event that is there says must be there too.
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

// The newest events of one chain: what a child's genesis cites is nearly always among them.
// Value type.
class RecentEvents {
 public:
  void add(const Hash& hash) { hashes_[count_++ % hashes_.size()] = hash; }
  // Its position in the chain, counted from 0; none if it is not one of them.
  std::optional<uint64_t> find(const Hash& hash) const;

 private:
  std::array<Hash, 4> hashes_;
  uint64_t count_ = 0;
};

// Not thread-safe. Keeps some hundred bytes for an actor that has not ended or whose parent has
// not said so, and a few for any other.
class ParentChildCheck {
 public:
  explicit ParentChildCheck(FindingList& findings) : findings_(findings) {}

  // Takes the events of the log in order. `actor` is whose chain it is; `cited` where in its
  // parent's chain a `genesis` finds the event that it cites, if that is known.
  void accept(const ActorId& actor, const CheckedEvent& event, const EventPlace& place,
              std::optional<uint64_t> cited);

  // The log is at its end: only now is anything reported. Reads the chains of parents of which
  // `accept` did not know where the cited event is. With `is_whole` false some of the log's events
  // are not known, which the other stages report, and of families nothing is said.
  void finish(const std::filesystem::path& folder, bool is_whole);

 private:
  // How an actor ended, as far as two events can agree about it.
  struct End {
    size_t how = 0;  // Which case of `ending`.
    bool has_data = false;
    uint64_t length = 0;
    std::optional<Hash> data;  // None if its body is not there.

    static End of(const Ending& how, const CheckedEvent& event);
    bool agrees(const End& other) const;
  };
  // What an actor's own chain says.
  struct Own {
    EventPlace place;  // Of its genesis.
    Hash genesis;
    std::optional<Ancestor> parent;
    std::optional<uint64_t> cited;
    bool has_begun = false;  // It got an instance.
    std::optional<Hash> terminated;
    End end;
  };
  // What its parent's chain says.
  struct Said {
    ActorId by;
    EventPlace place;  // Of `child`.
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
  // Compares what there is; if nothing more can come, the actor is not looked at again.
  void close_if_done(const ActorId& id);
  void compare(const ActorId& id, const Member& member);
  void compare_said(const ActorId& id, const Own& own, const Said& said);
  void compare_end(const ActorId& id, const Own& own, const Said::Ended& ended);
  void find_cited(const std::filesystem::path& folder);
  void wrong(const EventPlace& place, std::string what);

  FindingList& findings_;
  // Null for one that there is nothing more to say of.
  std::unordered_map<ActorId, std::unique_ptr<Member>> members_;
  std::vector<PlacedFinding> wrong_;
  uint64_t left_out_ = 0;
};

}  // namespace theater::log::check
