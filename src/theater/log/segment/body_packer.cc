#include "theater/log/segment/body_packer.h"

#include "theater/base/check.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace theater::log {

namespace {

// The search of a whole prefix pays for itself in a body that is longer.
constexpr size_t kThoroughMin = 16'384;

// A middle may copy from so many bytes before it. Ten times as many would save a tenth of what it
// takes on disk, and cost twice the time.
constexpr size_t kSightMax = size_t{16} << 10;

// How many bytes are the same. `block(bytes, at, size)` gives the block after the first `at` bytes
// in the direction of the comparison. Large blocks come first, since they are compared faster.
template <typename Block>
size_t count_common(ByteView a, ByteView b, const Block& block) {
  size_t same = 0;
  size_t most = std::min(a.size(), b.size());
  for (size_t size : {size_t{4096}, size_t{64}, size_t{1}}) {
    while (most - same >= size && as_text(block(a, same, size)) == as_text(block(b, same, size))) {
      same += size;
    }
  }
  return same;
}

size_t common_beginning(ByteView a, ByteView b) {
  return count_common(
      a, b, [](ByteView bytes, size_t at, size_t size) { return bytes.subspan(at, size); });
}

size_t common_end(ByteView a, ByteView b) {
  return count_common(a, b, [](ByteView bytes, size_t at, size_t size) {
    return bytes.last(at + size).first(size);
  });
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
  std::optional<PackedBody> part = pack_tail(packed, twin);
  if (twin.kept != nullptr) twin.kept->is_awaited = false;
  if (!part) part = pack_splice(packed, before);
  packed = part ? *part : pack_zstd(packed, before);
  // What resembles a tail resembles its base, which needs one record less.
  if (packed.form == BodyForm::kTail) {
    remember(input, twin.offset);
    return packed;
  }
  keep(input, offset, has_base(packed.form) ? before.kept->bases + 1 : 0);
  remember(input, offset);
  return packed;
}

void BodyPacker::keep(const Input& input, uint64_t offset, size_t bases) {
  Series series{input.actor, input.use.series};
  if (const uint64_t* before = series_.find(series)) {
    const Kept* kept = kept_.find(*before);
    if (kept != nullptr && !kept->is_awaited && kept->series == series) (void)kept_.take(*before);
  }
  std::shared_ptr<Bytes> bytes = pool_.take(input.bytes.size());
  append(*bytes, input.bytes);
  size_t room = bytes->capacity();
  kept_.put(offset,
            {.bytes = std::move(bytes),
             .bases = bases,
             .series = series,
             .is_awaited = input.use.is_cited},
            room);
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
  Kept* kept = kept_.find(*offset);
  if (kept == nullptr || kept->bases > bases_max) return {};
  return {kept, *offset};
}

// Only where all but a short beginning is the same: the id of a request stands before its bytes.
std::optional<PackedBody> BodyPacker::pack_tail(const PackedBody& raw, const Base& twin) const {
  if (twin.kept == nullptr) return std::nullopt;
  size_t same = common_end(raw.stored, *twin.kept->bytes);
  if (same < raw.stored.size() - raw.stored.size() / 8) return std::nullopt;
  PackedBody packed = raw;
  packed.form = BodyForm::kTail;
  packed.base = twin.offset;
  packed.stored = raw.stored.first(raw.stored.size() - same);
  return packed;
}

// Only where the middle is short: otherwise the rest of the base may have what the middle repeats.
std::optional<PackedBody> BodyPacker::pack_splice(const PackedBody& raw, const Base& before) {
  if (before.kept == nullptr) return std::nullopt;
  ByteView base = *before.kept->bytes;
  size_t beginning = common_beginning(raw.stored, base);
  ByteView rest = raw.stored.subspan(beginning);
  size_t end = common_end(rest, base);
  ByteView middle = rest.first(rest.size() - end);
  if (middle.size() > raw.stored.size() / 8) return std::nullopt;
  Splice splice{.beginning = static_cast<uint32_t>(beginning),
                .end = static_cast<uint32_t>(end),
                .frame = {}};
  if (!middle.empty()) {
    ByteView in_sight = base.first(beginning).last(std::min(beginning, kSightMax));
    splice.frame = zstd_.compress(room_, middle, in_sight);
  }
  splice_.clear();
  append_splice(splice_, splice);
  PackedBody packed = raw;
  packed.form = BodyForm::kSplice;
  packed.base = before.offset;
  packed.stored = splice_;
  return packed;
}

PackedBody BodyPacker::pack_zstd(const PackedBody& raw, const Base& before) {
  std::optional<ByteView> after;
  ByteView alone;
  if (before.kept == nullptr) {
    alone = zstd_.compress(room_alone_, raw.stored);
  } else {
    after = compress_after(*before.kept->bytes, raw.stored, alone);
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
