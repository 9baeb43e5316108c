#include "theater/wit/wire_type.h"

#include "theater/wit/print.h"

#include <gtest/gtest.h>

namespace theater::wit::wire_type_test {

std::string read(const Bytes& description) {
  ByteReader reader(description);
  Result<Type> type = read_type(reader);
  if (!type) return type.error().message();
  EXPECT_TRUE(reader.at_end());
  return to_wit(*type);
}

TEST(ReadType, ReadsEveryKind) {
  EXPECT_EQ(read({0}), "bool");
  EXPECT_EQ(read({12}), "string");
  EXPECT_EQ(read({13, 2}), "list<u8>");
  EXPECT_EQ(read({14, 2, 1, 'a', 0, 2, 'b', 'c', 8}), "record { a: bool, bc: u64 }");
  EXPECT_EQ(read({15, 2, 9, 10}), "tuple<f32, f64>");
  EXPECT_EQ(read({16, 2, 1, 'a', 0, 1, 'b', 1, 12}), "variant { a, b(string) }");
  EXPECT_EQ(read({17, 2, 1, 'a', 1, 'b'}), "enum { a, b }");
  EXPECT_EQ(read({18, 11}), "option<char>");
  EXPECT_EQ(read({19, 0, 1, 12}), "result<_, string>");
  EXPECT_EQ(read({20, 1, 1, 'a'}), "flags { a }");
  EXPECT_EQ(read({21, 1, 'f'}), "own<f>");
  EXPECT_EQ(read({22, 1, 'f'}), "borrow<f>");
}

TEST(ReadType, RefusesAnUnknownKind) {
  EXPECT_EQ(read({13, 23}), "offset 1: 0x17 is no kind of type");
}

TEST(ReadType, RefusesNamesThatAreEmptyOrRepeated) {
  EXPECT_EQ(read({17, 1, 0, 0}), "offset 2: a name is empty");
  EXPECT_EQ(read({20, 2, 1, 'a', 1, 'a'}), "offset 4: the name `a` occurs twice");
}

TEST(ReadType, RefusesATypeWithoutValues) {
  EXPECT_EQ(read({16, 0}), "before offset 2: variant: there are no cases");
  EXPECT_EQ(read({17, 0}), "before offset 2: enum: there are no cases");
}

TEST(ReadType, ReadsTheDeepestTypeAndNoDeeper) {
  Bytes deep(kTypeDepthMax - 1, 18);
  deep.push_back(0);
  EXPECT_EQ(read(deep).substr(0, 14), "option<option<");
  deep.insert(deep.begin(), 18);
  EXPECT_EQ(read(deep), "offset 100: types nest more than 100 deep");
  EXPECT_EQ(read(Bytes(100'000, 13)), "offset 100: types nest more than 100 deep");
}

TEST(ReadType, RefusesACountBeyondTheInput) {
  EXPECT_EQ(read({15, 0xff, 0xff, 0xff, 0xff, 0x0f}),
            "offset 1: 4294967295 elements of at least 1 bytes cannot be in the 0 bytes left");
}

// A name that is too long to lie in its string has to be given back.
TEST(ReadType, RefusesATypeThatEndsBehindALongName) {
  Bytes field{14, 1, 40};
  field.insert(field.end(), 40, 'x');
  EXPECT_TRUE(read(field).starts_with("offset 43: ")) << read(field);
  Bytes variant_case = field;
  variant_case.front() = 16;
  EXPECT_TRUE(read(variant_case).starts_with("offset 43: ")) << read(variant_case);
}

TEST(ReadFuncType, ReadsParametersAndResult) {
  Bytes description = {0, 1, 3, 'm', 's', 'g', 12, 1, 19, 0, 1, 12};
  ByteReader reader(description);
  EXPECT_EQ(to_wit("log", read_func_type(reader).value()),
            "log: func(msg: string) -> result<_, string>");
  EXPECT_TRUE(reader.at_end());
}

TEST(ReadFuncType, LeavesRoomForTheTupleOfItsParameters) {
  Bytes description = {0, 1, 1, 'a'};
  description.insert(description.end(), kTypeDepthMax - 2, 18);
  description.push_back(0);
  description.push_back(0);
  ByteReader reader(description);
  EXPECT_EQ(read_func_type(reader).value().params_tuple().depth(), kTypeDepthMax);
  description.insert(description.begin() + 4, 18);
  ByteReader deeper(description);
  EXPECT_FALSE(read_func_type(deeper));
}

}  // namespace theater::wit::wire_type_test
