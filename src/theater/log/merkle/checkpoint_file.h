// The file `checkpoint` in a log's folder: the newest signed checkpoint.
#pragma once

#include "theater/base/result.h"
#include "theater/log/merkle/checkpoint.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace theater::log {

// The checkpoint in the file, signed by `key`. None if there is no file, or if it has only zeros,
// which a loss of power may leave of an unsynced one. Fails with kCorrupt if the file has no
// checkpoint, or one without the key's signature.
Result<std::optional<Checkpoint>> read_checkpoint_file(const std::filesystem::path& folder,
                                                       const VerifierKey& key);

// The same for a checkpoint of any log.
Result<std::optional<Checkpoint>> read_any_checkpoint_file(const std::filesystem::path& folder,
                                                           const PublicKey& key);

// Whether there is a checkpoint file, with any signer and any contents. Fails as reading does.
Result<bool> has_checkpoint_file(const std::filesystem::path& folder);

enum class Lasting : uint8_t {
  kSoon,  // On disk when the operating system writes it.
  kNow,   // On disk when the call returns.
};

// Replaces the file; a reader sees the old one or the new one. Fails with kIo or
// kResourceExhausted.
Result<void> write_checkpoint_file(const std::filesystem::path& folder, const std::string& note,
                                   Lasting lasting);

}  // namespace theater::log
