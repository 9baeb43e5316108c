#include "theater/log/check/chains.h"

#include "theater/log/check/files.h"
#include "theater/log/segment/body_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace theater::log::check {

namespace {

constexpr uint64_t kRemovedListedMax = 3;

bool is_after_terminated(const ChainVerifier& verifier) {
  return verifier.life_cycle() &&
         verifier.life_cycle()->phase() == ChainGrammar::Phase::kTerminated;
}

}  // namespace

ChainStage::ChainStage(std::optional<ActorId> asked, ParentChildCheck& families,
                       ContentCheck* contents, FindingList& findings)
    : families_(families), contents_(contents), findings_(findings), asked_(asked) {}

void ChainStage::run(Chunk& chunk) {
  const SegmentImage& image = *chunk.segment;
  auto on_mark = [&]<class What>(const What& what) {
    if constexpr (std::is_same_v<What, SegmentBegin>) {
      begin_segment(what, image);
    } else if constexpr (std::is_same_v<What, Gap>) {
      ++gaps_;
      is_next_exact_ = false;
      bodies_at_.reset();
      footer_agrees_ = false;
    } else if constexpr (std::is_same_v<What, GroupEnd>) {
      end_group(what, image);
    } else {
      end_segment(what, image);
    }
  };
  walk(chunk, on_mark, [&](const CheckedEvent& event) { accept(event, image); });
}

void ChainStage::begin_segment(const SegmentBegin& begin, const SegmentImage& image) {
  const SegmentHeader& header = begin.header;
  if (!begin.follows) {
    ++gaps_;
    is_next_exact_ = false;
  }
  if (numbers_.empty()) numbers_.emplace(header.log_id, kNodeActor.value);
  log_id_ = header.log_id;
  if (is_next_exact_ && header.next_actor != next_actor_) {
    findings_.add_at(Verdict::kInvalid, {.segment = image.number},
                     fmt::format("the header says that the next actor has number {}, but by the "
                                 "segments before it is {}",
                                 header.next_actor, next_actor_));
  }
  if (!is_next_exact_) next_actor_ = std::max(next_actor_, header.next_actor);
  is_next_exact_ = true;
  segment_events_ = 0;
  footer_agrees_ = true;
  bodies_at_ = 0;
  beyond_end_.reset();
}

void ChainStage::end_group(const GroupEnd& end, const SegmentImage& image) {
  uint64_t said = end.trailer.bodies_end;
  if (bodies_at_ && said != *bodies_at_) {
    findings_.add_at(Verdict::kInvalid, {image.number, end.offset},
                     fmt::format("the trailer says that the body file ends at {}, but by its "
                                 "events it ends at {}",
                                 said, *bodies_at_));
  }
  bodies_at_ = said;
  check_beyond_end(end, image);
}

// The trailer tells a file that was cut off from a record that lies about its size.
void ChainStage::check_beyond_end(const GroupEnd& end, const SegmentImage& image) {
  auto beyond = std::exchange(beyond_end_, std::nullopt);
  if (!beyond) return;
  uint64_t said = end.trailer.bodies_end;
  if (image.bodies_size < said && beyond->end <= said) return;
  findings_.add({.finding = {.verdict = Verdict::kInvalid,
                             .what = fmt::format("the record of a body ends at {}, but by the "
                                                 "trailer of its group all end at {}",
                                                 beyond->end, said),
                             .file = bodies_file(image.number),
                             .offset = beyond->offset},
                 .place = {image.number, end.offset}});
}

void ChainStage::end_segment(const SegmentEnd& end, const SegmentImage& image) {
  if (end.is_whole && image.footer && footer_agrees_ && image.footer->events != segment_events_) {
    findings_.add_at(Verdict::kInvalid, {image.number, image.footer_offset},
                     fmt::format("the footer speaks of {} events; the segment has {}",
                                 image.footer->events, segment_events_));
  }
  if (image.bodies && bodies_at_) check_bodies_end(image);
}

