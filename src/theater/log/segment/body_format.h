// The bytes of a body file: its header, and a record for each detached payload.
// docs/formats/log.md is the contract; this is its C++ side, without any file.
//
//   record = checksum length salt bytes
//
// A removed record has zeros in place of its checksum, salt and bytes. Its length stays, so that a
// reader finds the records after it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/payload.h"

#include <cstddef>
#include <cstdint>

namespace theater::log {

inline constexpr uint32_t kBodiesVersion = 1;
inline constexpr size_t kBodiesHeaderSize = 44;
inline constexpr size_t kBodyHeadSize = 24;

struct BodiesHeader {
  ActorId log_id;
  uint64_t segment = 0;

  bool operator==(const BodiesHeader&) const = default;
};

// The part of a record before its bytes.
struct BodyHead {
  uint32_t checksum = 0;
  uint32_t length = 0;
  Salt salt{};

  uint64_t record_size() const { return kBodyHeadSize + uint64_t{length}; }
};

enum class BodyState : uint8_t { kWhole, kRemoved, kDamaged };

void append_bodies_header(Bytes& out, const BodiesHeader& header);
// Appends the head alone, for a writer that takes the bytes from elsewhere.
void append_body_head(Bytes& out, const Salt& salt, ByteView bytes);
void append_body(Bytes& out, const Salt& salt, ByteView bytes);

// The header at the beginning of `file`. Fails with kCorrupt, or kUnsupported for an unknown
// version.
Result<BodiesHeader> read_bodies_header(ByteView file);

// `bytes` must be kBodyHeadSize long.
BodyHead read_body_head(ByteView bytes);
// The state of a record with this head and these bytes, as many as the head's length.
BodyState body_state(const BodyHead& head, ByteView bytes);

}  // namespace theater::log
