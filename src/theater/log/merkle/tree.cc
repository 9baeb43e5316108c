#include "theater/log/merkle/tree.h"

#include "theater/base/check.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace theater::log {

// One buffer is hashed some 5 % faster than three parts: the library takes its first block where it
// lies.
Hash node_hash(const Hash& left, const Hash& right) {
  std::array<uint8_t, 1 + 2 * Hash::kSize> buffer;
  buffer[0] = 0x01;
  std::copy(left.bytes.begin(), left.bytes.end(), buffer.begin() + 1);
  std::copy(right.bytes.begin(), right.bytes.end(), buffer.begin() + 1 + Hash::kSize);
  return sha256(buffer);
}

Hash empty_root() {
  return sha256(ByteView());
}

Tree::Tree(uint64_t size, std::vector<Hash> peaks) : size_(size), peaks_(std::move(peaks)) {
  THEATER_CHECK(static_cast<size_t>(std::popcount(size_)) == peaks_.size(),
                "a tree of {} leaves has {} peaks, not {}", size_, std::popcount(size_),
                peaks_.size());
}

// Each one at the low end of the size is a subtree as large as what has become of the leaf.
void Tree::append(const Hash& leaf) {
  Hash hash = leaf;
  for (uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(hash);
  ++size_;
}

Hash Tree::root() const {
  if (peaks_.empty()) return empty_root();
  Hash root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i > 0; --i)
    root = node_hash(peaks_[i - 1], root);
  return root;
}

}  // namespace theater::log
