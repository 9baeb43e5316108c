// Writes one actor's chain, with the content that its events name and its proof, as an export
// (format.h). The log may grow meanwhile.
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
#include <span>
#include <string>
#include <vector>

namespace theater::log {

// Whether an export has the detached payloads, or shows each of them as removed.
enum class ExportBodies : uint8_t { kAll, kNone };

struct ExportRequest {
  // An actor in reader.actors().
  ActorId actor;
  // The number of events to write; the chain has at least so many.
  uint64_t events = 0;
  // The log's newest checkpoint; the reader has all its events. Events that it does not cover are
  // exported without proof; without a checkpoint, all are.
  std::optional<std::string> note = std::nullopt;
  // An earlier checkpoint from outside. The export proves that the log continues it.
  std::optional<Checkpoint> since = std::nullopt;
  ExportBodies bodies = ExportBodies::kAll;
  // Gets each event that was written, and its detached payloads in their order; none for one whose
  // bytes the export does not have. A failure ends the export.
  std::function<Result<void>(ByteView event, const std::vector<std::optional<StoredBody>>& bodies)>
      look = {};
  // Gets the number of written events, at times.
  std::function<void(uint64_t events)> progress = {};
};

struct ExportSummary {
  ExportEnd counts;
  uint64_t bodies_removed = 0;
  uint64_t bodies_recomputable = 0;
  // Blobs that the store lacks, without states that follow from the events before.
  std::vector<Hash> missing;
  Hash head;
  bool terminated = false;
  std::optional<Checkpoint> checkpoint;
  std::optional<VerifierKey> key;
  bool goes_on = false;  // The export has the proof for `since`.
};

// Takes the bytes of an export, in order.
using ExportSink = std::function<Result<void>(ByteView)>;

// Passes the bytes of the export to `write`, and fails as `write` does. The same request
// for the same log gives the same bytes. Fails with kCorrupt if the log differs from the
// checkpoint, if the log's key did not sign that, or if a body or blob is damaged. Fails with
// kInvalidArgument if `since` is no earlier state of this log, and with kUnsupported for a blob or
// body of 4 GiB.
Result<ExportSummary> write_export(const LogReader& reader, const BlobStore& blobs,
                                   const ExportRequest& request, const ExportSink& write);

// The same of a chain that no log has: all its events in order, with their payloads inside. The
// export has no key and no proof. Fails as write_export() does about blobs.
Result<ExportSummary> write_chain_export(const ActorId& log_id, const ActorId& actor,
                                         std::span<const Bytes> events, const BlobStore& blobs,
                                         const ExportSink& write);

}  // namespace theater::log
