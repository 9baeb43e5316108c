#include "theater/net/body_decoder.h"

#include <algorithm>

namespace theater {

namespace {

// More digits than any size has; leading zeros count.
constexpr int kChunkDigitsMax = 15;

void move_bytes(ByteView& input, Bytes& out, uint64_t count) {
  append(out, input.first(count));
  input = input.subspan(count);
}

}  // namespace

// Beast's parser reads chunks too. It asserts that at least five bytes follow a last chunk of size
// zero, so that a client who sends them one by one would abort the process.

BodyDecoder::BodyDecoder(BodyFraming framing, uint64_t length)
    : framing_(framing), left_(framing == BodyFraming::kLength ? length : 0) {}

BodyProgress BodyDecoder::feed(ByteView& input, Bytes& out, uint64_t size_max) {
  switch (framing_) {
    case BodyFraming::kNone:
      return BodyProgress::kDone;
    case BodyFraming::kLength:
      return feed_length(input, out, size_max);
    case BodyFraming::kChunked:
      return feed_chunks(input, out, size_max);
    case BodyFraming::kUntilEnd:
      break;
  }
  if (input.size() > size_max - std::min(taken_, size_max)) return BodyProgress::kTooLarge;
  taken_ += input.size();
  move_bytes(input, out, input.size());
  return BodyProgress::kMore;
}

BodyProgress BodyDecoder::feed_length(ByteView& input, Bytes& out, uint64_t size_max) {
  if (left_ > size_max - std::min(taken_, size_max)) return BodyProgress::kTooLarge;
  uint64_t count = std::min<uint64_t>(left_, input.size());
  move_bytes(input, out, count);
  left_ -= count;
  taken_ += count;
  return left_ == 0 ? BodyProgress::kDone : BodyProgress::kMore;
}

BodyProgress BodyDecoder::feed_chunks(ByteView& input, Bytes& out, uint64_t size_max) {
  while (!input.empty()) {
    if (chunk_ == Chunk::kData) {
      uint64_t count = std::min<uint64_t>(left_, input.size());
      move_bytes(input, out, count);
      left_ -= count;
      taken_ += count;
      if (left_ == 0) chunk_ = Chunk::kDataCr;
      continue;
    }
    uint8_t byte = input.front();
    input = input.subspan(1);
    BodyProgress progress = take_frame_byte(byte);
    if (progress != BodyProgress::kMore) return progress;
    // A chunk is refused by its size, before its bytes come.
    if (chunk_ == Chunk::kData && left_ > size_max - std::min(taken_, size_max))
      return BodyProgress::kTooLarge;
  }
  return BodyProgress::kMore;
}

bool BodyDecoder::add_digit(uint8_t byte) {
  uint64_t value = 0;
  if (byte >= '0' && byte <= '9') {
    value = static_cast<uint64_t>(byte - '0');
  } else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f') {
    value = static_cast<uint64_t>((byte | 0x20) - 'a' + 10);
  } else {
    return false;
  }
  left_ = left_ * 16 + value;
  return ++digits_ <= kChunkDigitsMax;
}

BodyProgress BodyDecoder::take_frame_byte(uint8_t byte) {
  auto expect = [&](uint8_t wanted, Chunk next) {
    if (byte != wanted) return BodyProgress::kMalformed;
    chunk_ = next;
    return BodyProgress::kMore;
  };
  switch (chunk_) {
    case Chunk::kSize:
      if (byte == '\r' && digits_ > 0) {
        chunk_ = Chunk::kSizeEnd;
        return BodyProgress::kMore;
      }
      return add_digit(byte) ? BodyProgress::kMore : BodyProgress::kMalformed;
    case Chunk::kSizeEnd:
      digits_ = 0;
      return expect('\n', left_ == 0 ? Chunk::kLastCr : Chunk::kData);
    case Chunk::kDataCr:
      return expect('\r', Chunk::kDataLf);
    case Chunk::kDataLf:
      return expect('\n', Chunk::kSize);
    case Chunk::kLastCr:
      return expect('\r', Chunk::kLastLf);
    case Chunk::kLastLf:
      return byte == '\n' ? BodyProgress::kDone : BodyProgress::kMalformed;
    case Chunk::kData:
      break;
  }
  return BodyProgress::kMalformed;
}

}  // namespace theater
