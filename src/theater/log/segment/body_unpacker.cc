#include "theater/log/segment/body_unpacker.h"

#include <optional>
#include <utility>
#include <vector>

namespace theater::log {

namespace {

// What is known of a body before its bytes are made.
UnpackedBody described(const LoadedBody& record) {
  UnpackedBody body{.record_size = record.record_size,
                    .length = record.packed.length,
                    .salt = record.packed.salt};
  switch (record.state) {
    case LoadedBody::State::kRemoved:
      body.state = UnpackedBody::State::kRemoved;
      break;
    case LoadedBody::State::kBeyondEnd:
      body.state = UnpackedBody::State::kBeyondEnd;
      break;
    case LoadedBody::State::kTooLarge:
      body.state = UnpackedBody::State::kTooLarge;
      break;
    case LoadedBody::State::kThere:
      break;
  }
  if (record.packed.form == BodyForm::kAbsent) body.state = UnpackedBody::State::kAbsent;
  return body;
}

// The cost of one record, without its bases.
uint64_t cost_of(const PackedBody& packed) {
  return uint64_t{packed.length} + packed.stored.size();
}

Failure too_deep() {
  return fail(ErrorCode::kCorrupt, "a body needs more than {} other ones to be read",
              BodyUnpacker::kBasesMax);
}

Failure overlaps() {
  return fail(ErrorCode::kCorrupt, "the record of a body names a base that does not end before it");
}

}  // namespace

Result<BodyUnpacker::Made> BodyUnpacker::unpack(LoadedBody& record, const Made& base) {
  const PackedBody& packed = record.packed;
  bool needs_base = has_base(packed.form);
  uint64_t cost = cost_of(packed) + (needs_base ? base.cost : 0);
  auto bytes = std::make_shared<Bytes>();
  switch (packed.form) {
    case BodyForm::kRaw:
      *bytes = std::move(record.bytes);
      break;
    case BodyForm::kZstd:
    case BodyForm::kZstdAfter:
      if (packed.length > zstd_content_max(packed.stored.size())) {
        return fail(ErrorCode::kCorrupt,
                    "the record of a body says that it has {} bytes, but a frame of zstd of {} "
                    "bytes holds {} at most",
                    packed.length, packed.stored.size(), zstd_content_max(packed.stored.size()));
      }
      bytes->resize(packed.length);
      THEATER_TRY_VOID(
          zstd_.decompress(packed.stored, needs_base ? ByteView(*base.bytes) : ByteView(), *bytes));
      break;
    case BodyForm::kTail: {
      size_t taken = packed.length - packed.stored.size();
      if (taken > base.bytes->size()) {
        return fail(ErrorCode::kCorrupt,
                    "the record of a body takes {} bytes from a base that has {}", taken,
                    base.bytes->size());
      }
      bytes->reserve(packed.length);
      append(*bytes, packed.stored);
      append(*bytes, ByteView(*base.bytes).last(taken));
      break;
    }
    case BodyForm::kAbsent:
      return fail(ErrorCode::kCorrupt, "the record of a body names a base that has no bytes");
  }
  return Made{.bytes = std::move(bytes), .bases = needs_base ? base.bases + 1 : 0, .cost = cost};
}

Result<UnpackedBody> BodyUnpacker::read(uint64_t offset, const Load& load) {
  // The record asked for, then its base, and so on, up to one that needs none or is known.
  std::vector<std::pair<uint64_t, LoadedBody>> records;
  UnpackedBody body;
  Made made;
  for (uint64_t at = offset;;) {
    const Made* known = records.empty() ? nullptr : cache_.find(at);
    if (known != nullptr) {
      if (known->end > records.back().first) return overlaps();
      made = *known;
      break;
    }
    LoadedBody record = THEATER_TRY(load(at));
    if (records.empty()) {
      body = described(record);
      if (body.state != UnpackedBody::State::kWhole) return body;
      if (allowance_ != nullptr && allowance_->is_spent()) {
        body.state = UnpackedBody::State::kRefused;
        return body;
      }
    } else if (record.record_size > records.back().first - at) {
      return overlaps();
    } else if (record.state != LoadedBody::State::kThere) {
      body.state = UnpackedBody::State::kLost;
      return body;
    }
    bool needs_base = has_base(record.packed.form);
    uint64_t base = record.packed.base;
    records.emplace_back(at, std::move(record));
    if (!needs_base) break;
    if (records.size() > kBasesMax) return too_deep();
    at = base;
  }
  size_t bases = made.bytes ? made.bases + records.size() : records.size() - 1;
  if (bases > kBasesMax) return too_deep();
  uint64_t cost = made.cost;
  for (const auto& [at, record] : records)
    cost += cost_of(record.packed);
  if (allowance_ != nullptr && !allowance_->take(cost)) {
    body.state = UnpackedBody::State::kRefused;
    return body;
  }
  for (; !records.empty(); records.pop_back()) {
    auto& [at, record] = records.back();
    uint64_t end = at + record.record_size;
    made = THEATER_TRY(unpack(record, made));
    made.end = end;
    cache_.put(at, made, made.bytes->size());
  }
  body.bytes = std::move(made.bytes);
  return body;
}

}  // namespace theater::log
