#include "theater/base/zstd.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

namespace theater::zstd_test {

Bytes text(size_t words, uint32_t seed = 1) {
  static const std::vector<std::string> kWords{"the ", "agent ", "asked ", "a ", "model ", "what "};
  std::string made;
  for (size_t i = 0; i < words; ++i) {
    seed = seed * 1664525 + 1013904223;
    made += kWords[(seed >> 20) % kWords.size()];
  }
  return to_bytes(as_bytes(made));
}

Bytes packed(ByteView bytes, ByteView prefix = {}, PrefixSearch search = PrefixSearch::kQuick) {
  Bytes room;
  return to_bytes(ZstdCompressor().compress(room, bytes, prefix, search));
}

Result<Bytes> unpacked(ByteView frame, size_t length, ByteView prefix = {}) {
  Bytes out(length);
  THEATER_TRY_VOID(ZstdDecompressor().decompress(frame, prefix, out));
  return out;
}

TEST(Zstd, ATextThatContinuesItsPrefixCostsWhatItAdds) {
  Bytes before = text(100'000);
  Bytes after = before;
  Bytes added = text(200, 77);
  after.insert(after.end(), added.begin(), added.end());
  Bytes frame = packed(after, before, PrefixSearch::kThorough);
  EXPECT_LT(frame.size(), 1500u);
  EXPECT_EQ(unpacked(frame, after.size(), before).value(), after);
  // Without the prefix, or with another one, nothing of it comes out.
  EXPECT_FALSE(unpacked(frame, after.size()) == after);
  EXPECT_FALSE(unpacked(frame, after.size(), text(100'000, 5)) == after);
}

TEST(Zstd, RefusesWhatIsNotOneFrameOfThatLength) {
  Bytes whole = text(500);
  Bytes frame = packed(whole);
  EXPECT_EQ(unpacked(frame, whole.size()).value(), whole);
  EXPECT_EQ(unpacked(frame, whole.size() - 1).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(unpacked(frame, whole.size() + 1).error().code(), ErrorCode::kCorrupt);
  Bytes longer = frame;
  longer.push_back(0);
  EXPECT_FALSE(unpacked(longer, whole.size()));
  Bytes twice = frame;
  append(twice, frame);
  EXPECT_FALSE(unpacked(twice, whole.size()));
  EXPECT_FALSE(unpacked({}, whole.size()));
  for (size_t size = 0; size < frame.size(); ++size)
    EXPECT_FALSE(unpacked(ByteView(frame).first(size), whole.size())) << size;
}

// A gigabyte of zeros is a frame of some kilobytes; the decoder takes no memory for it.
TEST(Zstd, AFrameThatHoldsMoreThanItShouldIsNotExpanded) {
  Bytes bomb = packed(Bytes(size_t{64} << 20));
  EXPECT_LT(bomb.size(), size_t{16} << 10);
  EXPECT_EQ(unpacked(bomb, 1024).error().code(), ErrorCode::kCorrupt);
}

Bytes frame_of_one_repeated_byte(size_t blocks) {
  // The magic number, a descriptor without any field, and a window of more than 128 KiB.
  Bytes frame{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x40};
  for (size_t i = 0; i < blocks; ++i) {
    uint32_t head = (uint32_t{128} << 10) << 3 | 1u << 1 | (i + 1 == blocks ? 1u : 0u);
    for (uint32_t byte : {head & 0xff, head >> 8 & 0xff, head >> 16, uint32_t{'a'}})
      frame.push_back(static_cast<uint8_t>(byte));
  }
  return frame;
}

// The densest frame that the format allows has exactly as many bytes as the bound says.
TEST(Zstd, ABoundTellsHowMuchAFrameCanHold) {
  for (size_t blocks : {1u, 2u, 9u}) {
    Bytes frame = frame_of_one_repeated_byte(blocks);
    size_t most = static_cast<size_t>(zstd_content_max(frame.size()));
    EXPECT_EQ(most, blocks << 17);
    EXPECT_EQ(unpacked(frame, most).value(), Bytes(most, 'a'));
  }
  EXPECT_EQ(zstd_content_max(packed({}).size()), 0u);
  EXPECT_EQ(zstd_content_max(0), 0u);
  for (size_t size : {1u, 100u, 100'000u, 10'000'000u})
    EXPECT_GE(zstd_content_max(packed(Bytes(size)).size()), size);
}

TEST(Zstd, AFailureLeavesTheNextFrameReadable) {
  ZstdDecompressor decompressor;
  Bytes whole = text(500);
  Bytes frame = packed(whole);
  Bytes out(whole.size());
  Bytes broken = frame;
  broken[broken.size() / 2] ^= 0x40;
  (void)decompressor.decompress(broken, {}, out);
  EXPECT_TRUE(decompressor.decompress(frame, {}, out));
  EXPECT_EQ(out, whole);
}

RC_GTEST_PROP(ZstdProperty, FramesComeBack, (const Bytes& bytes, const Bytes& prefix)) {
  for (PrefixSearch search : {PrefixSearch::kQuick, PrefixSearch::kThorough}) {
    RC_ASSERT(unpacked(packed(bytes, prefix, search), bytes.size(), prefix).value() == bytes);
  }
}

}  // namespace theater::zstd_test
