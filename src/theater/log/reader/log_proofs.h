// Proofs about a log in a folder, under one of its checkpoints. They come from the log's tiles
// where those are right, else from its events.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/merkle/tiles.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace theater::log {

// Not thread-safe. The reader outlives the proofs, and has all events of the checkpoint.
class LogProofs {
 public:
  // Fails with kCorrupt if the log has fewer events than the checkpoint.
  static Result<LogProofs> open(const LogReader& reader, const Checkpoint& checkpoint);

  // The proof that the event at `index` is in the checkpoint's log. Without tiles it reads all
  // events. Fails with kInvalidArgument for an index outside the checkpoint, and with kCorrupt if
  // the log's events do not give the checkpoint's root.
  Result<std::vector<Hash>> inclusion(uint64_t index);

  // The proof that the checkpoint's log continues that of `old`. Fails with kInvalidArgument if
  // `old` is of another log, of more events, or of none; with kCorrupt if the log does not continue
  // it.
  Result<std::vector<Hash>> consistency(const Checkpoint& old);

 private:
  LogProofs(const LogReader& reader, const Checkpoint& checkpoint)
      : reader_(&reader), checkpoint_(checkpoint), tiles_(reader.folder()) {}

  Result<Hash> subtree(unsigned level, uint64_t index);

  const LogReader* reader_;
  Checkpoint checkpoint_;
  TileReader tiles_;
  bool use_tiles_ = false;
};

// The key of the log's checkpoint of `size` events: the last one that the log's own chain names
// before event `size`. None if it names none. Fails with kCorrupt or kIo.
Result<std::optional<VerifierKey>> log_key_at(const LogReader& reader, uint64_t size);

}  // namespace theater::log
