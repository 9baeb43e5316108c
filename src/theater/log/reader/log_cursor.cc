#include "theater/log/reader/log_cursor.h"

#include "theater/base/check.h"
#include "theater/log/segment/segment_files.h"

#include <algorithm>
#include <utility>

namespace theater::log {

namespace {

// The last of `ranges`, which ascend by `first`, that does not begin after `value`.
template <class Range, class First>
auto last_not_after(const std::vector<Range>& ranges, uint64_t value, First first) {
  auto after =
      std::upper_bound(ranges.begin(), ranges.end(), value,
                       [&](uint64_t wanted, const Range& range) { return wanted < first(range); });
  THEATER_CHECK(after != ranges.begin(), "nothing begins at or before {}", value);
  return std::prev(after);
}

}  // namespace

Result<std::optional<StoredEvent>> LogCursor::State::next() {
  std::optional<Target> target = find_next();
  if (!target) {
    THEATER_TRY_VOID(catalog_.refresh());
    target = find_next();
    if (!target) return std::nullopt;
  }
  last_.reset();
  THEATER_TRY_VOID(enter(target->segment));
  last_ = THEATER_TRY_CONTEXT(read(*target), "reading {}",
                              segment_path(catalog_.folder(), target->segment).string());
  ++next_;
  return last_;
}

Result<std::vector<std::optional<StoredBody>>> LogCursor::State::bodies(
    const std::vector<bool>& wanted) {
  THEATER_CHECK(last_, "there is no event whose payloads are asked for");
  if (wanted.empty()) return std::vector<std::optional<StoredBody>>();
  if (!last_->bodies) {
    return fail(ErrorCode::kCorrupt,
                "{} is damaged at offset {}: the event does not say where its {} payloads are",
                segment_path(catalog_.folder(), last_->segment).string(), last_->offset,
                wanted.size());
  }
  return place_->bodies.read(*last_->bodies, wanted);
}

std::optional<LogCursor::State::Target> LogCursor::State::find_next() const {
  if (!actor_) {
    if (next_ >= catalog_.size()) return std::nullopt;
    // Among segments that begin with the same event, all but the last are empty.
    auto segment = last_not_after(catalog_.segments(), next_, [](const Catalog::Segment& range) {
      return range.header.header.first;
    });
    return Target{segment->header.header.number, next_ - segment->header.header.first};
  }
  const Catalog::Actor& actor = catalog_.actors().at(*actor_);
  if (next_ >= actor.events) return std::nullopt;
  auto found = last_not_after(actor.ranges, next_,
                              [](const Catalog::SeqRange& range) { return range.first_seq; });
  return Target{found->segment, next_ - found->first_seq};
}

Result<void> LogCursor::State::enter(uint64_t segment) {
  if (place_ && place_->segment == segment) return {};
  std::shared_ptr<const SegmentIndex> index = THEATER_TRY(catalog_.index(segment));
  const std::filesystem::path& folder = catalog_.folder();
  FileHandle file = THEATER_TRY(FileHandle::open(segment_path(folder, segment), OpenMode::kRead));
  const ActorId& log_id = catalog_.segments().front().header.header.log_id;
  place_.emplace(Place{.segment = segment,
                       .index = std::move(index),
                       .window = FrameWindow(std::move(file)),
                       .bodies = BodyReader(bodies_path(folder, segment), log_id, segment)});
  return {};
}

Result<StoredEvent> LogCursor::State::read(const Target& target) {
  const SegmentIndex& index = *place_->index;
  const std::vector<uint32_t>* offsets = &index.events;
  if (actor_) {
    auto actor = index.actors.find(*actor_);
    offsets = actor == index.actors.end() ? nullptr : &actor->second.offsets;
  }
  if (offsets == nullptr || target.position >= offsets->size()) {
    return fail(ErrorCode::kCorrupt, "its footer is not the one that was there before");
  }
  uint32_t offset = (*offsets)[static_cast<size_t>(target.position)];
  Frame frame = THEATER_TRY(place_->window.read_event(offset, index.end.offset));
  if (actor_ && frame.actor != *actor_) {
    return fail(ErrorCode::kCorrupt, "the event at {} is of actor number {}, not {}", offset,
                frame.actor.value, actor_->value);
  }
  auto position = std::lower_bound(index.events.begin(), index.events.end(), offset);
  return StoredEvent{.index = catalog_.segments()[target.segment].header.header.first +
                              static_cast<uint64_t>(position - index.events.begin()),
                     .actor = frame.actor,
                     .bytes = frame.event(),
                     .segment = target.segment,
                     .offset = offset,
                     .bodies = frame.bodies()};
}

LogCursor::LogCursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogCursor::~LogCursor() = default;
LogCursor::LogCursor(LogCursor&&) noexcept = default;
LogCursor& LogCursor::operator=(LogCursor&&) noexcept = default;

Result<std::optional<StoredEvent>> LogCursor::next() {
  return state_->next();
}

Result<std::vector<std::optional<StoredBody>>> LogCursor::bodies(size_t count) {
  return state_->bodies(std::vector<bool>(count, true));
}

Result<std::vector<std::optional<StoredBody>>> LogCursor::bodies(const std::vector<bool>& wanted) {
  return state_->bodies(wanted);
}

}  // namespace theater::log
