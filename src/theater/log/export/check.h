// The check that an export proves itself. It reads every byte and trusts none.
//
// It follows docs/formats/export.md, "What `verify` checks". The first fault is the place where the
// export is wrong, and the check reads nothing after it.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/check/log_check.h"
#include "theater/log/export/format.h"
#include "theater/log/export/reader.h"
#include "theater/log/merkle/checkpoint.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::log {

struct ExportReport {
  Verdict verdict = Verdict::kUnverifiable;
  std::vector<Finding> findings;  // Worst first; at most kFindingsMax of CheckOptions.
  uint64_t findings_left_out = 0;

  ExportHeader header;
  std::string name;  // The actor's name.
  uint64_t bytes = 0;
  ExportEnd counts;
  uint64_t bodies_removed = 0;
  uint64_t bodies_recomputable = 0;
  uint64_t blobs_missing = 0;
  Hash head;
  bool terminated = false;
  std::optional<VerifierKey> key;        // The key that checked the checkpoint.
  std::optional<Checkpoint> checkpoint;  // None if it is not good.
  std::optional<uint64_t> index;         // The position of the last proved event in the log.
};

struct ExportCheckOptions {
  // Checkpoints from outside. The export's log must continue theirs.
  std::vector<CheckOptions::Outside> outside = {};
  // The required signing key; without one, the key in the export.
  std::optional<VerifierKey> key = std::nullopt;
  // As in CheckOptions.
  std::optional<uint64_t> bodies_max = std::nullopt;
  // Gets the bytes read and their total, at times.
  std::function<void(uint64_t done, uint64_t of)> progress = {};
};

// Fails only if the export cannot be read (kIo) or has an unknown version (kUnsupported).
Result<ExportReport> check_export(std::unique_ptr<ExportInput> input,
                                  const ExportCheckOptions& options = {});

}  // namespace theater::log
