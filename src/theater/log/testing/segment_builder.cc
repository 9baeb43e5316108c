#include "theater/log/testing/segment_builder.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/base/testing/must.h"
#include "theater/base/zstd.h"
#include "theater/log/event/event.h"
#include "theater/log/segment/body_format.h"
#include "theater/log/segment/segment_files.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace theater::log {

namespace {

constexpr size_t kChainBytesMax = std::numeric_limits<size_t>::max();

void write_at(const std::filesystem::path& path, uint64_t offset, ByteView bytes, uint64_t room) {
  FileHandle file = must(FileHandle::open(path, OpenMode::kCreate));
  must(file.write_at(offset, bytes));
  must(file.truncate(offset + bytes.size() + room));
}

// What a record of the form splice stores.
Bytes spliced(ByteView bytes, ByteView base) {
  auto begins = std::mismatch(bytes.begin(), bytes.end(), base.begin(), base.end());
  auto beginning = static_cast<size_t>(begins.first - bytes.begin());
  ByteView rest = bytes.subspan(beginning);
  auto ends = std::mismatch(rest.rbegin(), rest.rend(), base.rbegin(), base.rend());
  auto end = static_cast<size_t>(ends.first - rest.rbegin());
  Splice splice{.beginning = static_cast<uint32_t>(beginning),
                .end = static_cast<uint32_t>(end),
                .frame = {}};
  Bytes room;
  ByteView middle = rest.first(rest.size() - end);
  if (!middle.empty()) {
    splice.frame = ZstdCompressor().compress(room, middle, base.first(beginning));
  }
  Bytes stored;
  append_splice(stored, splice);
  return stored;
}

}  // namespace

Payload BuiltBody::payload() const {
  return Detached{detached_hash(salt, bytes), bytes.size()};
}

SegmentBuilder::SegmentBuilder(std::filesystem::path folder, const BuilderOptions& options)
    : folder_(std::move(folder)), options_(options) {
  std::filesystem::create_directories(segments_folder(folder_));
}

