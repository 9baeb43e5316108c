#include "theater/log/reader/log_proofs.h"

#include "theater/log/event/event.h"
#include "theater/log/merkle/proof.h"
#include "theater/log/merkle/tree.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace theater::log {

Result<LogProofs> LogProofs::open(const LogReader& reader, const Checkpoint& checkpoint) {
  if (reader.size() < checkpoint.size) {
    return Failure(Error(ErrorCode::kCorrupt,
                         fmt::format("the log in {} has {} events, but its checkpoint is of {}",
                                     reader.folder().string(), reader.size(), checkpoint.size))
                       .with_hint("`theater verify` says more"));
  }
  LogProofs proofs(reader, checkpoint);
  Result<Tree> tree = proofs.tiles_.tree(checkpoint.size);
  proofs.use_tiles_ = tree && tree->root() == checkpoint.root;
  return proofs;
}

Result<Hash> LogProofs::subtree(unsigned level, uint64_t index) {
  if (use_tiles_) {
    Result<Hash> hash = tiles_.subtree(level, index, checkpoint_.size);
    if (hash) return hash;
    // A tile that is not needed for the root may be missing or torn.
  }
  uint64_t first = index << level;
  uint64_t count = uint64_t{1} << level;
  LogCursor cursor = reader_->node_cursor(first);
  Tree tree;
  while (tree.size() < count) {
    std::optional<StoredEvent> event = THEATER_TRY(cursor.next());
    if (!event) {
      return fail(ErrorCode::kCorrupt, "the log has no event {}", first + tree.size());
    }
    tree.append(event_hash(event->bytes));
  }
  return tree.root();
}

Result<std::vector<Hash>> LogProofs::inclusion(uint64_t index) {
  auto hashes = [&](unsigned level, uint64_t at) { return subtree(level, at); };
  std::vector<Hash> proof = THEATER_TRY(inclusion_proof(index, checkpoint_.size, hashes));
  Hash leaf = THEATER_TRY(subtree(0, index));
  if (Result<void> shown = verify_inclusion(leaf, index, checkpoint_.size, proof, checkpoint_.root);
      !shown) {
    return Failure(
        Error(ErrorCode::kCorrupt,
              fmt::format("the events of the log in {} do not come to the root of its checkpoint",
                          reader_->folder().string()))
            .with_hint("`theater verify` says where the log is wrong"));
  }
  return proof;
}

Result<std::vector<Hash>> LogProofs::consistency(const Checkpoint& old) {
  if (old.origin != checkpoint_.origin) {
    return fail(ErrorCode::kInvalidArgument, "it is of {}, but this log is {}", old.origin,
                checkpoint_.origin);
  }
  if (old.size == 0 || old.size > checkpoint_.size) {
    return fail(ErrorCode::kInvalidArgument,
                "it is of {} events, and the log's newest checkpoint of {}", old.size,
                checkpoint_.size);
  }
  auto hashes = [&](unsigned level, uint64_t at) { return subtree(level, at); };
  std::vector<Hash> proof = THEATER_TRY(consistency_proof(old.size, checkpoint_.size, hashes));
  if (Result<void> shown =
          verify_consistency(old.size, old.root, checkpoint_.size, checkpoint_.root, proof);
      !shown) {
    return Failure(
        Error(ErrorCode::kCorrupt,
              fmt::format("the log in {} does not go on from it: its first {} events are others",
                          reader_->folder().string(), old.size))
            .with_hint("`theater verify --checkpoint FILE` says more"));
  }
  return proof;
}

Result<std::optional<VerifierKey>> log_key_at(const LogReader& reader, uint64_t size) {
  std::optional<VerifierKey> found;
  LogCursor cursor = reader.actor_cursor(reader.log_id());
  while (std::optional<StoredEvent> stored = THEATER_TRY(cursor.next())) {
    if (stored->index >= size) break;
    auto event = decode_event_in_place(stored->bytes);
    if (!event) {
      return fail(ErrorCode::kCorrupt, "event {} of the log: {}", stored->index,
                  event.error().to_string());
    }
    const auto* control = std::get_if<Control>(&event->body);
    const auto* key = control == nullptr ? nullptr : std::get_if<NodeKey>(&control->operation);
    if (key == nullptr) continue;
    found = VerifierKey{.name = log_origin(reader.log_id()), .key = {}};
    if (key->value.size() != found->key.size()) {
      return fail(ErrorCode::kCorrupt, "event {} of the log names a key of {} bytes, not {}",
                  stored->index, key->value.size(), found->key.size());
    }
    std::copy(key->value.begin(), key->value.end(), found->key.begin());
  }
  return found;
}

}  // namespace theater::log
