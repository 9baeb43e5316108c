// Chooses how a file keeps each body: as it is, compressed, compressed after an earlier body that
// it resembles, as another middle of that body, or as its tail.
//
// An agent says its whole history in every request. Such a body begins as the one before it, and
// often ends as it, so only its middle is compressed: it costs about what it adds, in bytes and in
// time. A body that one actor sends and another takes costs its bytes once. The packer keeps the
// newest bodies of the file in a bounded cache, up to the next one of their series; what has left
// the cache is no base any more. Nothing here is part of a proof: hashes are of the plain bytes.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/bytes_pool.h"
#include "theater/base/hash.h"
#include "theater/base/lru_cache.h"
#include "theater/base/zstd.h"
#include "theater/log/event/body_use.h"
#include "theater/log/event/payload.h"
#include "theater/log/event/peers.h"
#include "theater/log/segment/body_format.h"
#include "theater/log/segment/body_unpacker.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace theater::log {

// Not thread-safe. For the bodies of one file at a time.
class BodyPacker {
 public:
  // A body of a series that would need more bases begins anew. One less than readers allow, so that
  // a tail of it is still possible.
  static constexpr size_t kSeriesMax = BodyUnpacker::kBasesMax - 1;
  // A shorter body stays as it is, and is no base.
  static constexpr size_t kPackedMin = 64;
  static constexpr size_t kCacheBytesMax = size_t{64} << 20;

  // A body, and the actor and event that it belongs to.
  struct Input {
    ByteView bytes;
    Salt salt{};
    ActorNumber actor;
    Hash event;
    BodyUse use;
  };

  // Packs the next body of the file, whose record will begin at `offset`. The result borrows from
  // the input and from the packer, until the next call.
  PackedBody pack(const Input& input, uint64_t offset);

  // Packs a body whose bytes the file leaves out. If its twin follows, the next body of the series
  // is compressed after that one.
  PackedBody pack_absent(const Input& input);

  // Begins another file.
  void clear();

 private:
  struct Series {
    ActorNumber actor;
    uint64_t number = 0;

    bool operator==(const Series&) const = default;
  };
  struct Kept {
    std::shared_ptr<const Bytes> bytes;
    size_t bases = 0;
    Series series;
    bool is_awaited = false;  // A twin of it may follow.
  };
  struct SeriesHash {
    size_t operator()(const Series& series) const {
      return std::hash<uint64_t>()(series.actor.value * 0x9e3779b97f4a7c15 ^ series.number);
    }
  };

  // What a body needs as its base; without one, `kept` is null.
  struct Base {
    Kept* kept = nullptr;
    uint64_t offset = 0;
  };

  Base base_at(const uint64_t* offset, size_t bases_max);
  std::optional<PackedBody> pack_tail(const PackedBody& raw, const Base& twin) const;
  std::optional<PackedBody> pack_splice(const PackedBody& raw, const Base& before);
  PackedBody pack_zstd(const PackedBody& raw, const Base& before);
  // The frame of a body after a base that it resembles; none if it does not, and then `alone` is
  // the frame without the base.
  std::optional<ByteView> compress_after(ByteView base, ByteView bytes, ByteView& alone);
  // Keeps the body instead of the one before it in its series, unless that one is awaited.
  void keep(const Input& input, uint64_t offset, size_t bases);
  // Says where what resembles the body finds its base.
  void remember(const Input& input, uint64_t offset);

  LruCache<uint64_t, Kept> kept_{kCacheBytesMax};
  // Where the newest record of a series, and the record of a cited event, begin; of a tail, its
  // base's.
  LruCache<Series, uint64_t, SeriesHash> series_{size_t{1} << 16};
  LruCache<Hash, uint64_t> cited_{size_t{1} << 16};
  // The series of bodies that were left out, by their events.
  LruCache<Hash, Series> absent_{size_t{1} << 10};
  BytesPool pool_;
  ZstdCompressor zstd_;
  Bytes room_;
  Bytes room_alone_;
  Bytes splice_;
};

}  // namespace theater::log