void ChainStage::accept(const CheckedEvent& event, const SegmentImage& image) {
  EventPlace place{.place = {image.number, event.frame.offset},
                   .index = event.index,
                   .actor = std::nullopt,
                   .seq = event.event.seq};
  ++segment_events_;
  ActorState& actor = actor_of(event);
  place.actor = actor.id;
  if (event.fault.empty()) {
    if (const auto* genesis = std::get_if<Genesis>(&event.event.body)) {
      check_genesis(actor, *genesis, event, place);
    }
    if (event.frame.actor == kNodeActor) check_node(event, place);
  } else if (actor.verifier) {
    place.seq = actor.verifier->position().seq;
  }
  if (event.index == 0 && event.frame.actor != kNodeActor) {
    findings_.add_event(Verdict::kInvalid, place, "the log does not begin with the node's chain");
  }
  if (image.footer) check_footer(actor, event, place, image);
  check_bodies(event, place, image);
  check_chain(actor, event, place);
  check_family(actor, event, place);
  if (contents_ != nullptr && event.fault.empty()) contents_->accept(event.event.body, place);
  actor.last = place;
  actor.gaps = gaps_;
  if (asked_ && actor.id == asked_) note_chain(actor, event);
}

// Numbers are given out in order, but the chain that has one may begin after one with a larger
// number.
ActorState& ChainStage::actor_of(const CheckedEvent& event) {
  uint64_t number = event.frame.actor.value;
  auto [found, is_new] = actors_.try_emplace(number);
  if (is_new) {
    next_actor_ = std::max(next_actor_, number + 1);
    found->second.gaps = gaps_;
  }
  return found->second;
}

void ChainStage::check_genesis(ActorState& actor, const Genesis& genesis, const CheckedEvent& event,
                               EventPlace& place) {
  // A second one in the same chain is for the grammar to find.
  if (actor.id || actor.verifier || actor.has_ended) return;
  actor.id = genesis.actor;
  place.actor = actor.id;
  uint64_t number = event.frame.actor.value;
  auto [found, is_new] = numbers_.try_emplace(genesis.actor, number);
  if (number == kNodeActor.value && genesis.actor != log_id_) {
    findings_.add_event(Verdict::kInvalid, place,
                        fmt::format("the node's chain is that of {}, but the log is {}",
                                    genesis.actor.to_string(), log_id_.to_string()));
  } else if (!is_new && found->second != number) {
    findings_.add_event(Verdict::kInvalid, place,
                        fmt::format("actor {} has two chains, with the numbers {} and {}",
                                    genesis.actor.to_string(), found->second, number));
  }
  bool is_node = number == kNodeActor.value;
  if (is_node == genesis.manifest.has_value()) {
    findings_.add_event(
        Verdict::kInvalid, place,
        is_node ? "the genesis of the node's chain has a manifest"
                : "the genesis of an actor has no manifest; only that of the node has none");
  }
  if (asked_ && genesis.actor == *asked_ && !chain_) {
    chain_ = LogReport::Chain{.actor = genesis.actor, .name = genesis.name, .head = {}};
  }
}

void ChainStage::check_node(const CheckedEvent& event, const EventPlace& place) {
  const auto* control = std::get_if<Control>(&event.event.body);
  const auto* key = control == nullptr ? nullptr : std::get_if<NodeKey>(&control->operation);
  if (key == nullptr) return;
  PublicKey bytes{};
  if (key->value.size() != bytes.size()) {
    findings_.add_event(
        Verdict::kInvalid, place,
        fmt::format("the node's key has {} bytes, not {}", key->value.size(), bytes.size()));
    return;
  }
  std::copy(key->value.begin(), key->value.end(), bytes.begin());
  if (keys_.empty() || keys_.back().second != bytes) keys_.emplace_back(event.index, bytes);
}

