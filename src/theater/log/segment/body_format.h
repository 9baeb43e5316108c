// The bytes of a body file: its header, and a record for each detached payload.
// docs/formats/log.md is the contract; this is its C++ side, without any file.
//
//   record = checksum stored-length length form salt base stored-bytes
//
// The form says how the stored bytes make the body. A removed record has zeros in place of
// everything but its two lengths, so that a reader finds the records after it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/event/payload.h"

#include <cstddef>
#include <cstdint>

namespace theater::log {

inline constexpr uint32_t kBodiesVersion = 2;
inline constexpr size_t kBodiesHeaderSize = 44;
inline constexpr size_t kBodyHeadSize = 40;
// A reader refuses a larger body: nobody makes one, and memory for it would be needed at a
// stranger's word.
inline constexpr uint64_t kBodyBytesMax = uint64_t{1} << 30;

struct BodiesHeader {
  ActorId log_id;
  uint64_t segment = 0;

  bool operator==(const BodiesHeader&) const = default;
};

// How the stored bytes make the body.
enum class BodyForm : uint32_t {
  kRaw = 0,        // They are the body.
  kZstd = 1,       // They are one zstd frame of the body.
  kZstdAfter = 2,  // The same, made with the body of another record, the base, as prefix.
  kTail = 3,       // The body is they, and then the last bytes of the base's body.
  kAbsent = 4,     // There are none: a replay makes the body again.
  kSplice = 5,     // The base's body with another middle, which they are (Splice).
};

// Whether a record of this form has a base.
inline bool has_base(BodyForm form) {
  return form == BodyForm::kZstdAfter || form == BodyForm::kTail || form == BodyForm::kSplice;
}

// The stored bytes of form kSplice: so many bytes from the beginning of the base's body, then what
// the frame makes, then so many from the end of the base's body. The frame may copy from those at
// the beginning. Without a frame, the middle is empty.
struct Splice {
  static constexpr size_t kHeadSize = 8;

  uint32_t beginning = 0;
  uint32_t end = 0;
  ByteView frame;  // Borrows from the stored bytes.

  uint64_t from_base() const { return uint64_t{beginning} + end; }
};

void append_splice(Bytes& out, const Splice& splice);
// `stored` has at least Splice::kHeadSize bytes.
Splice read_splice(ByteView stored);

// A body as a record keeps it. `stored` borrows.
struct PackedBody {
  BodyForm form = BodyForm::kRaw;
  uint32_t length = 0;  // The number of bytes of the body.
  Salt salt{};
  uint64_t base = 0;  // Where the base's record begins; 0 without one.
  ByteView stored;
};

// The part of a record before its stored bytes.
struct BodyHead {
  uint32_t checksum = 0;
  uint32_t stored = 0;
  uint32_t length = 0;
  uint32_t form = 0;
  Salt salt{};
  uint64_t base = 0;

  uint64_t record_size() const { return kBodyHeadSize + uint64_t{stored}; }
};

enum class BodyState : uint8_t { kWhole, kRemoved, kDamaged };

void append_bodies_header(Bytes& out, const BodiesHeader& header);
// Appends a record.
void append_body(Bytes& out, const PackedBody& body);

// The header at the beginning of `file`. Fails with kCorrupt, or kUnsupported for another version.
Result<BodiesHeader> read_bodies_header(ByteView file);

// `bytes` must be kBodyHeadSize long.
BodyHead read_body_head(ByteView bytes);
// The state of a record with this head and these stored bytes, as many as the head says.
BodyState body_state(const BodyHead& head, ByteView stored);

// The body of a whole record. Fails with kCorrupt, naming the fault, for an unknown form, or if
// lengths, base and form do not fit together; `offset` is the record's own place.
Result<PackedBody> packed_body(const BodyHead& head, ByteView stored, uint64_t offset);

}  // namespace theater::log
