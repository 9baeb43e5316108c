// What a log says of itself as a whole: root, newest checkpoint, key. Read, not checked.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/checkpoint.h"
#include "theater/log/log_reader.h"

#include <optional>
#include <string>

namespace theater::cli {

// The root of the tree over the reader's size() events, computed from the events of the newest
// segment. Fails with kCorrupt or kIo.
Result<Hash> log_root(const log::LogReader& reader);

struct NewestCheckpoint {
  std::string note;  // The file as it is.
  log::Checkpoint checkpoint;
};

// None if the log has none yet. Fails with kCorrupt if it is no signed note, naming the file.
Result<std::optional<NewestCheckpoint>> newest_checkpoint(const log::LogReader& reader);

// The key that the node's chain names. Fails with kNotFound if it names none.
Result<log::VerifierKey> log_key(const log::LogReader& reader);

}  // namespace theater::cli
