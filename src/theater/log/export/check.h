// Does this export prove itself? Reads every byte of it and believes nothing.
//
// docs/formats/export.md, "What `verify` checks", is what it does. The first thing that is wrong is
// where the export is wrong, and nothing after it is looked at.
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
  std::string name;  // Of the actor.
  uint64_t bytes = 0;
  ExportEnd counts;
  uint64_t bodies_removed = 0;
  uint64_t blobs_missing = 0;
  Hash head;
  bool terminated = false;
  std::optional<VerifierKey> key;        // The one that the checkpoint was checked with.
  std::optional<Checkpoint> checkpoint;  // If it is good.
  std::optional<uint64_t> index;         // In the log, of the last event that is proved.
};

struct ExportCheckOptions {
  // Checkpoints that were kept elsewhere: the export must be of a log that went on from them.
  std::vector<CheckOptions::Outside> outside = {};
  // The key that must have signed; else the one that is in the export.
  std::optional<VerifierKey> key = std::nullopt;
  // Called now and then: bytes read, and of how many.
  std::function<void(uint64_t done, uint64_t of)> progress = {};
};

// Fails only if it cannot be read (kIo) or is of a version that is not known (kUnsupported).
Result<ExportReport> check_export(std::unique_ptr<ExportInput> input,
                                  const ExportCheckOptions& options = {});

}  // namespace theater::log
