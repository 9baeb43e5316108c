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

Failure takes_too_much(size_t taken, size_t there) {
  return fail(ErrorCode::kCorrupt, "the record of a body takes {} bytes from a base that has {}",
              taken, there);
}

// Whether a frame can hold so much is known before there is memory for it.
Result<void> check_content(ByteView frame, uint64_t length) {
  uint64_t most = zstd_content_max(frame.size());
  if (length <= most) return {};
  return fail(ErrorCode::kCorrupt,
              "the record of a body says that it has {} bytes, but a frame of zstd of {} bytes "
              "holds {} at most",
              length, frame.size(), most);
}

}  // namespace

Result<std::shared_ptr<Bytes>> BodyUnpacker::unpack_splice(const PackedBody& packed,
                                                           ByteView base) {
  Splice splice = read_splice(packed.stored);
  for (uint32_t taken : {splice.beginning, splice.end})
    if (taken > base.size()) return takes_too_much(taken, base.size());
  uint64_t middle = packed.length - splice.from_base();
  THEATER_TRY_VOID(check_content(splice.frame, middle));
  ByteView beginning = base.first(splice.beginning);
  std::shared_ptr<Bytes> bytes = pool_.take(packed.length);
  append(*bytes, beginning);
  bytes->resize(beginning.size() + middle);
  if (middle > 0) {
    THEATER_TRY_VOID(
        zstd_.decompress(splice.frame, beginning, std::span(*bytes).subspan(beginning.size())));
  }
  append(*bytes, base.last(splice.end));
  return bytes;
}

Result<BodyUnpacker::Made> BodyUnpacker::unpack(LoadedBody& record, const Made& base) {
  const PackedBody& packed = record.packed;
  bool needs_base = has_base(packed.form);
  ByteView base_bytes = needs_base ? ByteView(*base.bytes) : ByteView();
  uint64_t cost = cost_of(packed) + (needs_base ? base.cost : 0);
  std::shared_ptr<Bytes> bytes;
  // Only where the bytes are sure to be made: a length is a stranger's word.
  auto make_room = [&] { bytes = pool_.take(packed.length); };
  switch (packed.form) {
    case BodyForm::kRaw:
      bytes = std::make_shared<Bytes>(std::move(record.bytes));
      break;
    case BodyForm::kZstd:
    case BodyForm::kZstdAfter:
      THEATER_TRY_VOID(check_content(packed.stored, packed.length));
      make_room();
      bytes->resize(packed.length);
      THEATER_TRY_VOID(zstd_.decompress(packed.stored, base_bytes, *bytes));
      break;
    case BodyForm::kTail: {
      size_t taken = packed.length - packed.stored.size();
      if (taken > base_bytes.size()) return takes_too_much(taken, base_bytes.size());
      make_room();
      append(*bytes, packed.stored);
      append(*bytes, base_bytes.last(taken));
      break;
    }
    case BodyForm::kSplice:
      bytes = THEATER_TRY(unpack_splice(packed, base_bytes));
      break;
    case BodyForm::kAbsent:
      return fail(ErrorCode::kCorrupt, "the record of a body names a base that has no bytes");
  }
  return Made{.bytes = std::move(bytes), .bases = needs_base ? base.bases + 1 : 0, .cost = cost};
}

const BodyUnpacker::Made* BodyUnpacker::find(uint64_t offset) {
  const Made* made = cache_.find(offset);
  return made != nullptr ? made : old_.find(offset);
}

// What resembles a tail resembles its base, which needs one record less. And what resembles a body
// mostly resembles the one that was made of it, too.
void BodyUnpacker::keep(uint64_t offset, const Made& made, const PackedBody& packed) {
  bool is_tail = packed.form == BodyForm::kTail;
  (is_tail ? old_ : cache_).put(offset, made, made.bytes->capacity());
  if (is_tail || !has_base(packed.form)) return;
  if (std::optional<Made> base = cache_.take(packed.base)) {
    size_t room = base->bytes->capacity();
    old_.put(packed.base, *std::move(base), room);
  }
}

Result<UnpackedBody> BodyUnpacker::read(uint64_t offset, const Load& load) {
  // The record asked for, then its base, and so on, up to one that needs none or is known.
  std::vector<std::pair<uint64_t, LoadedBody>> records;
  UnpackedBody body;
  Made made;
  for (uint64_t at = offset;;) {
    const Made* known = records.empty() ? nullptr : find(at);
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
    keep(at, made, record.packed);
  }
  body.bytes = std::move(made.bytes);
  return body;
}

}  // namespace theater::log
