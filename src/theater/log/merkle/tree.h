// The Merkle tree of RFC 6962 section 2.1, over leaf hashes: its root after each append, from the
// peaks alone.
//
// The tree of n leaves consists of perfect subtrees, one for each 1 in the binary form of n. The
// peaks are their roots, largest subtree first. An append needs nothing else.
#pragma once

#include "theater/base/hash.h"

#include <cstdint>
#include <span>
#include <vector>

namespace theater::log {

// SHA-256(0x01 ‖ left ‖ right).
Hash node_hash(const Hash& left, const Hash& right);

// The root of an empty tree: SHA-256 of nothing.
Hash empty_root();

// Value type, not thread-safe.
class Tree {
 public:
  Tree() = default;
  // There must be one peak for each 1 in the binary form of `size`.
  Tree(uint64_t size, std::vector<Hash> peaks);

  void append(const Hash& leaf);

  uint64_t size() const { return size_; }
  const std::vector<Hash>& peaks() const { return peaks_; }
  // Computes one hash less than there are peaks.
  Hash root() const;

  bool operator==(const Tree&) const = default;

 private:
  uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

}  // namespace theater::log
