#include "theater/log/segment/body_format.h"

#include "theater/base/hex.h"
#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace theater::log::body_format_test {

Salt sample_salt() {
  Salt salt;
  salt.fill(0x5a);
  return salt;
}

BodyState state_of(ByteView record) {
  return body_state(read_body_head(record.first(kBodyHeadSize)), record.subspan(kBodyHeadSize));
}

// The expected bytes were put together by a program that knows docs/formats/log.md alone.
TEST(BodyFormat, WritesAsTheFormatSays) {
  Bytes header;
  append_bodies_header(header, {sample_actor(0x1d), 7});
  EXPECT_EQ(to_hex(header),
            "7468656174657242010000002c0000001d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d0700000000000000"
            "20bac38c");
  EXPECT_EQ(header.size(), kBodiesHeaderSize);
  Bytes record;
  append_body(record, sample_salt(), as_bytes("abc"));
  EXPECT_EQ(to_hex(record), "3e7fe83f030000005a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a616263");
}

TEST(BodyFormat, RefusesAHeaderThatIsCutOrChanged) {
  Bytes whole;
  append_bodies_header(whole, {sample_actor(0x1d), 7});
  EXPECT_EQ(read_bodies_header(whole).value(), (BodiesHeader{sample_actor(0x1d), 7}));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_bodies_header(ByteView(whole).first(size))) << size;
    Bytes changed = whole;
    changed[size] ^= 1;
    EXPECT_FALSE(read_bodies_header(changed)) << size;
  }
  whole[8] = 2;
  EXPECT_EQ(read_bodies_header(whole).error().code(), ErrorCode::kUnsupported);
}

TEST(BodyFormat, TellsRemovedFromDamaged) {
  Bytes whole;
  append_body(whole, sample_salt(), as_bytes("abc"));
  EXPECT_EQ(state_of(whole), BodyState::kWhole);
  for (size_t i = 0; i < whole.size(); ++i) {
    if (i >= 4 && i < 8) continue;  // Its length says how much is looked at.
    Bytes changed = whole;
    changed[i] ^= 1;
    EXPECT_EQ(state_of(changed), BodyState::kDamaged) << i;
  }
  Bytes removed = whole;
  std::fill(removed.begin(), removed.begin() + 4, uint8_t{0});
  std::fill(removed.begin() + 8, removed.end(), uint8_t{0});
  EXPECT_EQ(state_of(removed), BodyState::kRemoved);
  removed.back() = 1;
  EXPECT_EQ(state_of(removed), BodyState::kDamaged);
}

RC_GTEST_PROP(BodyFormatProperty, RecordsComeBack, (const Bytes& bytes)) {
  Bytes record;
  append_body(record, sample_salt(), bytes);
  BodyHead head = read_body_head(ByteView(record).first(kBodyHeadSize));
  RC_ASSERT(head.salt == sample_salt());
  RC_ASSERT(head.record_size() == record.size());
  RC_ASSERT(state_of(record) == BodyState::kWhole);
}

}  // namespace theater::log::body_format_test
