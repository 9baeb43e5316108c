// The checkpoints of a log under check: its own, and those from outside.
#pragma once

#include "theater/log/check/findings.h"
#include "theater/log/check/log_check.h"
#include "theater/log/merkle/checkpoint.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace theater::log::check {

// The results of the other stages.
struct CheckedLog {
  ActorId log_id;
  uint64_t events = 0;
  // The root of the tree of `size` events; none if some of them were lost.
  std::function<std::optional<Hash>(uint64_t size)> root_at;
  // The key that the node's chain named at that size; none if it named none.
  std::function<std::optional<PublicKey>(uint64_t size)> key_at;
};

// Not thread-safe.
class Checkpoints {
 public:
  // Reads the log's checkpoint. Call it before reading anything else of the log: a node may be
  // writing it, and the events of a checkpoint are on disk before the checkpoint.
  Checkpoints(const std::filesystem::path& folder, const CheckOptions& options,
              FindingList& findings);

  // The tree sizes that check() asks for.
  std::vector<uint64_t> sizes() const;

  // Whether the log has a checkpoint file.
  bool has_own() const { return own_.has_value(); }

  void check(const CheckedLog& log);

  // After check(): the log's own checkpoint, if it is good.
  std::optional<Checkpoint> own() const;
  // The largest size of a checkpoint with a good signature.
  uint64_t size_signed() const { return size_signed_; }

 private:
  struct Note {
    std::optional<std::string> source;  // None for the log's own checkpoint.
    Result<SignedCheckpoint> read;
    bool is_good = false;
  };

  bool check_note(const Note& note, const CheckedLog& log);
  void add(Verdict verdict, const Note& note, std::string what);

  const CheckOptions& options_;
  FindingList& findings_;
  std::optional<Note> own_;
  std::vector<Note> outside_;
  uint64_t size_signed_ = 0;
};

}  // namespace theater::log::check
