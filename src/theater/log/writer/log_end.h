// The state of a log that a node opens for writing: its end, the torn bytes there, and whether the
// node may write to it. Reads the newest segment, and the headers and footers of the others.
//
// docs/formats/log.md, "Opening", is the contract. This part changes no file.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/base/signing_key.h"
#include "theater/log/event/chain.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/segment/segment_contents.h"
#include "theater/log/writer/segment_writer.h"
#include "theater/log/writer/torn_tail.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace theater::log {

// The advice about damage.
inline constexpr const char* kDamageHint =
    "the log was left as it is: `theater verify` says all that is wrong with it, and `theater run "
    "--accept-damage` keeps it beside a new one that names it";

// The position after the last whole group.
struct LogEnd {
  SegmentWriter::Place place;  // In the newest segment.
  bool is_sealed = false;      // Whether that segment is sealed.
  // Where the last group begins, and its bodies: in the same segment, or 0 without a group.
  uint64_t last_group = 0;
  uint64_t last_bodies = 0;
  Tree tree;
  uint64_t next_actor = 1;   // The smallest unused number.
  SegmentContents contents;  // The newest segment's, with all names.
  ChainPosition node;        // The position of the next event in the node's chain.

  // The tree at the newest checkpoint, or at the beginning of the newest segment if that is later
  // or there is no checkpoint; and the leaves after it.
  Tree published;
  std::vector<Hash> unpublished;
};

struct FoundLog {
  // None if there is no segment with a header.
  std::optional<LogEnd> end;
  // The tails that must be removed before the first write, in this order.
  std::vector<TornTail> tails;
};

// Fails with kCorrupt for damage, naming its place; with kUnsupported for an unknown version; with
// kIo.
Result<FoundLog> find_log_end(const std::filesystem::path& folder, const PublicKey& key);

}  // namespace theater::log
