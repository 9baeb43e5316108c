// Compression by zstd (RFC 8878), with an earlier text as prefix where one resembles the new one.
//
// A frame that was made with a prefix decodes only with the same prefix. The prefix then works like
// text in front of the frame: what repeats there costs a few bytes.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace theater {

// The most bytes that one frame of `stored` bytes can hold, whatever it says of itself. RFC 8878,
// section 3.1.1: a frame begins with 6 bytes or more, then has blocks. Each block has a header of 3
// bytes and, unless it holds nothing, 1 byte or more of content. It holds 128 KiB at most.
constexpr uint64_t zstd_content_max(uint64_t stored) {
  constexpr uint64_t kHeaderMin = 6;
  constexpr uint64_t kBlockMin = 4;
  constexpr uint64_t kBlockContentMax = uint64_t{128} << 10;
  return stored < kHeaderMin ? 0 : (stored - kHeaderMin) / kBlockMin * kBlockContentMax;
}

// How much time a compressor takes to find what the prefix has.
enum class PrefixSearch : uint8_t {
  kQuick,
  kThorough,  // Finds long stretches even where short ones repeat all the time.
};

// Keeps its working memory between calls. Move-only, not thread-safe.
class ZstdCompressor {
 public:
  ZstdCompressor();
  ~ZstdCompressor();
  ZstdCompressor(ZstdCompressor&&) noexcept;
  ZstdCompressor& operator=(ZstdCompressor&&) noexcept;

  // Makes one frame with `bytes` and returns it. It stands at the beginning of `room`, which grows
  // as needed. An empty prefix is none. The same library makes the same frame of the same bytes.
  ByteView compress(Bytes& room, ByteView bytes, ByteView prefix = {},
                    PrefixSearch search = PrefixSearch::kQuick);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Keeps its working memory between calls. Move-only, not thread-safe.
class ZstdDecompressor {
 public:
  ZstdDecompressor();
  ~ZstdDecompressor();
  ZstdDecompressor(ZstdDecompressor&&) noexcept;
  ZstdDecompressor& operator=(ZstdDecompressor&&) noexcept;

  // Fills `out` with what the frame holds. Fails with kCorrupt unless `frame` is exactly one frame,
  // made with this prefix, of exactly as many bytes as `out` has. Never writes more, and needs no
  // memory that a stranger's frame could choose.
  Result<void> decompress(ByteView frame, ByteView prefix, std::span<uint8_t> out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace theater
