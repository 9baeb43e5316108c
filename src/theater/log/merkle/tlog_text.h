// Proofs as texts with their checkpoint, as other tools of the C2SP family read them.
//
// An inclusion proof (C2SP tlog-proof) shows that an event is in the log of a checkpoint:
//
//   c2sp.org/tlog-proof@v1
//   index 1234
//   <base64 hash>…
//
//   <the signed note of the checkpoint>
//
// A consistency proof (the request body of C2SP tlog-witness, add-checkpoint) shows that the log of
// a checkpoint continues its state at an earlier size:
//
//   old 1000
//   <base64 hash>…
//
//   <the signed note of the checkpoint>
#pragma once

#include "theater/base/hash.h"
#include "theater/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

struct InclusionText {
  uint64_t index = 0;
  std::vector<Hash> hashes;
  std::string note;  // The checkpoint's note, unread here.

  bool operator==(const InclusionText&) const = default;
};

struct ConsistencyText {
  uint64_t old_size = 0;
  std::vector<Hash> hashes;
  std::string note;

  bool operator==(const ConsistencyText&) const = default;
};

std::string to_text(const InclusionText& proof);
std::string to_text(const ConsistencyText& proof);

// Accept only the output of to_text() (in a tlog-proof, no line `extra`). Fail with
// kInvalidArgument, naming the fault.
Result<InclusionText> parse_inclusion_text(std::string_view text);
Result<ConsistencyText> parse_consistency_text(std::string_view text);

}  // namespace theater::log
