// Proofs about the tree: that it has a leaf, and that it begins with another tree (RFC 6962 section
// 2.1.1 and 2.1.2; the check of RFC 9162 section 2.1.3.2 and 2.1.4.2).
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

// The hash of the perfect subtree of 2^level leaves that begins at leaf index << level. Fails as
// its source does.
using SubtreeHash = std::function<Result<Hash>(unsigned level, uint64_t index)>;

// Fail with kInvalidArgument unless index < size, or 0 < old_size <= size.
Result<std::vector<Hash>> inclusion_proof(uint64_t index, uint64_t size, const SubtreeHash& hashes);
Result<std::vector<Hash>> consistency_proof(uint64_t old_size, uint64_t size,
                                            const SubtreeHash& hashes);

// Fail with kCorrupt unless the proof is right and has no superfluous hash. A root does not tell
// the size of its tree: size and root must come from one checkpoint. No proof exists for an old
// tree without leaves.
Result<void> verify_inclusion(const Hash& leaf, uint64_t index, uint64_t size,
                              std::span<const Hash> proof, const Hash& root);
Result<void> verify_consistency(uint64_t old_size, const Hash& old_root, uint64_t size,
                                const Hash& root, std::span<const Hash> proof);

// The most hashes of a proof: the levels of a tree of 2^64 leaves, and one.
inline constexpr size_t kProofHashesMax = 65;

// Proofs as text: one base64 hash a line; a proof without hashes is the empty text. Parsing accepts
// only the output of proof_text(). It fails with kInvalidArgument, naming the line, and past
// kProofHashesMax.
std::string proof_text(std::span<const Hash> proof);
Result<std::vector<Hash>> parse_proof(std::string_view text);

}  // namespace theater::log
