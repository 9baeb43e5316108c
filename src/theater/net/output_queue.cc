#include "theater/net/output_queue.h"

#include "theater/base/check.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// Below it, copying costs less than one more piece.
constexpr size_t kCopiedBytesMax = 16u << 10;

}  // namespace

std::string& OutputQueue::tail() {
  if (pieces_.empty() || pieces_.back().is_fixed) {
    pieces_.emplace_back();
    counted_ = 0;
  }
  return pieces_.back().text;
}

void OutputQueue::grown() {
  size_t now = pieces_.back().text.size();
  size_ += now - counted_;
  counted_ = now;
}

void OutputQueue::add(std::string_view bytes) {
  if (bytes.empty()) return;
  tail().append(bytes);
  grown();
}

void OutputQueue::add(Bytes bytes) {
  if (bytes.size() <= kCopiedBytesMax) return add(as_text(bytes));
  size_ += bytes.size();
  pieces_.push_back({.text = {}, .bytes = std::move(bytes), .shared = {}, .is_fixed = true});
}

void OutputQueue::add(std::shared_ptr<const Bytes> bytes) {
  if (bytes->size() <= kCopiedBytesMax) return add(as_text(*bytes));
  size_ += bytes->size();
  pieces_.push_back({.text = {}, .bytes = {}, .shared = std::move(bytes), .is_fixed = true});
}

std::span<const ByteView> OutputQueue::front() {
  size_t count = std::min(pieces_.size(), kPiecesMax);
  for (size_t at = 0; at < count; ++at) {
    pieces_[at].is_fixed = true;
    front_[at] = pieces_[at].view();
  }
  if (count > 0) front_[0] = front_[0].subspan(offset_);
  return {front_.data(), count};
}

void OutputQueue::taken(size_t count) {
  THEATER_CHECK(count <= size_);
  size_ -= count;
  offset_ += count;
  while (!pieces_.empty() && pieces_.front().is_fixed && offset_ >= pieces_.front().view().size()) {
    offset_ -= pieces_.front().view().size();
    pieces_.pop_front();
  }
}

}  // namespace theater
