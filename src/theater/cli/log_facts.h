// What a log says of itself as a whole: root, newest checkpoint, key. Read, not checked.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <filesystem>
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

// None if the log has none yet, or a file of nothing but zeros, which a loss of power may leave.
// Fails with kCorrupt if it is no signed note, naming the file.
Result<std::optional<NewestCheckpoint>> newest_checkpoint(const log::LogReader& reader);

// The same, once it covers the event with this index: a node that runs signs what it has on disk
// within 100 ms. Waits no longer than a second, and returns what there is then. The reader has all
// events of the checkpoint afterwards.
Result<std::optional<NewestCheckpoint>> checkpoint_covering(log::LogReader& reader, uint64_t index);

// The failure of those who need one.
Error no_checkpoint_in(const log::LogReader& reader);

// A checkpoint that somebody kept. Fails as reading it does, and with kInvalidArgument.
Result<log::Checkpoint> read_kept_checkpoint(const std::filesystem::path& path);

// The key that the node's chain names last. Fails with kNotFound if it names none.
Result<log::VerifierKey> log_key(const log::LogReader& reader);

}  // namespace theater::cli
