// Bodies from outside: the input as the records of a body file.
//
// Nothing may crash or grow without bound whatever the records say. What a body is does not depend
// on what was read before it, and what was read can be packed again. Checksums are left out, since
// no input would get past them.

#include "theater/base/check.h"
#include "theater/log/segment/body_packer.h"
#include "theater/log/segment/body_unpacker.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

using theater::Bytes;
using theater::ByteView;
using theater::Result;
using namespace theater::log;  // The subject of this file.

constexpr uint64_t kLengthMax = uint64_t{1} << 20;
constexpr size_t kRecordsMax = 64;

Result<LoadedBody> load(ByteView file, uint64_t offset) {
  LoadedBody record{.state = LoadedBody::State::kBeyondEnd};
  if (offset > file.size() || file.size() - offset < kBodyHeadSize) return record;
  ByteView rest = file.subspan(static_cast<size_t>(offset));
  BodyHead head = read_body_head(rest.first(kBodyHeadSize));
  record.record_size = head.record_size();
  if (head.record_size() > rest.size()) return record;
  if (head.length > kLengthMax) {
    record.state = LoadedBody::State::kTooLarge;
    return record;
  }
  record.bytes = theater::to_bytes(rest.subspan(kBodyHeadSize, head.stored));
  record.packed = THEATER_TRY(packed_body(head, record.bytes, offset));
  record.state = LoadedBody::State::kThere;
  return record;
}

bool is_same(const Result<UnpackedBody>& a, const Result<UnpackedBody>& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a) return a.error().code() == b.error().code();
  if (a->state != b->state || a->salt != b->salt) return false;
  return !a->bytes || *a->bytes == *b->bytes;
}

void pack_again(const UnpackedBody& body) {
  BodyPacker packer;
  BodyPacker::Input input{.bytes = *body.bytes, .salt = body.salt};
  (void)packer.pack(input, kBodiesHeaderSize);
  PackedBody packed = packer.pack(input, kBodiesHeaderSize + 100);
  THEATER_CHECK(packed.length == body.bytes->size() && packed.salt == body.salt);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView file(data, size);
  BodyUnpacker kept;
  auto from_file = [&](uint64_t offset) { return load(file, offset); };
  uint64_t at = 0;
  for (size_t i = 0; i < kRecordsMax; ++i) {
    Result<UnpackedBody> body = kept.read(at, from_file);
    THEATER_CHECK(is_same(body, BodyUnpacker().read(at, from_file)));
    if (body && body->bytes) {
      THEATER_CHECK(body->bytes->size() == body->length);
      pack_again(*body);
    }
    if (file.size() - at < kBodyHeadSize) break;
    uint64_t next =
        at + read_body_head(file.subspan(static_cast<size_t>(at), kBodyHeadSize)).record_size();
    if (next >= file.size()) break;
    at = next;
  }
  return 0;
}
