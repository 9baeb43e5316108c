#include "theater/log/segment/body_packer.h"

#include "theater/base/check.h"

#include <algorithm>
#include <limits>

namespace theater::log {

namespace {

// How many bytes at the end are the same: whole blocks first, since they are compared faster.
size_t common_tail(ByteView a, ByteView b) {
  constexpr size_t kBlock = 4096;
  size_t same = 0;
  size_t most = std::min(a.size(), b.size());
  auto block = [&](ByteView bytes) { return as_text(bytes.last(same + kBlock).first(kBlock)); };
  while (most - same >= kBlock && block(a) == block(b))
    same += kBlock;
  while (same < most && a[a.size() - same - 1] == b[b.size() - same - 1])
    ++same;
  return same;
}

PackedBody raw_body(const BodyPacker::Input& input) {
  THEATER_CHECK(input.bytes.size() <= std::numeric_limits<uint32_t>::max(), "a body of {} bytes",
                input.bytes.size());
  return {.form = BodyForm::kRaw,
          .length = static_cast<uint32_t>(input.bytes.size()),
          .salt = input.salt,
          .stored = input.bytes};
}

}  // namespace

PackedBody BodyPacker::pack(const Input& input, uint64_t offset) {
  PackedBody packed = raw_body(input);
  if (packed.length < kPackedMin) return packed;
  Base twin =
      input.use.twin ? base_at(cited_.find(*input.use.twin), BodyUnpacker::kBasesMax - 1) : Base();
  Base before = base_at(series_.find({input.actor, input.use.series}), kSeriesMax - 1);
  std::optional<PackedBody> tail = pack_tail(packed, twin);
  packed = tail ? *tail : pack_zstd(packed, before);
  // What resembles a tail resembles its base, which needs one record less.
  if (packed.form == BodyForm::kTail) {
    remember(input, twin.offset);
    return packed;
  }
  size_t bases = packed.form == BodyForm::kZstdAfter ? before.kept->bases + 1 : 0;
  kept_.put(offset, {.bytes = to_bytes(input.bytes), .bases = bases}, input.bytes.size());
  remember(input, offset);
  return packed;
}

PackedBody BodyPacker::pack_absent(const Input& input) {
  PackedBody packed = raw_body(input);
  packed.form = BodyForm::kAbsent;
  packed.stored = {};
  absent_.put(input.event, {input.actor, input.use.series});
  return packed;
}

BodyPacker::Base BodyPacker::base_at(const uint64_t* offset, size_t bases_max) {
  if (offset == nullptr) return {};
  const Kept* kept = kept_.find(*offset);
  if (kept == nullptr || kept->bases > bases_max) return {};
  return {kept, *offset};
}

// Only where all but a short beginning is the same: the id of a request stands before its bytes.
std::optional<PackedBody> BodyPacker::pack_tail(const PackedBody& raw, const Base& twin) const {
  if (twin.kept == nullptr) return std::nullopt;
  size_t same = common_tail(raw.stored, twin.kept->bytes);
  if (same < raw.stored.size() - raw.stored.size() / 8) return std::nullopt;
  PackedBody packed = raw;
  packed.form = BodyForm::kTail;
  packed.base = twin.offset;
  packed.stored = raw.stored.first(raw.stored.size() - same);
  return packed;
}

PackedBody BodyPacker::pack_zstd(const PackedBody& raw, const Base& before) {
  PackedBody packed = raw;
  room_.clear();
  zstd_.compress(room_, raw.stored, before.kept == nullptr ? ByteView() : before.kept->bytes);
  bool has_base = before.kept != nullptr;
  // A base is worth having if the body resembles it, which a small result shows at once.
  if (has_base && room_.size() > raw.stored.size() / 16) {
    size_t with_base = room_.size();
    room_.clear();
    zstd_.compress(room_, raw.stored);
    has_base = with_base < room_.size() - room_.size() / 4;
    if (has_base) {
      room_.clear();
      zstd_.compress(room_, raw.stored, before.kept->bytes);
    }
  }
  if (room_.size() + raw.stored.size() / 16 >= raw.stored.size()) return raw;
  packed.form = has_base ? BodyForm::kZstdAfter : BodyForm::kZstd;
  packed.base = has_base ? before.offset : 0;
  packed.stored = room_;
  return packed;
}

void BodyPacker::remember(const Input& input, uint64_t offset) {
  series_.put({input.actor, input.use.series}, offset);
  if (input.use.is_cited) cited_.put(input.event, offset);
  if (!input.use.twin) return;
  if (const Series* left_out = absent_.find(*input.use.twin)) series_.put(*left_out, offset);
}

void BodyPacker::clear() {
  kept_.clear();
  series_.clear();
  cited_.clear();
  absent_.clear();
}

}  // namespace theater::log
