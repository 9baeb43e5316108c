// The chains of a log under check: position, link, time and grammar of each actor's events, the
// numbers of actors, and the places in bodies and footers.
#pragma once

#include "theater/log/check/chunk.h"
#include "theater/log/check/contents.h"
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

// The state of one actor in the check; little of it remains after the actor's end.
struct ActorState {
  std::unique_ptr<ChainVerifier> verifier;  // Null before the first event, and after the end.
  std::unique_ptr<RecentEvents> recent;     // As the verifier.
  std::optional<ActorId> id;                // None if its `genesis` was lost.
  bool has_ended = false;
  uint64_t gaps = 0;  // The number of gaps in the log at its last event.
  EventPlace last;
  // Its entry in the segment's footer, and the number of offsets passed there.
  uint64_t footer_segment = UINT64_MAX;
  const FooterActor* footer = nullptr;
  size_t footer_at = 0;
};

// Not thread-safe. Takes the chunks in order.
class ChainStage {
 public:
  // `asked` is the actor whose chain the report contains. `contents` may be null. The others
  // outlive the stage.
  ChainStage(std::optional<ActorId> asked, ParentChildCheck& families, ContentCheck* contents,
             FindingList& findings);

  void run(Chunk& chunk);

  uint64_t actors() const { return actors_.size() - actors_.count(kNodeActor.value); }
  uint64_t bodies() const { return bodies_; }
  uint64_t bodies_removed() const { return bodies_removed_; }
  uint64_t bodies_recomputable() const { return bodies_recomputable_; }
  const std::optional<LogReport::Chain>& chain() const { return chain_; }
  // Whether no event so far was faulty or missing.
  bool is_whole() const { return gaps_ == 0 && !has_faults_; }

  // The key that the node's chain names before event `size`.
  std::optional<PublicKey> key_at(uint64_t size) const;
  std::optional<PublicKey> newest_key() const { return key_at(UINT64_MAX); }

 private:
  void begin_segment(const SegmentBegin& begin, const SegmentImage& image);
  void end_group(const GroupEnd& end, const SegmentImage& image);
  void end_segment(const SegmentEnd& end, const SegmentImage& image);
  void check_bodies_end(const SegmentImage& image);
  void check_beyond_end(const GroupEnd& end, const SegmentImage& image);

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
  ContentCheck* contents_;
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
  // The offset of the next record in the body file; none if it is unknown, 0 for a file without
  // records.
  std::optional<uint64_t> bodies_at_;
  // The first record of the group that reaches beyond the end of the body file.
  struct BeyondEnd {
    uint64_t offset = 0;
    uint64_t end = 0;
  };
  std::optional<BeyondEnd> beyond_end_;
  bool footer_agrees_ = true;  // The segment has no gap and no fault of its footer so far.

  uint64_t bodies_ = 0;
  uint64_t bodies_removed_ = 0;
  uint64_t bodies_recomputable_ = 0;
  uint64_t removed_listed_ = 0;
  // Keys, each with the first index for which it holds.
  std::vector<std::pair<uint64_t, PublicKey>> keys_;
};

}  // namespace theater::log::check
