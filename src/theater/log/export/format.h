// The bytes of an export: one actor's chain and its proof, in one file. docs/formats/export.md is
// the contract; this is its C++ side, without any file.
//
//   export  = header section* (the last one is `end`)
//   section = checksum length kind payload
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/segment/body_format.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace theater::log {

inline constexpr uint32_t kExportVersion = 2;
inline constexpr size_t kExportHeaderSize = 52;
inline constexpr size_t kExportSectionHeadSize = 12;
inline constexpr size_t kExportBodyHeadSize = 32;
inline constexpr std::string_view kExportMagic = "theaterX";

struct ExportHeader {
  ActorId log_id;
  ActorId actor;

  bool operator==(const ExportHeader&) const = default;
};

enum class ExportSection : uint32_t {
  kStatement = 1,
  kKey = 2,
  kBlob = 3,
  kMissingBlob = 4,
  kEvent = 5,
  kBody = 6,
  kRemovedBody = 7,
  kInclusion = 8,
  kConsistency = 9,
  kEnd = 10,
  kRecomputableBody = 11,
};

// None for an unknown kind.
std::optional<ExportSection> export_section(uint32_t kind);
std::string_view export_section_name(ExportSection section);

// The most bytes of a section of this kind.
uint64_t export_payload_max(ExportSection section);

struct ExportSectionHead {
  uint32_t checksum = 0;
  uint32_t length = 0;
  uint32_t kind = 0;
};

// The counts in the last section, of all sections before it.
struct ExportEnd {
  uint64_t events = 0;
  uint64_t proved = 0;  // The events before the inclusion proof; 0 if there is none.
  uint64_t bodies = 0;  // With removed and recomputable ones.
  uint64_t blobs = 0;   // With missing ones.

  bool operator==(const ExportEnd&) const = default;
};
inline constexpr size_t kExportEndSize = 32;

// The text at the beginning of each export, for a person who opens it.
inline constexpr std::string_view kExportStatement =
    "An export of Theater: what one actor did, event by event, with the payloads, components and\n"
    "states that its events name, and the proof that its chain is in a log.\n"
    "\n"
    "Proved, if `theater verify` or docs/formats/export.md says VALID: every event links to the "
    "one\n"
    "before; the last one that is proved was in the log when the checkpoint was signed, and with "
    "it\n"
    "all before it; the signature is by the key in this file.\n"
    "\n"
    "Not proved: whose key that is, unless it came to you another way; that the log was not "
    "written\n"
    "anew before the checkpoint, unless you hold an older one; what the actor did after the last\n"
    "event; that a build of Theater wrote the log; that what the world answered was true; what "
    "the\n"
    "bytes of removed bodies were, nor those of recomputable ones until a replay made them.\n";

void append_export_header(Bytes& out, const ExportHeader& header);
// Appends the head of a section with the payload `first` and then `second`.
void append_export_section_head(Bytes& out, ExportSection section, ByteView first,
                                ByteView second = {});
void append_export_end(Bytes& out, const ExportEnd& end);
// Appends the beginning of the payload of a section `body`; the stored bytes follow it. `base` is
// the offset of another such section.
void append_export_body_head(Bytes& out, const PackedBody& body);

// `bytes` must be kExportHeaderSize long. Fails with kCorrupt, or kUnsupported for an unknown
// version.
Result<ExportHeader> read_export_header(ByteView bytes);
// `bytes` must be kExportSectionHeadSize long.
ExportSectionHead read_export_section_head(ByteView bytes);
uint32_t export_section_checksum(const ExportSectionHead& head, ByteView payload);
// The body in the payload of a section at `offset`; borrows from the payload. Fails with kCorrupt,
// naming the fault.
Result<PackedBody> read_export_body(ByteView payload, uint64_t offset);
// `payload` must be kExportEndSize long.
ExportEnd read_export_end(ByteView payload);

}  // namespace theater::log