// One finding a segment: a footer is wrong or it is not.
void ChainStage::check_footer(ActorState& actor, const CheckedEvent& event, const EventPlace& place,
                              const SegmentImage& image) {
  if (!footer_agrees_) return;
  if (actor.footer_segment != image.number) {
    const auto& entries = image.footer->actors;
    auto found = std::lower_bound(
        entries.begin(), entries.end(), event.frame.actor,
        [](const FooterActor& entry, ActorNumber number) { return entry.number < number; });
    bool is_there = found != entries.end() && found->number == event.frame.actor;
    actor.footer_segment = image.number;
    actor.footer = is_there ? &*found : nullptr;
    actor.footer_at = 0;
    bool agrees = is_there && (!actor.id || *actor.id == found->id) &&
                  (!event.fault.empty() || found->first_seq == event.event.seq);
    if (!agrees) actor.footer = nullptr;
  }
  const FooterActor* entry = actor.footer;
  if (entry != nullptr && actor.footer_at < entry->offsets.size() &&
      entry->offsets[actor.footer_at] == event.frame.offset) {
    ++actor.footer_at;
    return;
  }
  footer_agrees_ = false;
  EventPlace at = place;
  at.place.offset = image.footer_offset;
  findings_.add_event(
      Verdict::kInvalid, at,
      fmt::format("the footer contradicts the segment: it does not have the event at "
                  "{} as it is",
                  event.frame.offset));
}

void ChainStage::check_bodies(const CheckedEvent& event, const EventPlace& place,
                              const SegmentImage& image) {
  std::optional<uint64_t> begin = event.frame.bodies();
  if (!event.fault.empty()) {
    if (begin) bodies_at_.reset();
    return;
  }
  if (begin.has_value() != (event.bodies > 0)) {
    findings_.add_event(Verdict::kInvalid, place,
                        begin ? "its frame says where its bodies are, but the event has none"
                              : "its frame does not say where its bodies are");
    return;
  }
  if (!begin) return;
  bodies_ += event.bodies;
  bodies_recomputable_ += event.bodies_recomputable;
  bodies_removed_ += event.bodies_beyond + event.bodies_refused;
  uint64_t expected = std::max<uint64_t>(bodies_at_.value_or(*begin), kBodiesHeaderSize);
  if (*begin != expected) {
    findings_.add_event(
        Verdict::kInvalid, place,
        fmt::format("its frame says that its bodies begin at {}, but they begin at {}", *begin,
                    expected));
  }
  bodies_at_ = event.bodies_end;
  for (const BodyFault& fault : event.body_faults) {
    if (fault.beyond && !beyond_end_) beyond_end_ = BeyondEnd{fault.offset, *fault.beyond};
    if (fault.is_removed) {
      ++bodies_removed_;
      if (++removed_listed_ > kRemovedListedMax) {
        findings_.leave_out(fault.verdict);
        continue;
      }
    }
    findings_.add({.finding = {.verdict = fault.verdict,
                               .what = fault.what,
                               .file = bodies_file(image.number),
                               .offset = fault.offset,
                               .index = place.index,
                               .actor = place.actor,
                               .seq = place.seq},
                   .place = place.place});
  }
}

