// Exports from outside.
//
// Nothing may crash whatever the bytes are, and nothing may be read that is not there. What is
// found good adds up: what is proved is inside what is there, and nothing is missing.

#include "theater/base/check.h"
#include "theater/base/crc32c.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/event/little_endian.h"
#include "theater/log/event/named_content.h"
#include "theater/log/export/check.h"
#include "theater/log/export/format.h"
#include "theater/log/export/reader.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace {

using theater::Bytes;
using theater::ByteView;
using theater::ErrorCode;
using theater::Result;
using namespace theater::log;  // The subject of this file.

void check_counts(const ExportReport& report) {
  const ExportEnd& counts = report.counts;
  THEATER_CHECK(counts.proved <= counts.events);
  THEATER_CHECK(report.bodies_removed <= counts.bodies && report.blobs_missing <= counts.blobs);
  THEATER_CHECK((report.verdict == Verdict::kValid) == report.findings.empty());
  if (report.verdict != Verdict::kValid) return;
  THEATER_CHECK(counts.events > 0 && counts.proved == counts.events);
  THEATER_CHECK(report.bodies_removed == 0 && report.blobs_missing == 0);
  THEATER_CHECK(report.checkpoint && report.index && report.key);
  THEATER_CHECK(*report.index < report.checkpoint->size);
}

// Each body that is there is as long as its event says.
void check_lengths(const Event& event, const std::vector<std::optional<StoredBody>>& bodies) {
  size_t next = 0;
  for_each_payload(event.body, [&](const Payload& payload) {
    const auto* detached = std::get_if<Detached>(&payload);
    if (detached == nullptr) return;
    const std::optional<StoredBody>& body = bodies.at(next++);
    if (body && !body->is_absent()) THEATER_CHECK(body->bytes().size() == detached->length);
  });
}

// Reads an export as a replay does. Returns the number of bytes in events, of which there
// cannot be more than in the file.
uint64_t read_chain(ByteView data) {
  uint64_t bytes = 0;
  auto reader = ExportReader::open(export_in_memory(theater::to_bytes(data)));
  if (!reader) return 0;
  ExportSource source(**reader);
  while (true) {
    auto event = source.next();
    if (!event) {
      THEATER_CHECK(event.error().code() == ErrorCode::kCorrupt);
      return bytes;
    }
    if (!*event) return bytes;
    bytes += (*event)->bytes.size();
    auto decoded = decode_event_in_place((*event)->bytes);
    THEATER_CHECK(decoded.has_value());
    check_lengths(*decoded, (*event)->bodies);
    for (const NamedContent& named : named_content(decoded->body)) {
      auto blob = (*reader)->blob(named.digest);
      THEATER_CHECK(blob || blob.error().code() == ErrorCode::kNotFound);
    }
  }
}

void read_export(ByteView bytes) {
  auto report = check_export(export_in_memory(theater::to_bytes(bytes)));
  if (!report) {
    THEATER_CHECK(report.error().code() == ErrorCode::kUnsupported);
    return;
  }
  check_counts(*report);
  THEATER_CHECK(read_chain(bytes) <= bytes.size());
}

// Makes all checksums right, as far as sections follow each other: no input of chance has any.
void repair(Bytes& bytes) {
  if (bytes.size() < kExportHeaderSize) return;
  size_t at = kExportHeaderSize;
  store_u32(std::span(bytes).subspan(at - 4), theater::crc32c(ByteView(bytes).first(at - 4)));
  while (bytes.size() - at >= kExportSectionHeadSize) {
    size_t size = kExportSectionHeadSize + size_t{load_u32(ByteView(bytes).subspan(at + 4))};
    if (size > bytes.size() - at) return;
    store_u32(std::span(bytes).subspan(at),
              theater::crc32c(ByteView(bytes).subspan(at + 4, size - 4)));
    at += size;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView bytes(data, size);
  read_export(bytes);
  Bytes repaired = theater::to_bytes(bytes);
  repair(repaired);
  read_export(repaired);
  return 0;
}
