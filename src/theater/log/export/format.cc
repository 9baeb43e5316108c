#include "theater/log/export/format.h"

#include "theater/base/check.h"
#include "theater/base/crc32c.h"
#include "theater/log/event/format_version.h"
#include "theater/log/event/little_endian.h"
#include "theater/log/merkle/checkpoint.h"
#include "theater/log/merkle/proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace theater::log {

namespace {

// "c2sp.org/tlog-proof@v1", an index, 65 hashes of 45 bytes, and the note.
constexpr uint64_t kProofBytesMax = SignedCheckpoint::kNoteBytesMax + (kProofHashesMax + 2) * 45;

}  // namespace

std::optional<ExportSection> export_section(uint32_t kind) {
  if (kind < static_cast<uint32_t>(ExportSection::kStatement)) return std::nullopt;
  if (kind > static_cast<uint32_t>(ExportSection::kRecomputableBody)) return std::nullopt;
  return static_cast<ExportSection>(kind);
}

std::string_view export_section_name(ExportSection section) {
  switch (section) {
    case ExportSection::kStatement:
      return "statement";
    case ExportSection::kKey:
      return "key";
    case ExportSection::kBlob:
      return "blob";
    case ExportSection::kMissingBlob:
      return "missing blob";
    case ExportSection::kEvent:
      return "event";
    case ExportSection::kBody:
      return "body";
    case ExportSection::kRemovedBody:
      return "removed body";
    case ExportSection::kRecomputableBody:
      return "recomputable body";
    case ExportSection::kInclusion:
      return "inclusion proof";
    case ExportSection::kConsistency:
      return "consistency proof";
    case ExportSection::kEnd:
      return "end";
  }
  return "?";
}

uint64_t export_payload_max(ExportSection section) {
  switch (section) {
    case ExportSection::kStatement:
      return 1024;
    case ExportSection::kKey:
      return 1024;
    case ExportSection::kMissingBlob:
      return Hash::kSize;
    case ExportSection::kRemovedBody:
      return 0;
    case ExportSection::kRecomputableBody:
      return sizeof(Salt);
    case ExportSection::kInclusion:
    case ExportSection::kConsistency:
      return kProofBytesMax;
    case ExportSection::kEnd:
      return kExportEndSize;
    case ExportSection::kEvent:
      return uint64_t{1} << 30;
    case ExportSection::kBlob:
    case ExportSection::kBody:
      return UINT32_MAX;
  }
  return 0;
}

void append_export_header(Bytes& out, const ExportHeader& header) {
  size_t begin = out.size();
  append(out, as_bytes(kExportMagic));
  append_u32(out, kExportVersion);
  append_u32(out, kExportHeaderSize);
  append(out, header.log_id.bytes);
  append(out, header.actor.bytes);
  append_u32(out, crc32c(ByteView(out).subspan(begin)));
}

void append_export_section_head(Bytes& out, ExportSection section, ByteView first,
                                ByteView second) {
  size_t size = first.size() + second.size();
  THEATER_CHECK(size <= export_payload_max(section), "{} bytes are too many for a section {}", size,
                export_section_name(section));
  size_t begin = out.size();
  append_u32(out, 0);
  append_u32(out, static_cast<uint32_t>(size));
  append_u32(out, static_cast<uint32_t>(section));
  uint32_t checksum = crc32c(ByteView(out).subspan(begin + 4));
  checksum = crc32c(second, crc32c(first, checksum));
  store_u32(std::span(out).subspan(begin), checksum);
}

void append_export_end(Bytes& out, const ExportEnd& end) {
  for (uint64_t count : {end.events, end.proved, end.bodies, end.blobs})
    append_u64(out, count);
}

void append_export_body_head(Bytes& out, const PackedBody& body) {
  append_u32(out, body.length);
  append_u32(out, static_cast<uint32_t>(body.form));
  append(out, body.salt);
  append_u64(out, body.base);
}

Result<PackedBody> read_export_body(ByteView payload, uint64_t offset) {
  if (payload.size() < kExportBodyHeadSize) {
    return fail(ErrorCode::kCorrupt, "a section `body` of {} bytes is too short", payload.size());
  }
  LittleEndianReader reader(payload);
  BodyHead head{.stored = static_cast<uint32_t>(payload.size() - kExportBodyHeadSize)};
  head.length = reader.u32();
  head.form = reader.u32();
  ByteView salt = reader.bytes(head.salt.size());
  std::copy(salt.begin(), salt.end(), head.salt.begin());
  head.base = reader.u64();
  if (head.length > kBodyBytesMax) {
    return fail(ErrorCode::kCorrupt, "a body of {} bytes is too large", head.length);
  }
  PackedBody body = THEATER_TRY(packed_body(head, payload.subspan(kExportBodyHeadSize), offset));
  if (body.form == BodyForm::kAbsent) {
    return fail(ErrorCode::kCorrupt, "a section `body` says that it has no body");
  }
  return body;
}

Result<ExportHeader> read_export_header(ByteView bytes) {
  THEATER_CHECK(bytes.size() == kExportHeaderSize);
  LittleEndianReader reader(bytes);
  if (as_text(reader.bytes(kExportMagic.size())) != kExportMagic) {
    return fail(ErrorCode::kCorrupt, "this does not begin as an export does");
  }
  uint32_t version = reader.u32();
  if (version != kExportVersion) return unknown_version("export", version, kExportVersion);
  uint32_t length = reader.u32();
  ExportHeader header{.log_id = reader.actor_id(), .actor = reader.actor_id()};
  if (reader.u32() != crc32c(bytes.first(kExportHeaderSize - 4))) {
    return fail(ErrorCode::kCorrupt, "the header's checksum is wrong");
  }
  if (length != kExportHeaderSize) {
    return fail(ErrorCode::kCorrupt, "the header says that it has {} bytes, not {}", length,
                kExportHeaderSize);
  }
  return header;
}

ExportSectionHead read_export_section_head(ByteView bytes) {
  THEATER_CHECK(bytes.size() == kExportSectionHeadSize);
  LittleEndianReader reader(bytes);
  ExportSectionHead head;
  head.checksum = reader.u32();
  head.length = reader.u32();
  head.kind = reader.u32();
  return head;
}

uint32_t export_section_checksum(const ExportSectionHead& head, ByteView payload) {
  Bytes begin;
  append_u32(begin, head.length);
  append_u32(begin, head.kind);
  return crc32c(payload, crc32c(begin));
}

ExportEnd read_export_end(ByteView payload) {
  THEATER_CHECK(payload.size() == kExportEndSize);
  LittleEndianReader reader(payload);
  ExportEnd end;
  for (uint64_t* count : {&end.events, &end.proved, &end.bodies, &end.blobs})
    *count = reader.u64();
  return end;
}

}  // namespace theater::log
