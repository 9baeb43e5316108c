// Proofs about a log that lies in a folder, under one of its checkpoints: from its tiles where they
// are right, else from its events.
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

// Not thread-safe. The reader outlives it, and has all events of the checkpoint.
class LogProofs {
 public:
  // Fails with kCorrupt if the log has fewer events than the checkpoint is of.
  static Result<LogProofs> open(const LogReader& reader, const Checkpoint& checkpoint);

  // That the event with this index is in the log of the checkpoint. Without tiles it reads all
  // events. Fails with kInvalidArgument if it is not, and with kCorrupt if the log's events do not
  // come to the checkpoint's root.
  Result<std::vector<Hash>> inclusion(uint64_t index);

  // That the log of the checkpoint goes on from `old`. Fails with kInvalidArgument if that is of
  // another log or of more events, or none; with kCorrupt if it does not.
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

// The key that the log's own chain names last before the log had `size` events: that which signs
// its checkpoint of that size. None if it names none. Fails with kCorrupt or kIo.
Result<std::optional<VerifierKey>> log_key_at(const LogReader& reader, uint64_t size);

}  // namespace theater::log
