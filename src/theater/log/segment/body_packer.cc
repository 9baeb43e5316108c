#include "theater/log/segment/body_packer.h"

#include "theater/base/check.h"

#include <algorithm>
#include <limits>

namespace theater::log {

namespace {

// The search of a whole prefix pays for itself in a body that is longer.
constexpr size_t kThoroughMin = 16'384;

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
  std::optional<ByteView> after;
  ByteView alone;
  if (before.kept == nullptr) {
    alone = zstd_.compress(room_alone_, raw.stored);
  } else {
    after = compress_after(before.kept->bytes, raw.stored, alone);
  }
  ByteView frame = after.value_or(alone);
  if (frame.size() + raw.stored.size() / 16 >= raw.stored.size()) return raw;
  PackedBody packed = raw;
  packed.form = after ? BodyForm::kZstdAfter : BodyForm::kZstd;
  packed.base = after ? before.offset : 0;
  packed.stored = frame;
  return packed;
}

std::optional<ByteView> BodyPacker::compress_after(ByteView base, ByteView bytes, ByteView& alone) {
  // A small result shows at once that the body resembles its base.
  size_t small = bytes.size() / 16;
  ByteView after = zstd_.compress(room_, bytes, base);
  if (after.size() > small && bytes.size() >= kThoroughMin) {
    after = zstd_.compress(room_, bytes, base, PrefixSearch::kThorough);
  }
  if (after.size() <= small) return after;
  alone = zstd_.compress(room_alone_, bytes);
  if (after.size() < alone.size() - alone.size() / 4) return after;
  return std::nullopt;
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
