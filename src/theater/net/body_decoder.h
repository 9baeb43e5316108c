// The body of an HTTP message, taken out of its framing.
//
// A body has a stated length, comes in chunks, or ends with the connection (only answers may). The
// decoder is stricter than RFC 9112 for chunks: it refuses extensions and trailers, which nothing
// here uses and which programs read differently.
#pragma once

#include "theater/base/bytes.h"

#include <cstddef>
#include <cstdint>

namespace theater {

enum class BodyFraming : uint8_t { kNone, kLength, kChunked, kUntilEnd };

enum class BodyProgress : uint8_t {
  kMore,       // The body has not ended.
  kDone,       // The body is complete; what follows belongs to the next message.
  kTooLarge,   // The body has more bytes than allowed.
  kMalformed,  // The bytes are no chunks.
};

// Not thread-safe. Value type.
class BodyDecoder {
 public:
  BodyDecoder() = default;
  // `length` counts for kLength only.
  BodyDecoder(BodyFraming framing, uint64_t length);

  // Takes what it can off the front of `input` and appends the body's bytes to `out`. At most
  // `size_max` bytes come out over all calls. It never needs to see a byte twice. After another
  // outcome than kMore it must not be called again.
  BodyProgress feed(ByteView& input, Bytes& out, uint64_t size_max);

  // Whether a message may end where the connection ended.
  bool may_end() const {
    return framing_ == BodyFraming::kUntilEnd || framing_ == BodyFraming::kNone;
  }

 private:
  enum class Chunk : uint8_t { kSize, kSizeEnd, kData, kDataCr, kDataLf, kLastCr, kLastLf };

  BodyProgress feed_length(ByteView& input, Bytes& out, uint64_t size_max);
  BodyProgress feed_chunks(ByteView& input, Bytes& out, uint64_t size_max);
  BodyProgress take_frame_byte(uint8_t byte);
  bool add_digit(uint8_t byte);

  BodyFraming framing_ = BodyFraming::kNone;
  Chunk chunk_ = Chunk::kSize;
  int digits_ = 0;      // Of the size of this chunk.
  uint64_t left_ = 0;   // Bytes of the body, or of this chunk, that are still to come.
  uint64_t taken_ = 0;  // Bytes of the body so far.
};

}  // namespace theater
