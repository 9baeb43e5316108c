// Writes one actor's chain, with all that its events name and what proves it, as an export
// (export_format.h), from a log that may be growing meanwhile.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/export/format.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/reader/log_reader.h"
#include "theater/store/blob_store.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace theater::log {

struct ExportRequest {
  // In reader.actors().
  ActorId actor;
  // How many events of its chain; there are as many.
  uint64_t events = 0;
  // The log's newest checkpoint, which the reader has all events of. What it does not cover is
  // exported without proof; without one that is everything.
  std::optional<std::string> note = std::nullopt;
  // An earlier one, from elsewhere: the export shows that the log went on from it.
  std::optional<Checkpoint> since = std::nullopt;
  // Called now and then with the number of events written.
  std::function<void(uint64_t events)> progress = {};
};

struct ExportSummary {
  ExportEnd counts;
  uint64_t bodies_removed = 0;
  std::vector<Hash> missing;  // Blobs that the store does not have.
  Hash head;
  bool terminated = false;
  std::optional<Checkpoint> checkpoint;
  std::optional<VerifierKey> key;
  bool goes_on = false;  // It has the proof that was asked for with `since`.
};

// Hands the bytes of the export to `write` in order, and fails as that does. The same request of
// the same log gives the same bytes. Fails with kCorrupt if the log is not what the checkpoint
// says, the log's key did not sign that, or a body or blob is damaged; with kInvalidArgument if
// `since` is no earlier state of this log; with kUnsupported for a blob or body of 4 GiB.
Result<ExportSummary> write_export(const LogReader& reader, const BlobStore& blobs,
                                   const ExportRequest& request,
                                   const std::function<Result<void>(ByteView)>& write);

}  // namespace theater::log
