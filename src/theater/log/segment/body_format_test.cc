#include "theater/log/segment/body_format.h"

#include "theater/base/hex.h"
#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace theater::log::body_format_test {

Salt sample_salt() {
  Salt salt;
  salt.fill(0x5a);
  return salt;
}

PackedBody sample_body() {
  return {.form = BodyForm::kTail,
          .length = 9,
          .salt = sample_salt(),
          .base = 44,
          .stored = as_bytes("abc")};
}

Bytes record_of(const PackedBody& body) {
  Bytes record;
  append_body(record, body);
  return record;
}

BodyHead head_of(ByteView record) {
  return read_body_head(record.first(kBodyHeadSize));
}

BodyState state_of(ByteView record) {
  return body_state(head_of(record), record.subspan(kBodyHeadSize));
}

// The expected bytes were put together by a program that knows docs/formats/log.md alone.
TEST(BodyFormat, WritesAsTheFormatSays) {
  Bytes header;
  append_bodies_header(header, {sample_actor(0x1d), 7});
  EXPECT_EQ(to_hex(header),
            "7468656174657242020000002c0000001d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d0700000000000000"
            "7dcb28ca");
  EXPECT_EQ(header.size(), kBodiesHeaderSize);
  EXPECT_EQ(to_hex(record_of(sample_body())),
            "0a6f05fe0300000009000000030000005a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a2c000000"
            "00000000616263");
  Bytes splice;
  append_splice(splice, {.beginning = 0x102, .end = 3, .frame = as_bytes("abc")});
  EXPECT_EQ(to_hex(splice), "0201000003000000616263");
  EXPECT_EQ(read_splice(splice).beginning, 0x102u);
  EXPECT_EQ(read_splice(splice).end, 3u);
  EXPECT_EQ(to_bytes(read_splice(splice).frame), to_bytes(as_bytes("abc")));
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
}

TEST(BodyFormat, RefusesAnotherVersion) {
  Bytes header;
  append_bodies_header(header, {sample_actor(0x1d), 7});
  for (uint8_t version : {uint8_t{1}, uint8_t{3}}) {
    header[8] = version;
    Error error = read_bodies_header(header).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("knows version 2"), std::string::npos) << error.message();
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST(BodyFormat, TellsRemovedFromDamaged) {
  Bytes whole = record_of(sample_body());
  EXPECT_EQ(state_of(whole), BodyState::kWhole);
  for (size_t i = 0; i < whole.size(); ++i) {
    if (i >= 4 && i < 8) continue;  // The stored length says how much is read.
    Bytes changed = whole;
    changed[i] ^= 1;
    EXPECT_EQ(state_of(changed), BodyState::kDamaged) << i;
  }
  Bytes removed = whole;
  std::fill(removed.begin(), removed.begin() + 4, uint8_t{0});
  std::fill(removed.begin() + 12, removed.end(), uint8_t{0});
  EXPECT_EQ(state_of(removed), BodyState::kRemoved);
  removed.back() = 1;
  EXPECT_EQ(state_of(removed), BodyState::kDamaged);
}

// Records with checksums that fit, and parts that do not.
TEST(BodyFormat, RefusesPartsThatDoNotFitTogether) {
  auto fault = [](const BodyHead& head) {
    Result<PackedBody> body = packed_body(head, as_bytes("abc"), 100);
    return body ? std::string() : body.error().message();
  };
  BodyHead tail{.stored = 3, .length = 9, .form = 3, .base = 44};
  EXPECT_EQ(fault(tail), "");
  BodyHead head = tail;
  head.form = 6;
  EXPECT_NE(fault(head).find("unknown form 6"), std::string::npos);
  head = tail;
  head.base = 100;
  EXPECT_NE(fault(head).find("does not stand before it"), std::string::npos);
  head = tail;
  head.length = 3;
  EXPECT_NE(fault(head).find("takes nothing from its base"), std::string::npos);
  head = {.stored = 3, .length = 3, .form = 0, .base = 44};
  EXPECT_NE(fault(head).find("its form has none"), std::string::npos);
  head = {.stored = 3, .length = 4, .form = 0};
  EXPECT_NE(fault(head).find("of 4 bytes stores 3"), std::string::npos);
  head = {.stored = 3, .length = 9, .form = 4};
  EXPECT_NE(fault(head).find("says that it has none"), std::string::npos);
}

TEST(BodyFormat, RefusesASpliceWhosePartsDoNotMakeItsLength) {
  constexpr uint32_t kLength = 9;
  auto fault = [](ByteView stored) {
    BodyHead head{.stored = static_cast<uint32_t>(stored.size()),
                  .length = kLength,
                  .form = static_cast<uint32_t>(BodyForm::kSplice),
                  .base = 44};
    Result<PackedBody> body = packed_body(head, stored, 100);
    return body ? std::string() : body.error().message();
  };
  auto fault_of = [&](uint32_t beginning, uint32_t end, std::string_view frame) {
    Bytes stored;
    append_splice(stored, {.beginning = beginning, .end = end, .frame = as_bytes(frame)});
    return fault(stored);
  };
  EXPECT_EQ(fault_of(5, 3, "f"), "");
  EXPECT_EQ(fault_of(0, 8, "f"), "");
  EXPECT_EQ(fault_of(4, 5, ""), "");
  EXPECT_NE(fault(Bytes(7)).find("too short"), std::string::npos);
  EXPECT_NE(fault_of(0, 0, "f").find("takes nothing from its base"), std::string::npos);
  EXPECT_NE(fault_of(5, 5, "").find("of 9 bytes takes 10 from its base"), std::string::npos);
  EXPECT_NE(fault_of(1, UINT32_MAX, "").find("takes 4294967296 from"), std::string::npos);
  EXPECT_NE(fault_of(5, 3, "").find("stores nothing between"), std::string::npos);
  EXPECT_NE(fault_of(5, 4, "f").find("takes all from its base, and stores more"),
            std::string::npos);
}

RC_GTEST_PROP(BodyFormatProperty, RecordsComeBack, (const Bytes& stored, uint32_t length)) {
  PackedBody body{
      .form = BodyForm::kZstd, .length = length, .salt = sample_salt(), .stored = stored};
  Bytes record = record_of(body);
  BodyHead head = head_of(record);
  RC_ASSERT(head.record_size() == record.size());
  RC_ASSERT(state_of(record) == BodyState::kWhole);
  PackedBody read =
      packed_body(head, ByteView(record).subspan(kBodyHeadSize), kBodiesHeaderSize).value();
  RC_ASSERT(read.form == body.form && read.length == length && read.salt == body.salt);
  RC_ASSERT(to_bytes(read.stored) == stored);
}

}  // namespace theater::log::body_format_test
