// The check that a log proves itself. It reads every byte and trusts none.
//
// It follows docs/formats/log.md, "What `verify` checks", in that order of precedence: the first
// fault found is the place where the log is wrong.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/store/blob_store.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

class BodyAllowance;

enum class Verdict : uint8_t { kValid, kInvalid, kUnverifiable };
std::string_view verdict_name(Verdict verdict);  // "VALID", …

// One wrong or missing thing, and its place.
struct Finding {
  Verdict verdict = Verdict::kInvalid;  // kInvalid: wrong. kUnverifiable: missing.
  std::string what;                     // One sentence.
  std::optional<std::filesystem::path> file = std::nullopt;  // Below the log's folder.
  std::optional<uint64_t> offset = std::nullopt;
  std::optional<uint64_t> index = std::nullopt;  // The event's position in the log.
  std::optional<ActorId> actor = std::nullopt;
  std::optional<uint64_t> seq = std::nullopt;

  // The whole finding on one line.
  std::string to_string() const;
};

// The manifests, components and states that a log names.
struct CheckedContents {
  uint64_t named = 0;           // Each once, without the states of snapshots.
  uint64_t lost = 0;            // Those of them that are missing or damaged.
  uint64_t snapshots_lost = 0;  // States of snapshots, which a recovery does without.
};

struct LogReport {
  Verdict verdict = Verdict::kUnverifiable;
  std::vector<Finding> findings;  // The first kFindingsMax, worst first, in order of place.
  uint64_t findings_left_out = 0;

  uint64_t events = 0;
  uint64_t actors = 0;  // Without the node itself.
  uint64_t groups = 0;
  uint64_t segments = 0;
  uint64_t bodies = 0;
  uint64_t bodies_removed = 0;
  uint64_t bodies_recomputable = 0;  // Outputs without bytes, which a replay makes again.
  bool has_refused_bodies = false;   // Some of the removed ones are past CheckOptions::bodies_max.
  // The contents that were looked for; none if none were.
  std::optional<CheckedContents> contents;
  uint64_t bytes = 0;
  ActorId log_id;
  std::optional<PublicKey> key;          // The key that the node's chain names.
  Hash root;                             // The root of all `events`.
  std::optional<Checkpoint> checkpoint;  // The newest one, if it is good.

  // The chain of the actor in CheckOptions.
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

  // Checkpoints from outside, as text with the name of their source. They prove that no event
  // before them was rewritten.
  struct Outside {
    std::string source;
    std::string note;
  };
  std::vector<Outside> outside;
  // The required signing key; without one, the key that the node's chain names.
  std::optional<VerifierKey> key;
  // The actor whose chain the report must contain.
  std::optional<ActorId> actor;
  // Where the contents are that the log names; null to look for none.
  const BlobStore* contents = nullptr;
  // The most bytes to make of bodies, as BodyAllowance counts; without it, the usual ones for the
  // size of the log. Bodies past it count as removed.
  std::optional<uint64_t> bodies_max;
  // Gets the bytes read and their total, at times, on the calling thread.
  std::function<void(uint64_t done, uint64_t of)> progress;
};

// The sentence of a finding about bodies past the allowance; `what` is a log or an export.
std::string bodies_refused_text(std::string_view what, uint64_t file_bytes,
                                const BodyAllowance& allowance);

// Fails only if the log cannot be read at all: with kNotFound if there is none, kUnsupported if a
// file has the version that was never released, or kIo. Uses several threads of its own.
Result<LogReport> check_log(const std::filesystem::path& folder, const CheckOptions& options = {});

}  // namespace theater::log