Hash SegmentBuilder::record(ActorNumber actor, const Body& body, std::vector<BuiltBody> bodies) {
  std::unique_ptr<Chain>& chain = chains_[actor];
  if (!chain) chain = std::make_unique<Chain>(kChainBytesMax);
  EventRef ref = chain->append(body, 1'767'225'600'000'000 + tree_.size());
  add(actor, to_bytes(chain->event(ref.seq.value)), std::move(bodies));
  return ref.hash;
}

void SegmentBuilder::add(ActorNumber actor, Bytes event, std::vector<BuiltBody> bodies) {
  group_.push_back({.actor = actor, .bytes = std::move(event), .bodies = std::move(bodies)});
}

void SegmentBuilder::commit() {
  if (group_.empty()) throw std::runtime_error("a group without events");
  if (size_ == 0) begin_segment();
  uint64_t offset = size_;
  Bytes out;
  write_group(out);
  write_segment(offset, out, options_.room);
  events_.insert(events_.end(), group_.begin(), group_.end());
  group_.clear();
  if (size_ >= options_.segment_bytes) seal();
}

void SegmentBuilder::seal() {
  if (size_ == 0) begin_segment();
  Bytes out;
  std::sort(footer_.actors.begin(), footer_.actors.end(),
            [](const FooterActor& a, const FooterActor& b) { return a.number < b.number; });
  if (options_.footers == Footers::kWritten) append_footer(out, footer_, size_);
  write_segment(size_, out, 0);
  ++number_;
  size_ = 0;
  footer_ = {};
  bodies_.clear();
}

void SegmentBuilder::write_checkpoint(std::string_view note) const {
  must(write_file(folder_ / "checkpoint", as_bytes(note)));
}

std::vector<BuiltEvent> SegmentBuilder::events(ActorNumber actor) const {
  std::vector<BuiltEvent> found;
  std::copy_if(events_.begin(), events_.end(), std::back_inserter(found),
               [&](const BuiltEvent& event) { return event.actor == actor; });
  return found;
}

void SegmentBuilder::begin_segment() {
  uint64_t next_actor = ids_.empty() ? 1 : ids_.rbegin()->first.value + 1;
  Bytes out;
  append_header(out, {.log_id = options_.log_id,
                      .number = number_,
                      .first = tree_.size(),
                      .next_actor = next_actor,
                      .peaks = tree_.peaks()});
  write_segment(0, out, options_.room);
}

void SegmentBuilder::write_group(Bytes& out) {
  GroupTrailer trailer{.log_id = options_.log_id,
                       .segment = number_,
                       .first = tree_.size(),
                       .count = group_.size(),
                       .offset = size_};
  size_t bodies_before = bodies_.size();
  for (const BuiltEvent& event : group_) {
    std::optional<uint64_t> bodies;
    if (!event.bodies.empty()) {
      if (bodies_.empty()) append_bodies_header(bodies_, {options_.log_id, number_});
      bodies = bodies_.size();
    }
    for (const BuiltBody& body : event.bodies)
      write_body(body);

    index_event(event, size_ + out.size());
    append_event_frame(out, event.actor, event.bytes, bodies);
    tree_.append(event_hash(event.bytes));
  }
  trailer.bodies_end = bodies_.size();
  trailer.root = tree_.root();
  append_trailer(out, trailer);
  if (bodies_.size() > bodies_before) {
    write_at(bodies_path(folder_, number_), 0, bodies_, 0);
  }
}

void SegmentBuilder::write_body(const BuiltBody& body) {
  PackedBody packed{.form = body.form,
                    .length = static_cast<uint32_t>(body.bytes.size()),
                    .salt = body.salt,
                    .base = has_base(body.form) ? last_body_ : 0};
  Bytes stored;
  Bytes room;
  switch (body.form) {
    case BodyForm::kRaw:
      stored = body.bytes;
      break;
    case BodyForm::kZstd:
      stored = to_bytes(ZstdCompressor().compress(room, body.bytes));
      break;
    case BodyForm::kZstdAfter:
      stored = to_bytes(ZstdCompressor().compress(room, body.bytes, last_bytes_));
      break;
    case BodyForm::kTail: {
      auto tail = std::mismatch(body.bytes.rbegin(), body.bytes.rend(), last_bytes_.rbegin(),
                                last_bytes_.rend());
      stored.assign(body.bytes.begin(), tail.first.base());
      break;
    }
    case BodyForm::kSplice:
      stored = spliced(body.bytes, last_bytes_);
      break;
    case BodyForm::kAbsent:
      break;
  }
  packed.stored = stored;
  last_body_ = bodies_.size();
  last_bytes_ = body.bytes;
  append_body(bodies_, packed);
}

void SegmentBuilder::index_event(const BuiltEvent& event, uint64_t offset) {
  Result<Event> decoded = decode_event(event.bytes);
  const auto* genesis = decoded ? std::get_if<Genesis>(&decoded->body) : nullptr;
  if (genesis != nullptr) ids_.try_emplace(event.actor, genesis->actor);
  auto found = std::find_if(footer_.actors.begin(), footer_.actors.end(),
                            [&](const FooterActor& actor) { return actor.number == event.actor; });
  if (found == footer_.actors.end()) {
    FooterActor actor{
        .number = event.actor, .id = ids_[event.actor], .first_seq = counts_[event.actor]};
    found = footer_.actors.insert(found, std::move(actor));
  }
  found->offsets.push_back(static_cast<uint32_t>(offset));
  ++footer_.events;
  ++counts_[event.actor];
}

void SegmentBuilder::write_segment(uint64_t offset, ByteView bytes, uint64_t room) {
  write_at(segment_path(folder_, number_), offset, bytes, room);
  size_ = offset + bytes.size();
}

}  // namespace theater::log
