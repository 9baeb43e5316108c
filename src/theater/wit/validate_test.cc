#include "theater/wit/validate.h"

#include <gtest/gtest.h>

namespace theater::wit::validate_test {

std::string fault(const Type& type, const Bytes& bytes, std::string_view root = "value") {
  Result<void> validity = validate(type, bytes, root);
  if (validity) return "none";
  EXPECT_EQ(validity.error().code(), ErrorCode::kInvalidArgument);
  return validity.error().message();
}

TEST(Validate, AcceptsOneEncodingOfEachKind) {
  EXPECT_EQ(fault(Type::boolean(), {1}), "none");
  EXPECT_EQ(fault(Type::s8(), {0xff}), "none");
  EXPECT_EQ(fault(Type::u8(), {0xff}), "none");
  EXPECT_EQ(fault(Type::s16(), {0x80, 0x80, 0x7e}), "none");
  EXPECT_EQ(fault(Type::u16(), {0xff, 0xff, 0x03}), "none");
  EXPECT_EQ(fault(Type::f32(), {0, 0, 0xc0, 0x7f}), "none");
  EXPECT_EQ(fault(Type::f64(), {0, 0, 0, 0, 0, 0, 0xf0, 0xff}), "none");
  EXPECT_EQ(fault(Type::character(), {0xf0, 0x9f, 0x8e, 0xad}), "none");
  EXPECT_EQ(fault(Type::string(), {2, 'h', 'i'}), "none");
  EXPECT_EQ(fault(Type::list(Type::u8()), {2, 0, 0xff}), "none");
  EXPECT_EQ(fault(Type::tuple({Type::u8(), Type::boolean()}), {7, 0}), "none");
  EXPECT_EQ(fault(Type::variant({{"a", std::nullopt}, {"b", Type::u8()}}), {1, 9}), "none");
  EXPECT_EQ(fault(Type::enumeration({"a", "b"}), {1}), "none");
  EXPECT_EQ(fault(Type::option(Type::u8()), {0}), "none");
  EXPECT_EQ(fault(Type::result(std::nullopt, Type::string()), {1, 1, 'x'}), "none");
  EXPECT_EQ(fault(Type::flags({"a", "b", "c"}), {0x07}), "none");
  EXPECT_EQ(fault(Type::own("file"), {0x80, 0x01}), "none");
}

TEST(Validate, NamesPlaceAndOffset) {
  Type record = Type::record({{"id", Type::u32()}, {"name", Type::string()}});
  Type type = Type::tuple({Type::u8(), Type::list(record)});
  EXPECT_EQ(fault(type, {5, 2, 1, 1, 'a', 2, 2, 'b', 0xff}, "params"),
            "at params.1[1].name, offset 8: the byte 0xff is not UTF-8 here");
  EXPECT_EQ(fault(Type::option(Type::boolean()), {1, 2}),
            "at value.some, offset 1: bool: expected 00 or 01, found 02");
  EXPECT_EQ(fault(Type::result(Type::boolean(), std::nullopt), {0}),
            "at value.ok, offset 1: bytes needed: 1, left: 0");
  EXPECT_EQ(fault(Type::variant({{"left", Type::enumeration({"a"})}}), {0, 1}),
            "at value.left, offset 1: enum: case index 1 is not below 1");
}

TEST(Validate, RefusesWhatIsLeftOver) {
  EXPECT_EQ(fault(Type::u8(), {1, 2}), "at value, offset 1: bytes left over after it: 1");
}

TEST(Validate, RefusesANanThatIsNotCanonical) {
  EXPECT_EQ(fault(Type::f32(), {1, 0, 0xc0, 0x7f}),
            "at value, offset 0: a NaN other than the canonical one, 0x7fc00000");
  EXPECT_NE(fault(Type::f32(), {0, 0, 0xc0, 0xff}), "none");
  EXPECT_NE(fault(Type::f64(), {0, 0, 0, 0, 0, 0, 0xf8, 0xff}), "none");
}

TEST(Validate, RefusesBitsWithoutAFlag) {
  EXPECT_EQ(fault(Type::flags({"a", "b", "c"}), {0x08}),
            "at value, offset 0: 0x08 has bits beyond the 3 flags");
}

TEST(Validate, RefusesSurrogatesInText) {
  EXPECT_NE(fault(Type::string(), {3, 0xed, 0xa0, 0x80}), "none");
  EXPECT_NE(fault(Type::character(), {0xed, 0xa0, 0x80}), "none");
}

TEST(Validate, RefusesACountThatTheInputCannotHold) {
  EXPECT_EQ(fault(Type::list(Type::u64()), {0xff, 0xff, 0xff, 0xff, 0x0f, 1}),
            "at value, offset 0: 4294967295 elements of at least 1 bytes cannot be in the 1 "
            "bytes left");
}

TEST(Validate, BoundsElementsThatTakeNothing) {
  Type nothing = Type::list(Type::tuple({}));
  EXPECT_EQ(fault(nothing, {0x80, 0x80, 0x04}), "none");
  EXPECT_EQ(fault(nothing, {0x81, 0x80, 0x04}),
            "at value, offset 0: 65537 elements without content, and the whole value may have "
            "65536");
  // All lists of a value share the bound.
  EXPECT_NE(fault(Type::list(nothing), {2, 0x80, 0x80, 0x04, 1}), "none");
}

TEST(Validate, WalksTheDeepestType) {
  Type deep = Type::boolean();
  while (deep.depth() < kTypeDepthMax)
    deep = Type::option(deep);
  Bytes value(kTypeDepthMax, 1);
  EXPECT_EQ(fault(deep, value), "none");
}

TEST(Skip, ReturnsTheLengthOfTheFirstValue) {
  EXPECT_EQ(skip(Type::string(), Bytes{1, 'a', 1, 'b'}).value(), 2U);
  EXPECT_FALSE(skip(Type::string(), Bytes{2, 'a'}));
}

}  // namespace theater::wit::validate_test
