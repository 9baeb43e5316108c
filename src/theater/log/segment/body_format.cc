#include "theater/log/segment/body_format.h"

#include "theater/base/check.h"
#include "theater/base/crc32c.h"
#include "theater/log/event/little_endian.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace theater::log {

namespace {

constexpr std::string_view kBodiesMagic = "theaterB";

uint32_t checksum_of(uint32_t length, const Salt& salt, ByteView bytes) {
  std::array<uint8_t, 4> encoded{};
  store_u32(encoded, length);
  return crc32c(bytes, crc32c(salt, crc32c(encoded)));
}

}  // namespace

void append_bodies_header(Bytes& out, const BodiesHeader& header) {
  size_t start = out.size();
  append(out, as_bytes(kBodiesMagic));
  append_u32(out, kBodiesVersion);
  append_u32(out, kBodiesHeaderSize);
  append(out, header.log_id.bytes);
  append_u64(out, header.segment);
  append_u32(out, crc32c(ByteView(out).subspan(start)));
}

void append_body_head(Bytes& out, const Salt& salt, ByteView bytes) {
  THEATER_CHECK(bytes.size() <= std::numeric_limits<uint32_t>::max(), "a body of {} bytes",
                bytes.size());
  auto length = static_cast<uint32_t>(bytes.size());
  append_u32(out, checksum_of(length, salt, bytes));
  append_u32(out, length);
  append(out, salt);
}

void append_body(Bytes& out, const Salt& salt, ByteView bytes) {
  append_body_head(out, salt, bytes);
  append(out, bytes);
}

Result<BodiesHeader> read_bodies_header(ByteView file) {
  LittleEndianReader reader(file);
  if (file.size() < kBodiesHeaderSize || as_text(reader.bytes(8)) != kBodiesMagic) {
    return fail(ErrorCode::kCorrupt, "it does not begin as a body file does");
  }
  uint32_t version = reader.u32();
  if (version != kBodiesVersion) {
    return fail(ErrorCode::kUnsupported,
                "the body file has version {}, and this program knows version {}", version,
                kBodiesVersion);
  }
  uint32_t size = reader.u32();
  BodiesHeader header{.log_id = reader.actor_id(), .segment = reader.u64()};
  if (size != kBodiesHeaderSize || reader.u32() != crc32c(file.first(kBodiesHeaderSize - 4))) {
    return fail(ErrorCode::kCorrupt, "the body file's header is damaged");
  }
  return header;
}

BodyHead read_body_head(ByteView bytes) {
  LittleEndianReader reader(bytes);
  BodyHead head{.checksum = reader.u32(), .length = reader.u32()};
  ByteView salt = reader.bytes(head.salt.size());
  std::copy(salt.begin(), salt.end(), head.salt.begin());
  return head;
}

BodyState body_state(const BodyHead& head, ByteView bytes) {
  THEATER_CHECK(bytes.size() == head.length, "{} bytes of a body of {}", bytes.size(), head.length);
  if (checksum_of(head.length, head.salt, bytes) == head.checksum) return BodyState::kWhole;
  bool is_removed = head.checksum == 0 && all_zero(head.salt) && all_zero(bytes);
  return is_removed ? BodyState::kRemoved : BodyState::kDamaged;
}

}  // namespace theater::log
