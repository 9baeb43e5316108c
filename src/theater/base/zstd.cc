#include "theater/base/zstd.h"

#include "theater/base/check.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <string_view>

namespace theater {

namespace {

// The fastest level that is worth its time: the log's committer compresses what it writes.
constexpr int kLevel = 1;
constexpr int kWindowLogMin = 10;
constexpr int kWindowLogMax = 27;
// A larger table takes longer to clear than to compress a short text.
constexpr int kHashLogMax = 17;

void set(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
  size_t result = ZSTD_CCtx_setParameter(context, parameter, value);
  THEATER_CHECK(!ZSTD_isError(result), "zstd: {}", ZSTD_getErrorName(result));
}

Failure broken(std::string_view text) {
  return fail(ErrorCode::kCorrupt, "{}", text);
}

}  // namespace

struct ZstdCompressor::Context {
  ZSTD_CCtx* made = ZSTD_createCCtx();

  Context() {
    THEATER_CHECK(made != nullptr, "no memory to compress with");
    set(made, ZSTD_c_compressionLevel, kLevel);
    set(made, ZSTD_c_contentSizeFlag, 1);
    set(made, ZSTD_c_checksumFlag, 0);
  }
  ~Context() { ZSTD_freeCCtx(made); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

ZstdCompressor::ZstdCompressor() : context_(std::make_unique<Context>()) {}
ZstdCompressor::~ZstdCompressor() = default;
ZstdCompressor::ZstdCompressor(ZstdCompressor&&) noexcept = default;
ZstdCompressor& ZstdCompressor::operator=(ZstdCompressor&&) noexcept = default;

// The window holds the prefix and the bytes, or the beginning of the prefix would be out of sight.
ByteView ZstdCompressor::compress(Bytes& room, ByteView bytes, ByteView prefix,
                                  PrefixSearch search) {
  ZSTD_CCtx* context = context_->made;
  int window = std::clamp(static_cast<int>(std::bit_width(bytes.size() + prefix.size())),
                          kWindowLogMin, kWindowLogMax);
  set(context, ZSTD_c_windowLog, window);
  set(context, ZSTD_c_hashLog, std::min(window, kHashLogMax));
  bool is_thorough = search == PrefixSearch::kThorough && !prefix.empty();
  set(context, ZSTD_c_enableLongDistanceMatching, is_thorough ? 1 : 0);
  size_t referred = ZSTD_CCtx_refPrefix(context, prefix.data(), prefix.size());
  THEATER_CHECK(!ZSTD_isError(referred), "zstd: {}", ZSTD_getErrorName(referred));
  size_t needed = ZSTD_compressBound(bytes.size());
  if (room.size() < needed) room.resize(needed);
  size_t size = ZSTD_compress2(context, room.data(), room.size(), bytes.data(), bytes.size());
  THEATER_CHECK(!ZSTD_isError(size), "zstd: {}", ZSTD_getErrorName(size));
  return ByteView(room).first(size);
}

struct ZstdDecompressor::Context {
  ZSTD_DCtx* made = ZSTD_createDCtx();

  Context() { THEATER_CHECK(made != nullptr, "no memory to decompress with"); }
  ~Context() { ZSTD_freeDCtx(made); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

ZstdDecompressor::ZstdDecompressor() : context_(std::make_unique<Context>()) {}
ZstdDecompressor::~ZstdDecompressor() = default;
ZstdDecompressor::ZstdDecompressor(ZstdDecompressor&&) noexcept = default;
ZstdDecompressor& ZstdDecompressor::operator=(ZstdDecompressor&&) noexcept = default;

// Decoding in one step writes straight into `out`, so the window that a frame asks for costs
// nothing.
Result<void> ZstdDecompressor::decompress(ByteView frame, ByteView prefix, std::span<uint8_t> out) {
  size_t length = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
  if (ZSTD_isError(length)) return broken("the stored bytes are no frame of zstd");
  if (length != frame.size()) return broken("bytes follow the frame of zstd");
  if (ZSTD_getDictID_fromFrame(frame.data(), frame.size()) != 0) {
    return broken("the frame of zstd wants a dictionary");
  }
  size_t referred = ZSTD_DCtx_refPrefix(context_->made, prefix.data(), prefix.size());
  THEATER_CHECK(!ZSTD_isError(referred), "zstd: {}", ZSTD_getErrorName(referred));
  size_t size =
      ZSTD_decompressDCtx(context_->made, out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(size)) {
    ZSTD_DCtx_reset(context_->made, ZSTD_reset_session_only);
    return fail(ErrorCode::kCorrupt, "the frame of zstd does not decode to {} bytes: {}",
                out.size(), ZSTD_getErrorName(size));
  }
  if (size == out.size()) return {};
  return fail(ErrorCode::kCorrupt, "the frame of zstd holds {} bytes, not {}", size, out.size());
}

}  // namespace theater
