#include "theater/log/event/chain.h"

#include "theater/base/check.h"

#include <boost/mp11.hpp>

#include <algorithm>
#include <utility>

namespace theater::log {

namespace {

// The byte that the encoded body of an `instance` begins with.
constexpr size_t kInstanceCase = boost::mp11::mp_find<Body, Instance>::value;

// A block is full when it has this many bytes. The first one of a chain grows as it is filled,
// since most actors never fill it; the others have their memory at once, with room for the end of
// the last event, unless that is a large one.
constexpr size_t kBlockBytes = size_t{64} << 10;
constexpr size_t kBlockMargin = size_t{4} << 10;

}  // namespace

Chain::Chain(size_t bytes_max, const ChainPosition& start, FunctionTable functions)
    : bytes_max_(bytes_max),
      position_(start),
      functions_at_first_(std::move(functions)),
      first_seq_(start.seq) {}

ByteView Chain::Block::event(uint64_t seq) const {
  auto index = static_cast<size_t>(seq - first);
  size_t end = index + 1 < starts.size() ? starts[index + 1] : bytes.size();
  return ByteView(bytes).subspan(starts[index], end - starts[index]);
}

EventRef Chain::append(const Body& body, uint64_t time) {
  if (body.index() == kInstanceCase) instances_.push_back(position_.seq);
  position_.time = std::max(position_.time, time);
  Block& block = block_for_next();
  size_t start = block.bytes.size();
  encode_event(block.bytes, position_.head, position_.seq, position_.time, body);
  return take_newest(block, start);
}

EventRef Chain::append_encoded(ByteView event, uint64_t time) {
  Result<Hash> parent = event_parent(event);
  Result<ByteView> body = event_body(event);
  THEATER_CHECK(
      parent && *parent == position_.head && time >= position_.time && body && !body->empty(),
      "an encoded event does not follow on event {}", position_.seq);
  if (body->front() == kInstanceCase) instances_.push_back(position_.seq);
  position_.time = time;
  Block& block = block_for_next();
  size_t start = block.bytes.size();
  theater::append(block.bytes, event);
  return take_newest(block, start);
}

Chain::Block& Chain::block_for_next() {
  if (!blocks_.empty() && blocks_.back().bytes.size() < kBlockBytes) return blocks_.back();
  Block block = std::exchange(spare_, {});
  block.first = position_.seq;
  if (!blocks_.empty()) block.bytes.reserve(kBlockBytes + kBlockMargin);
  return blocks_.emplace_back(std::move(block));
}

// Hashes and links what has been added to the block.
EventRef Chain::take_newest(Block& block, size_t start) {
  ByteView event = ByteView(block.bytes).subspan(start);
  block.starts.push_back(static_cast<uint32_t>(start));
  kept_bytes_ += event.size();
  position_.head = event_hash(event);
  EventRef ref{Seq{position_.seq}, position_.head};
  ++position_.seq;

  drop_excess();
  return ref;
}

void Chain::keep_at_most(size_t bytes_max) {
  bytes_max_ = bytes_max;
  drop_excess();
}

void Chain::drop_excess() {
  while (kept_bytes_ > bytes_max_ && kept() > 1)
    drop_oldest();
}

ByteView Chain::event(uint64_t seq) const {
  THEATER_CHECK(seq >= first_seq() && seq < end_seq(), "event {} is not in [{}, {})", seq,
                first_seq(), end_seq());
  auto block = blocks_.end() - 1;
  while (block->first > seq)
    --block;
  return block->event(seq);
}

Hash Chain::hash(uint64_t seq) const {
  if (seq + 1 == end_seq()) return head();
  Result<Hash> found = event_parent(event(seq + 1));
  THEATER_CHECK(found, "event {} of our own making does not decode", seq + 1);
  return *found;
}

// The first kept `instance` is dropped, and leaves its function table behind: the events after it
// need it.
void Chain::take_functions(ByteView instance) {
  Result<Event> decoded = decode_event_in_place(instance);
  THEATER_CHECK(decoded, "event {} of our own making does not decode", instances_.front());
  auto& names = std::get<Instance>(decoded->body).functions;
  functions_at_first_ = FunctionTable::from_names(std::move(names));
  instances_.erase(instances_.begin());
}

void Chain::drop_oldest() {
  ByteView oldest = blocks_.front().event(first_seq_);
  if (!instances_.empty() && instances_.front() == first_seq_) take_functions(oldest);
  kept_bytes_ -= oldest.size();
  ++first_seq_;
  ++dropped_;
  if (first_seq_ == blocks_.front().end()) drop_block();
}

void Chain::drop_block() {
  Block& oldest = blocks_.front();
  oldest.bytes.clear();
  oldest.starts.clear();
  // What a large event has needed is given back.
  if (oldest.bytes.capacity() <= 2 * kBlockBytes) spare_ = std::move(oldest);
  blocks_.erase(blocks_.begin());
}

Chain Chain::since(uint64_t seq) const {
  Chain copy(bytes_max_, position_, functions_at_first_);
  copy.first_seq_ = first_seq_;
  copy.dropped_ = dropped_;
  copy.kept_bytes_ = kept_bytes_;
  copy.instances_ = instances_;
  uint64_t newest = end_seq() - std::min<uint64_t>(kept(), 1);
  uint64_t first = std::min(seq, newest);
  for (const Block& block : blocks_) {
    if (block.end() > first) {
      copy.blocks_.push_back(block);
    } else {
      copy.skip_block(block);
    }
  }
  while (copy.first_seq_ < first)
    copy.drop_oldest();
  return copy;
}

// The block is not in this copy, all others behind it will be.
void Chain::skip_block(const Block& block) {
  while (!instances_.empty() && instances_.front() < block.end())
    take_functions(block.event(instances_.front()));
  kept_bytes_ -= block.bytes.size() - block.starts[first_seq_ - block.first];
  dropped_ += block.end() - first_seq_;
  first_seq_ = block.end();
}

}  // namespace theater::log