void ChainStage::check_chain(ActorState& actor, const CheckedEvent& event,
                             const EventPlace& place) {
  const Event& decoded = event.event;
  if (!actor.verifier) actor.verifier = std::make_unique<ChainVerifier>();
  ChainPosition position = actor.verifier->position();
  if (!event.fault.empty()) {
    findings_.add_event(Verdict::kInvalid, place, "it is no event: " + event.fault);
    *actor.verifier = ChainVerifier({position.seq + 1, event.hash, position.time});
    return;
  }
  if (actor.has_ended) {
    findings_.add_event(
        Verdict::kInvalid, place,
        fmt::format("`{}` cannot stand after `terminated`, where nothing may follow",
                    body_name(decoded.body)));
    actor.has_ended = false;
    *actor.verifier = ChainVerifier({decoded.seq + 1, event.hash, decoded.time});
    return;
  }
  bool follows = decoded.seq == position.seq && decoded.parent == position.head;
  bool was_lost = !follows && gaps_ > 0 && (actor.gaps != gaps_ || position.seq == 0);
  if (!was_lost) {
    Result<EventRef> accepted = actor.verifier->accept(decoded, event.hash);
    if (accepted) {
      if (is_after_terminated(*actor.verifier)) {
        actor.has_ended = true;
        if (actor.id != asked_) actor.verifier.reset();
      }
      return;
    }
    bool is_unlinked =
        decoded.seq == position.seq && position.seq > 0 && decoded.parent != position.head;
    findings_.add({.finding = {.what = accepted.error().message(),
                               .file = segment_file(place.place.segment),
                               .offset = place.place.offset,
                               .index = place.index,
                               .actor = place.actor,
                               .seq = place.seq},
                   .place = place.place,
                   .before = is_unlinked ? std::optional(actor.last) : std::nullopt});
  }
  // What follows is compared with what is here.
  *actor.verifier = ChainVerifier({decoded.seq + 1, event.hash, decoded.time});
}

void ChainStage::check_family(ActorState& actor, const CheckedEvent& event,
                              const EventPlace& place) {
  if (!event.fault.empty()) {
    has_faults_ = true;
    return;
  }
  if (!actor.id || event.frame.actor == kNodeActor) return;
  std::optional<uint64_t> cited;
  const auto* genesis = std::get_if<Genesis>(&event.event.body);
  if (genesis != nullptr && genesis->parent) {
    auto number = numbers_.find(genesis->parent->actor);
    auto parent = number == numbers_.end() ? actors_.end() : actors_.find(number->second);
    if (parent != actors_.end() && parent->second.recent)
      cited = parent->second.recent->find(genesis->parent->event);
  }
  families_.accept(*actor.id, event, place, cited);
  if (actor.has_ended) return actor.recent.reset();
  if (!actor.recent) actor.recent = std::make_unique<RecentEvents>();
  actor.recent->add(event.hash);
}

void ChainStage::note_chain(const ActorState& actor, const CheckedEvent& event) {
  if (!chain_) return;
  ++chain_->events;
  chain_->head = event.hash;
  chain_->terminated = actor.has_ended;
}

// After the last record: nothing, or zeros. In the newest segment it may be a write that is going
// on; more than a segment's worth of it is not looked through.
void ChainStage::check_bodies_end(const SegmentImage& image) {
  uint64_t end = *bodies_at_;
  auto finding = [&](Verdict verdict, uint64_t offset, std::string what) {
    findings_.add({.finding = {.verdict = verdict,
                               .what = std::move(what),
                               .file = bodies_file(image.number),
                               .offset = offset},
                   .place = {image.number, kSegmentBytesMax}});
  };
  if (end > 0 || !image.is_newest) {
    if (auto fault = bodies_header_fault(image)) finding(Verdict::kInvalid, 0, *std::move(fault));
    end = std::max<uint64_t>(end, kBodiesHeaderSize);
  }
  if (image.bodies_size <= end) return;
  uint64_t bytes = image.bodies_size - end;
  Result<bool> zero = bytes > kSegmentBytesMax ? false : only_zeros(*image.bodies, end, bytes);
  if (zero && *zero) return;
  if (image.is_newest) {
    finding(Verdict::kUnverifiable, end,
            fmt::format("{} bytes after the last body: a write that was in progress or torn by a "
                        "crash; the next start moves them to lost+found",
                        bytes));
  } else {
    finding(Verdict::kInvalid, end,
            fmt::format("{} bytes after the last body, which no event speaks of", bytes));
  }
}

std::optional<PublicKey> ChainStage::key_at(uint64_t size) const {
  for (auto key = keys_.rbegin(); key != keys_.rend(); ++key)
    if (key->first < size) return key->second;
  return std::nullopt;
}

}  // namespace theater::log::check
