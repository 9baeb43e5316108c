#include "theater/log/segment/body_format.h"

#include "theater/base/check.h"
#include "theater/base/crc32c.h"
#include "theater/log/event/format_version.h"
#include "theater/log/event/little_endian.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace theater::log {

namespace {

constexpr std::string_view kBodiesMagic = "theaterB";

Failure wrong(std::string_view text) {
  return fail(ErrorCode::kCorrupt, "the record of a body {}", text);
}

Result<void> check_splice(const PackedBody& body) {
  if (body.stored.size() < Splice::kHeadSize) return wrong("is too short for what it stores");
  Splice splice = read_splice(body.stored);
  if (splice.from_base() == 0) return wrong("takes nothing from its base");
  if (splice.from_base() > body.length) {
    return fail(ErrorCode::kCorrupt, "the record of a body of {} bytes takes {} from its base",
                body.length, splice.from_base());
  }
  bool has_middle = splice.from_base() < body.length;
  if (has_middle == splice.frame.empty()) {
    return wrong(has_middle ? "stores nothing between the parts of its base"
                            : "takes all from its base, and stores more");
  }
  return {};
}

// Everything but the checksum.
Bytes head_rest(const BodyHead& head) {
  Bytes rest;
  append_u32(rest, head.stored);
  append_u32(rest, head.length);
  append_u32(rest, head.form);
  append(rest, head.salt);
  append_u64(rest, head.base);
  return rest;
}

}  // namespace

void append_splice(Bytes& out, const Splice& splice) {
  append_u32(out, splice.beginning);
  append_u32(out, splice.end);
  append(out, splice.frame);
}

Splice read_splice(ByteView stored) {
  LittleEndianReader reader(stored);
  Splice splice{.beginning = reader.u32(), .end = reader.u32()};
  splice.frame = stored.subspan(Splice::kHeadSize);
  return splice;
}

void append_bodies_header(Bytes& out, const BodiesHeader& header) {
  size_t start = out.size();
  append(out, as_bytes(kBodiesMagic));
  append_u32(out, kBodiesVersion);
  append_u32(out, kBodiesHeaderSize);
  append(out, header.log_id.bytes);
  append_u64(out, header.segment);
  append_u32(out, crc32c(ByteView(out).subspan(start)));
}

void append_body(Bytes& out, const PackedBody& body) {
  THEATER_CHECK(body.stored.size() <= std::numeric_limits<uint32_t>::max(), "{} bytes of a body",
                body.stored.size());
  BodyHead head{.stored = static_cast<uint32_t>(body.stored.size()),
                .length = body.length,
                .form = static_cast<uint32_t>(body.form),
                .salt = body.salt,
                .base = body.base};
  Bytes rest = head_rest(head);
  append_u32(out, crc32c(body.stored, crc32c(rest)));
  append(out, rest);
  append(out, body.stored);
}

Result<BodiesHeader> read_bodies_header(ByteView file) {
  LittleEndianReader reader(file);
  if (file.size() < kBodiesHeaderSize || as_text(reader.bytes(8)) != kBodiesMagic) {
    return fail(ErrorCode::kCorrupt, "it does not begin as a body file does");
  }
  uint32_t version = reader.u32();
  if (version != kBodiesVersion) return unknown_version("body file", version, kBodiesVersion);
  uint32_t size = reader.u32();
  BodiesHeader header{.log_id = reader.actor_id(), .segment = reader.u64()};
  if (size != kBodiesHeaderSize || reader.u32() != crc32c(file.first(kBodiesHeaderSize - 4))) {
    return fail(ErrorCode::kCorrupt, "the body file's header is damaged");
  }
  return header;
}

BodyHead read_body_head(ByteView bytes) {
  LittleEndianReader reader(bytes);
  BodyHead head{.checksum = reader.u32(),
                .stored = reader.u32(),
                .length = reader.u32(),
                .form = reader.u32()};
  ByteView salt = reader.bytes(head.salt.size());
  std::copy(salt.begin(), salt.end(), head.salt.begin());
  head.base = reader.u64();
  return head;
}

BodyState body_state(const BodyHead& head, ByteView stored) {
  THEATER_CHECK(stored.size() == head.stored, "{} stored bytes of {}", stored.size(), head.stored);
  if (crc32c(stored, crc32c(head_rest(head))) == head.checksum) return BodyState::kWhole;
  bool is_removed = head.checksum == 0 && head.form == 0 && head.base == 0 && all_zero(head.salt) &&
                    all_zero(stored);
  return is_removed ? BodyState::kRemoved : BodyState::kDamaged;
}

Result<PackedBody> packed_body(const BodyHead& head, ByteView stored, uint64_t offset) {
  if (head.form > static_cast<uint32_t>(BodyForm::kSplice)) {
    return fail(ErrorCode::kCorrupt, "the record of a body has the unknown form {}", head.form);
  }
  PackedBody body{.form = static_cast<BodyForm>(head.form),
                  .length = head.length,
                  .salt = head.salt,
                  .base = head.base,
                  .stored = stored};
  if (!has_base(body.form) && body.base != 0) return wrong("names a base, and its form has none");
  if (has_base(body.form) && body.base >= offset) {
    return wrong("names a base that does not stand before it");
  }
  if (body.form == BodyForm::kRaw && head.stored != head.length) {
    return fail(ErrorCode::kCorrupt, "the record of a body of {} bytes stores {} in raw form",
                head.length, head.stored);
  }
  if (body.form == BodyForm::kTail && head.stored >= head.length) {
    return wrong("takes nothing from its base");
  }
  if (body.form == BodyForm::kAbsent && head.stored != 0) {
    return wrong("stores bytes, and says that it has none");
  }
  if (body.form == BodyForm::kSplice) THEATER_TRY_VOID(check_splice(body));
  return body;
}

}  // namespace theater::log
