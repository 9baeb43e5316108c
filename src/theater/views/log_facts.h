// What a log says of itself as a whole: its root, its newest checkpoint and its key.
//
// The functions read these facts and do not check them; log::check_log() does. Any thread may call
// them, with a reader of its own.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace theater::views {

// The root of the tree over the reader's size() events. Reads the newest segment. Fails with
// kCorrupt or kIo.
Result<Hash> log_root(const log::LogReader& reader);

struct NewestCheckpoint {
  std::string note;  // The bytes of the file.
  log::Checkpoint checkpoint;
};

// None if the log has none yet, or if its file holds only zeros, which a loss of power may leave.
// Fails with kCorrupt, naming the file, if it is no signed note.
Result<std::optional<NewestCheckpoint>> newest_checkpoint(const log::LogReader& reader);

// Waits up to a second for a checkpoint that covers the event with this index, and returns the
// newest one then. A running node signs what it has on disk within 100 ms. Afterwards the reader
// has all events of the checkpoint. Fails as newest_checkpoint() does.
Result<std::optional<NewestCheckpoint>> checkpoint_covering(log::LogReader& reader, uint64_t index);

// The error of an operation that needs a checkpoint, where the log has none.
Error no_checkpoint_in(const log::LogReader& reader);

// Reads a checkpoint that the operator kept elsewhere. Fails as reading the file does, and with
// kInvalidArgument if it is no checkpoint.
Result<log::Checkpoint> read_kept_checkpoint(const std::filesystem::path& path);

// The key that the node's chain names last. Fails with kNotFound if it names none.
Result<log::VerifierKey> log_key(const log::LogReader& reader);

}  // namespace theater::views
