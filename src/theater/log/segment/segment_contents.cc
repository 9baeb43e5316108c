#include "theater/log/segment/segment_contents.h"

#include "theater/base/check.h"
#include "theater/log/event/bodies.h"
#include "theater/wit/traits.h"

#include <boost/mp11.hpp>

#include <algorithm>
#include <limits>

namespace theater::log {

namespace {

// The bytes that the encoded bodies of these begin with.
constexpr size_t kGenesisCase = boost::mp11::mp_find<Body, Genesis>::value;
constexpr size_t kInstanceCase = boost::mp11::mp_find<Body, Instance>::value;
constexpr size_t kSnapshotCase = boost::mp11::mp_find<Body, Snapshot>::value;
constexpr size_t kCallCase = boost::mp11::mp_find<Body, Call>::value;
constexpr size_t kControlCase = boost::mp11::mp_find<Body, Control>::value;
constexpr size_t kSentCase = boost::mp11::mp_find<Body, Sent>::value;
constexpr size_t kTerminatedCase = boost::mp11::mp_find<Body, Terminated>::value;

}  // namespace

Result<EventHead> event_head(ByteView event) {
  wit::ByteReader reader(event);
  THEATER_TRY_VOID(wit::decode_from<Hash>(reader));
  EventHead head;
  head.seq = THEATER_TRY(reader.read_u(64));
  head.time = THEATER_TRY(reader.read_u(64));
  uint8_t body = THEATER_TRY(reader.read_byte());
  head.is_genesis = body == kGenesisCase;
  head.is_instance = body == kInstanceCase;
  head.is_snapshot = body == kSnapshotCase;
  head.is_sent = body == kSentCase;
  head.is_call = body == kCallCase;
  head.is_control = body == kControlCase;
  head.is_last = body == kTerminatedCase;
  return head;
}

bool SegmentContents::add(ActorNumber actor, uint64_t seq, uint64_t offset) {
  THEATER_CHECK(offset <= std::numeric_limits<uint32_t>::max(), "a frame at {} of a segment",
                offset);
  auto [found, is_first] = actors_.try_emplace(actor.value);
  Entry& entry = found->second;
  if (is_first) {
    entry.actor.number = actor;
    entry.actor.first_seq = seq;
    next_actor_ = std::max(next_actor_, actor.value + 1);
  }
  entry.actor.offsets.push_back(static_cast<uint32_t>(offset));
  ++events_;
  return is_first;
}

void SegmentContents::name(ActorNumber actor, const ActorId& id) {
  Entry& entry = actors_.at(actor.value);
  entry.actor.id = id;
  entry.is_named = true;
}

std::vector<ActorNumber> SegmentContents::unnamed() const {
  std::vector<ActorNumber> numbers;
  for (const auto& [number, entry] : actors_) {
    if (!entry.is_named) numbers.push_back(ActorNumber{number});
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

SegmentFooter SegmentContents::footer() const {
  SegmentFooter footer;
  footer.events = events_;
  footer.actors.reserve(actors_.size());
  for (const auto& [number, entry] : actors_) {
    THEATER_CHECK(entry.is_named, "actor number {} is nobody", number);
    footer.actors.push_back(entry.actor);
  }
  std::sort(footer.actors.begin(), footer.actors.end(),
            [](const FooterActor& a, const FooterActor& b) { return a.number < b.number; });
  return footer;
}

}  // namespace theater::log
