// The checkpoints of a log that is checked: its own, and those that somebody kept elsewhere.
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

// What the other stages found out.
struct CheckedLog {
  ActorId log_id;
  uint64_t events = 0;
  // Of the tree of so many events; none if it is not known, because some were lost.
  std::function<std::optional<Hash>(uint64_t size)> root_at;
  // By the node's chain as it was then; none if it names no key.
  std::function<std::optional<PublicKey>(uint64_t size)> key_at;
};

// Not thread-safe.
class Checkpoints {
 public:
  // Reads the log's checkpoint, before anything else of the log: a node may be writing it, and what
  // a checkpoint is about is on disk before it.
  Checkpoints(const std::filesystem::path& folder, const CheckOptions& options,
              FindingList& findings);

  // Of which trees the roots will be asked.
  std::vector<uint64_t> sizes() const;

  // Whether there is a file at all.
  bool has_own() const { return own_.has_value(); }

  void check(const CheckedLog& log);

  // After check(): the log's own checkpoint, if it is good.
  std::optional<Checkpoint> own() const;
  // The most events that a checkpoint with a good signature is about.
  uint64_t size_signed() const { return size_signed_; }

 private:
  struct Note {
    std::optional<std::string> source;  // None for the log's own.
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
