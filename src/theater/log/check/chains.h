// The chains of a log that is checked: position, link, time and grammar of each actor's events, who
// has which number, and where bodies and footers say that things are.
#pragma once

#include "theater/log/check/chunk.h"
#include "theater/log/check/findings.h"
#include "theater/log/check/parent_child.h"
#include "theater/log/event/verify.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace theater::log::check {

// What a check knows of an actor. Once it has ended that is little.
struct ActorState {
  std::unique_ptr<ChainVerifier> verifier;  // Null before its first event, and once it has ended.
  std::unique_ptr<RecentEvents> recent;     // The same.
  std::optional<ActorId> id;                // None if its `genesis` was lost.
  bool has_ended = false;
  uint64_t gaps = 0;  // How many there were in the log at its last event.
  EventPlace last;
  // In the segment's footer: its entry, and how many of its offsets went by.
  uint64_t footer_segment = UINT64_MAX;
  const FooterActor* footer = nullptr;
  size_t footer_at = 0;
};

// Not thread-safe. Takes the chunks in order.
class ChainStage {
 public:
  // `asked`: the actor whose chain is to be reported. The others outlive it.
  ChainStage(std::optional<ActorId> asked, ParentChildCheck& families, FindingList& findings);

  void run(Chunk& chunk);

  uint64_t actors() const { return actors_.size() - actors_.count(kNodeActor.value); }
  uint64_t bodies() const { return bodies_; }
  uint64_t bodies_removed() const { return bodies_removed_; }
  const std::optional<LogReport::Chain>& chain() const { return chain_; }
  // Whether every event so far was one, and none is missing.
  bool is_whole() const { return gaps_ == 0 && !has_faults_; }

  // The key that the node's chain names for the tree of the first `size` events.
  std::optional<PublicKey> key_at(uint64_t size) const;
  std::optional<PublicKey> newest_key() const { return key_at(UINT64_MAX); }

 private:
  void begin_segment(const SegmentBegin& begin, const SegmentImage& image);
  void end_group(const GroupEnd& end, const SegmentImage& image);
  void end_segment(const SegmentEnd& end, const SegmentImage& image);
  void check_bodies_end(const SegmentImage& image);

  void accept(const CheckedEvent& event, const SegmentImage& image);
  ActorState& actor_of(const CheckedEvent& event);
  void check_footer(ActorState& actor, const CheckedEvent& event, const EventPlace& place,
                    const SegmentImage& image);
  void check_bodies(const CheckedEvent& event, const EventPlace& place, const SegmentImage& image);
  void check_chain(ActorState& actor, const CheckedEvent& event, const EventPlace& place);
  void check_genesis(ActorState& actor, const Genesis& genesis, const CheckedEvent& event,
                     EventPlace& place);
  void check_node(const CheckedEvent& event, const EventPlace& place);
  void check_family(ActorState& actor, const CheckedEvent& event, const EventPlace& place);
  void note_chain(const ActorState& actor, const CheckedEvent& event);

  ParentChildCheck& families_;
  FindingList& findings_;
  std::optional<ActorId> asked_;
  std::optional<LogReport::Chain> chain_;

  std::unordered_map<uint64_t, ActorState> actors_;
  std::unordered_map<ActorId, uint64_t> numbers_;
  uint64_t next_actor_ = 1;  // One more than the largest number so far; the node's is 0.
  uint64_t gaps_ = 0;
  bool has_faults_ = false;
  bool is_next_exact_ = true;  // No actor's beginning can have been lost since the last header.

  ActorId log_id_;
  uint64_t segment_events_ = 0;
  // Where the next record begins in the body file; none if that is not known. Of a file without
  // records, 0.
  std::optional<uint64_t> bodies_at_;
  bool footer_agrees_ = true;  // As far as it is known and worth a finding.

  uint64_t bodies_ = 0;
  uint64_t bodies_removed_ = 0;
  uint64_t removed_listed_ = 0;
  // From which index on which key holds.
  std::vector<std::pair<uint64_t, PublicKey>> keys_;
};

}  // namespace theater::log::check
