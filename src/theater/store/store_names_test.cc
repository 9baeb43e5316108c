#include "theater/store/store_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace theater::store_names_test {

using ::testing::HasSubstr;

TEST(StoreIdTest, APrivateOneIsDrawnAndReadBack) {
  SeededRandom random(1);
  StoreId a = StoreId::generate(random), b = StoreId::generate(random);
  EXPECT_NE(a, b);
  EXPECT_FALSE(a.is_shared());
  EXPECT_EQ(a.text().size(), 32U);
  EXPECT_EQ(StoreId::parse(a.text()).value(), a);
}

TEST(StoreIdTest, ASharedOneIsAName) {
  for (std::string name : {std::string("notes"), std::string("a"), std::string("team.notes_2-x"),
                           std::string("9"), std::string(64, 'z'), std::string(31, 'a'),
                           std::string("01234567-89ab-cdef-0123-456789abcdef")}) {
    Result<StoreId> id = StoreId::parse(name);
    ASSERT_TRUE(id) << name;
    EXPECT_TRUE(id->is_shared());
    EXPECT_EQ(id->text(), name);
  }
}

TEST(StoreIdTest, NothingElseIsOne) {
  for (std::string text :
       {std::string(), std::string("."), std::string(".."), std::string("../etc"),
        std::string("/etc/passwd"), std::string("a/b"), std::string("A"), std::string("-a"),
        std::string(".a"), std::string("_a"), std::string("a b"), std::string("a\0b", 3),
        std::string("a\n"), std::string("ä"), std::string("\xff"), std::string(65, 'a'),
        std::string(32, 'A'), std::string(1'000'000, 'a')}) {
    Result<StoreId> id = StoreId::parse(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_LT(id.error().message().size(), 600U);
    EXPECT_THAT(id.error().message(), HasSubstr("is no store id"));
  }
}

TEST(LabelTest, PartsWithSlashesBetween) {
  for (std::string text :
       {std::string("a"), std::string("a/b/c"), std::string("hash"), std::string("a/hash/b"),
        std::string("hashes/x"), std::string("my todo.txt"), std::string("…/ä"),
        std::string("a/..."), std::string(".hidden"), std::string(255, 'x')}) {
    Result<Label> label = Label::parse(text);
    ASSERT_TRUE(label) << text << label.error().message();
    EXPECT_EQ(label->text(), text);
  }
}

TEST(LabelTest, EveryBadForm) {
  std::vector<std::pair<std::string, std::string>> bad = {
      {"", "empty"},
      {"/", "stands between"},
      {"/a", "stands between"},
      {"a/", "stands between"},
      {"a//b", "stands between"},
      {".", "cannot be"},
      {"..", "cannot be"},
      {"a/../b", "cannot be"},
      {"../../etc/passwd", "cannot be"},
      {"a/.", "cannot be"},
      {"hash/", "by its digest"},
      {"hash/x", "by its digest"},
      {"a\nb", "control"},
      {std::string("a\0b", 3), "control"},
      {"a\x7f", "control"},
      {"\xc3", "UTF-8"},
      {"a\xed\xa0\x80", "UTF-8"},
      {std::string(256, 'x'), "255"},
  };
  for (const auto& [text, why] : bad) {
    Result<Label> label = Label::parse(text);
    ASSERT_FALSE(label) << text;
    EXPECT_EQ(label.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(label.error().message(), HasSubstr(why)) << text;
    EXPECT_THAT(label.error().message(), HasSubstr("is no label"));
  }
}

TEST(StoreReferenceTest, LabelsHaveAllTheirSegments) {
  auto reference = StoreReference::parse("store://notes/2026/june/todo");
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->store.text(), "notes");
  EXPECT_EQ(std::get<Label>(reference->content).text(), "2026/june/todo");
  EXPECT_EQ(reference->to_string(), "store://notes/2026/june/todo");
  auto hash = StoreReference::parse("store://notes/hash");
  ASSERT_TRUE(hash);
  EXPECT_EQ(std::get<Label>(hash->content).text(), "hash");
}

TEST(StoreReferenceTest, ContentByItsDigest) {
  Hash digest = sha256(as_bytes("x"));
  auto reference = StoreReference::parse("store://notes/hash/" + digest.to_string());
  ASSERT_TRUE(reference);
  EXPECT_EQ(std::get<Hash>(reference->content), digest);
  EXPECT_EQ(StoreReference::parse(reference->to_string()).value(), *reference);
}

TEST(StoreReferenceTest, EveryBadForm) {
  for (std::string text :
       {"", "notes/a", "Store://notes/a", "store:/notes/a", "store://", "store://notes",
        "store://notes/", "store:///a", "store://notes//a", "store://notes/a/", "store://../a",
        "store://notes/../x", "store://notes/hash/", "store://notes/hash/xyz",
        "store://notes/hash/00/more", "store://NOTES/a", "store://a b/c"}) {
    auto reference = StoreReference::parse(text);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(reference.error().message(), HasSubstr("a reference is store://")) << text;
  }
}

// Whatever is taken is written as it was read.
RC_GTEST_PROP(StoreReferenceTest, IsReadBackAsItIsWritten, ()) {
  static const std::vector<std::string> kPieces = {"store://", "notes", "/",    "hash",
                                                   "a",        "..",    "\xff", "0123456789abcdef"};
  std::string text;
  for (int left = *rc::gen::inRange(0, 12); left > 0; --left)
    text += *rc::gen::elementOf(kPieces);
  auto reference = StoreReference::parse(text);
  if (!reference) return;
  RC_ASSERT(reference->to_string() == text);
  RC_ASSERT(StoreReference::parse(text).value() == *reference);
}

}  // namespace theater::store_names_test
