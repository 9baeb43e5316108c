// What a log is when it is opened for writing: where it ends, what was torn there, and whether it
// may be written to at all. Only the newest segment is read, and what the others say of themselves.
//
// docs/formats/log.md, "Opening", is the contract. Nothing is changed here.
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

// What to do about damage.
inline constexpr const char* kDamageHint =
    "the log was left as it is: `theater verify` says all that is wrong with it, and `theater run "
    "--accept-damage` keeps it beside a new one that names it";

// After the last whole group.
struct LogEnd {
  SegmentWriter::Place place;  // In the newest segment.
  bool is_sealed = false;      // Whether that segment is.
  Tree tree;
  uint64_t next_actor = 1;   // The smallest number that nobody has.
  SegmentContents contents;  // Of the newest segment, with all names.
  ChainPosition node;        // The node's chain goes on here.

  // The tree as of the newest checkpoint, or as the newest segment begins if that is later or there
  // is no checkpoint; and the leaves that came after it.
  Tree published;
  std::vector<Hash> unpublished;
};

struct FoundLog {
  // None if there is no segment with a header.
  std::optional<LogEnd> end;
  // To be removed before anything is written, in this order.
  std::vector<TornTail> tails;
};

// Fails with kCorrupt for damage, saying where; with kUnsupported for a version that is not known;
// with kIo.
Result<FoundLog> find_log_end(const std::filesystem::path& folder, const PublicKey& key);

}  // namespace theater::log
