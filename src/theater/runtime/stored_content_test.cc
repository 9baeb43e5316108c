#include "theater/runtime/stored_content.h"

#include "theater/base/testing/temporary_folder.h"
#include "theater/store/content_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace theater::stored_content_test {

using ::testing::HasSubstr;

class StoredContentTest : public ::testing::Test {
 protected:
  StoredContentTest() {
    auto store = ContentStore::open(folder_).value();
    OsRandom random;
    me_ = ActorId::generate(random);
    own_ = store->create({me_, {}}, random)->text();
    foreign_ = store->create({ActorId::generate(random), {}}, random)->text();
    Label label = Label::parse("a/b").value();
    for (const std::string& id : {own_, foreign_, std::string("notes"), std::string("plans")}) {
      EXPECT_TRUE(store->put({}, StoreId::parse(id).value(), as_bytes("in " + id), label));
    }
    granted_.store.emplace().shared = NameList({{"notes"}});
  }

  // What is read, or why not.
  std::string read(const StoreReader& reader, const std::string& reference,
                   uint64_t size_max = 1'000) {
    auto content = read_stored_content(folder_, reader, reference, size_max);
    return content ? std::string(as_text(*content)) : "error: " + content.error().to_string();
  }
  std::string of_guest(const std::string& reference) { return read({&granted_, me_}, reference); }

  TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path() / "stores";
  ActorId me_;
  std::string own_, foreign_;
  Permissions granted_;
};

TEST_F(StoredContentTest, TheOperatorReadsAnyStore) {
  for (const std::string& id : {own_, foreign_, std::string("notes"), std::string("plans")})
    EXPECT_EQ(read({}, "store://" + id + "/a/b"), "in " + id);
  std::string digest = sha256(as_bytes("in notes")).to_string();
  EXPECT_EQ(read({}, "store://notes/hash/" + digest), "in notes");
}

TEST_F(StoredContentTest, AGuestReadsItsOwnAndThoseThatItIsGranted) {
  EXPECT_EQ(of_guest("store://" + own_ + "/a/b"), "in " + own_);
  EXPECT_EQ(of_guest("store://notes/a/b"), "in notes");
  EXPECT_THAT(of_guest("store://plans/a/b"), HasSubstr("Permission denied: store:shared=plans"));
  std::string foreign = of_guest("store://" + foreign_ + "/a/b");
  EXPECT_THAT(foreign, HasSubstr("is no store of this actor"));
  std::string unknown(32, 'e');
  std::string never = of_guest("store://" + unknown + "/a/b");
  for (size_t at; (at = foreign.find(foreign_)) != foreign.npos;)
    foreign.replace(at, foreign_.size(), unknown);
  EXPECT_EQ(foreign, never);
  Permissions nothing;
  EXPECT_THAT(read({&nothing, me_}, "store://notes/a/b"), HasSubstr("Permission denied: store"));
  EXPECT_THAT(read({&nothing, me_}, "store://" + own_ + "/a/b"),
              HasSubstr("Permission denied: store"));
}

TEST_F(StoredContentTest, WithoutTheGuestItsPrivateStoresAreClosed) {
  EXPECT_EQ(read({&granted_}, "store://notes/a/b"), "in notes");
  EXPECT_THAT(read({&granted_}, "store://" + own_ + "/a/b"), HasSubstr("is a private store"));
}

TEST_F(StoredContentTest, SaysWhatIsWrong) {
  EXPECT_THAT(read({}, "store://notes/a"), HasSubstr("Label not found: a"));
  EXPECT_THAT(read({}, "store://notes/a/b/c"), HasSubstr("Label not found: a/b/c"));
  EXPECT_THAT(read({}, "store://notes/hash/" + std::string(64, '0')),
              HasSubstr("Content does not exist"));
  EXPECT_THAT(read({}, "store://../../etc/passwd"), HasSubstr("is no store id"));
  EXPECT_THAT(read({}, "store://notes/a/b", 3), HasSubstr("at most 3 are read"));
  EXPECT_THAT(read_stored_content("", {}, "store://notes/a", 1).error().message(),
              HasSubstr("no stores"));
  EXPECT_EQ(
      read_stored_content(temporary_.path() / "none", {}, "store://notes/a", 1).error().code(),
      ErrorCode::kNotFound);
}

}  // namespace theater::stored_content_test
