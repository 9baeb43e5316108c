#include "theater/api/http/idempotency_key.h"

#include <gtest/gtest.h>

#include <array>

namespace theater::api::idempotency_key_test {

std::string read(const std::string& value) {
  auto key = read_idempotency_key({{"idempotency-key", value}});
  if (!key) return "error";
  return key->value_or("none");
}

TEST(IdempotencyKeyTest, IsVisibleText) {
  EXPECT_EQ(read("8e03978e-40d5-43dd"), "8e03978e-40d5-43dd");
  EXPECT_EQ(read("!~"), "!~");
  EXPECT_EQ(read(std::string(255, 'k')), std::string(255, 'k'));
  for (const std::string& wrong :
       {std::string(), std::string(256, 'k'), std::string("a b"), std::string("a\tb"),
        std::string("k\xc3\xa4se"), std::string("\"\""), std::string("\"a"), std::string("\"a b\""),
        std::string("\"a\"b\""), std::string("\"a\\\""), std::string("\"a\\b\""),
        std::string("\"")})
    EXPECT_EQ(read(wrong), "error") << wrong;
}

TEST(IdempotencyKeyTest, QuotesAreNoPartOfIt) {
  EXPECT_EQ(read("\"abc\""), "abc");
  EXPECT_EQ(read("\"a\\\"b\\\\\""), "a\"b\\");
  EXPECT_EQ(read("a\"b"), "a\"b");
}

TEST(IdempotencyKeyTest, IsOneOrNone) {
  auto none = read_idempotency_key({});
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  EXPECT_FALSE(read_idempotency_key({{"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}}));
}

TEST(IdempotencyKeyTest, DigestsTellWhereTextsEnd) {
  std::array one{std::string("ab"), std::string("c")};
  std::array other{std::string("a"), std::string("bc")};
  EXPECT_NE(digest_of(one), digest_of(other));
  // SHA-256 of 01 00 00 00 00 00 00 00 61.
  std::array known{std::string("a")};
  EXPECT_EQ(digest_of(known), sha256(as_bytes(std::string_view("\1\0\0\0\0\0\0\0a", 9))));
}

}  // namespace theater::api::idempotency_key_test
