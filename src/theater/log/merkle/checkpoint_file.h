// The file `checkpoint` in a log's folder: the newest signed checkpoint.
#pragma once

#include "theater/base/result.h"
#include "theater/log/merkle/checkpoint.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace theater::log {

// The checkpoint that is there, signed by `key`. None if there is no file, or if it has nothing but
// zeros: that is what a loss of power may leave of one that was not synced. Fails with kCorrupt if
// it is no checkpoint or not signed by the key.
Result<std::optional<Checkpoint>> read_checkpoint_file(const std::filesystem::path& folder,
                                                       const VerifierKey& key);

// The same, whichever log it is of.
Result<std::optional<Checkpoint>> read_any_checkpoint_file(const std::filesystem::path& folder,
                                                           const PublicKey& key);

// Whether there is one, whoever signed it and whatever it says. Fails as reading does.
Result<bool> has_checkpoint_file(const std::filesystem::path& folder);

enum class Lasting : uint8_t {
  kSoon,  // When the operating system comes to it.
  kNow,   // When the call returns.
};

// Puts the file in the place of the one before; a reader sees one of the two. Fails with kIo or
// kResourceExhausted.
Result<void> write_checkpoint_file(const std::filesystem::path& folder, const std::string& note,
                                   Lasting lasting);

}  // namespace theater::log
