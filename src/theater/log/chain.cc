#include "theater/log/chain.h"

#include "theater/base/check.h"

#include <boost/mp11.hpp>

#include <algorithm>
#include <utility>

namespace theater::log {

namespace {

// The octet that the encoded body of an `instance` begins with.
constexpr size_t kInstanceCase = boost::mp11::mp_find<Body, Instance>::value;

}  // namespace

Chain::Chain(size_t bytes_max, const ChainPosition& start, FunctionTable functions)
    : bytes_max_(bytes_max), position_(start), functions_at_first_(std::move(functions)) {}

EventRef Chain::append(const Body& body, uint64_t time) {
  position_.time = std::max(position_.time, time);
  size_t start = arena_.size();
  encode_event(arena_, position_.head, position_.seq, position_.time, body);
  return take_newest(start);
}

EventRef Chain::append_encoded(ByteView event, uint64_t time) {
  Result<Hash> parent = event_parent(event);
  THEATER_CHECK(parent && *parent == position_.head && time >= position_.time,
                "an encoded event does not follow on event {}", position_.seq);
  position_.time = time;
  size_t start = arena_.size();
  theater::append(arena_, event);
  return take_newest(start);
}

// Hashes and links what has been added to the arena.
EventRef Chain::take_newest(size_t start) {
  starts_.push_back(start);
  position_.head = event_hash(ByteView(arena_).subspan(start));
  EventRef ref{Seq{position_.seq}, position_.head};
  ++position_.seq;

  while (kept_bytes() > bytes_max_ && kept() > 1)
    drop_oldest();
  if (begin_ > 0 && begin_ >= kept_bytes()) compact();
  return ref;
}

ByteView Chain::event(uint64_t seq) const {
  THEATER_CHECK(seq >= first_seq() && seq < end_seq(), "event {} is not in [{}, {})", seq,
                first_seq(), end_seq());
  size_t index = first_ + static_cast<size_t>(seq - first_seq());
  size_t end = index + 1 < starts_.size() ? starts_[index + 1] : arena_.size();
  return ByteView(arena_).subspan(starts_[index], end - starts_[index]);
}

Hash Chain::hash(uint64_t seq) const {
  if (seq + 1 == end_seq()) return head();
  Result<Hash> found = event_parent(event(seq + 1));
  THEATER_CHECK(found, "event {} of our own making does not decode", seq + 1);
  return *found;
}

// An `instance` that is dropped leaves its function table behind: the events after it need it.
void Chain::drop_oldest() {
  ByteView oldest = event(first_seq());
  Result<ByteView> body = event_body(oldest);
  THEATER_CHECK(body && !body->empty(), "event {} of our own making does not decode", first_seq());
  if (body->front() == kInstanceCase) {
    Result<Event> decoded = decode_event_in_place(oldest);
    THEATER_CHECK(decoded, "event {} of our own making does not decode", first_seq());
    auto& names = std::get<Instance>(decoded->body).functions;
    functions_at_first_ = FunctionTable::from_names(std::move(names));
  }
  begin_ += oldest.size();
  ++first_;
  ++dropped_;
}

void Chain::compact() {
  arena_.erase(arena_.begin(), arena_.begin() + static_cast<ptrdiff_t>(begin_));
  starts_.erase(starts_.begin(), starts_.begin() + static_cast<ptrdiff_t>(first_));
  for (size_t& start : starts_)
    start -= begin_;
  begin_ = 0;
  first_ = 0;
}

}  // namespace theater::log
