// Does this log prove itself? Reads every byte of it and believes nothing.
//
// docs/formats/log.md, "What `verify` checks", is what it does, in that order of precedence: the
// first thing that is wrong is where the log is wrong.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/merkle/checkpoint.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace theater::log {

enum class Verdict : uint8_t { kValid, kInvalid, kUnverifiable };
std::string_view verdict_name(Verdict verdict);  // "VALID", …

// One thing that is wrong or missing, and where.
struct Finding {
  Verdict verdict = Verdict::kInvalid;  // kInvalid: wrong. kUnverifiable: missing.
  std::string what;                     // One sentence.
  std::optional<std::filesystem::path> file = std::nullopt;  // Below the log's folder.
  std::optional<uint64_t> offset = std::nullopt;
  std::optional<uint64_t> index = std::nullopt;  // Of the event in the log.
  std::optional<ActorId> actor = std::nullopt;
  std::optional<uint64_t> seq = std::nullopt;

  // All of it on one line.
  std::string to_string() const;
};

struct LogReport {
  Verdict verdict = Verdict::kUnverifiable;
  std::vector<Finding> findings;  // The first kFindingsMax, worst first, in order of place.
  uint64_t findings_left_out = 0;

  uint64_t events = 0;
  uint64_t actors = 0;  // The node itself not counted.
  uint64_t groups = 0;
  uint64_t segments = 0;
  uint64_t bodies = 0;
  uint64_t bodies_removed = 0;
  uint64_t bytes = 0;
  ActorId log_id;
  std::optional<PublicKey> key;          // As the node's chain names it.
  Hash root;                             // Of all `events`.
  std::optional<Checkpoint> checkpoint;  // The newest, if it is good.

  // Of the actor that was asked for: what its chain comes to.
  struct Chain {
    ActorId actor;
    std::string name;
    uint64_t events = 0;
    Hash head;
    bool terminated = false;
  };
  std::optional<Chain> chain;
};

struct CheckOptions {
  static constexpr size_t kFindingsMax = 20;

  // Checkpoints that were kept elsewhere, as text with the name of where they are from: nothing may
  // have been rewritten since.
  struct Outside {
    std::string source;
    std::string note;
  };
  std::vector<Outside> outside;
  // The key that the log must be signed by; else the one that its node's chain names.
  std::optional<VerifierKey> key;
  // One actor whose chain is to be reported.
  std::optional<ActorId> actor;
  // Called now and then, on the calling thread: bytes read, and of how many.
  std::function<void(uint64_t done, uint64_t of)> progress;
};

// Fails only if the log cannot be read at all (kNotFound: there is none; kIo). Uses several threads
// of its own.
Result<LogReport> check_log(const std::filesystem::path& folder, const CheckOptions& options = {});

}  // namespace theater::log
