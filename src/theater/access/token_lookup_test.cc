#include "theater/access/token_lookup.h"

#include "theater/access/token_store.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace theater::token_lookup_test {

constexpr uint64_t kNow = 1'000'000;

struct TokenLookupTest : ::testing::Test {
  NewToken make(const TokenRequest& request) {
    return make_token(home, request, random, kNow).value();
  }

  TemporaryFolder folder;
  HomeLayout home{folder.path()};
  SeededRandom random{1};
  TokenLookup lookup{home};
};

TEST_F(TokenLookupTest, FindsTheAccessOfAToken) {
  ActorId root = ActorId::generate(random);
  NewToken made = make({.scope = AccessScope::kOperate, .subtree = root, .name = "ci"});
  Access access = lookup.find(made.text, kNow).value();
  EXPECT_EQ(access.holder, "ci");
  EXPECT_EQ(access.scope, AccessScope::kOperate);
  EXPECT_EQ(access.subtree, root);
  EXPECT_EQ(access.digest, made.token.digest);
  EXPECT_TRUE(access.allows(AccessScope::kRead));
  EXPECT_TRUE(access.allows(AccessScope::kOperate));
  EXPECT_FALSE(access.allows(AccessScope::kAdmin));
  EXPECT_EQ(lookup.find(make({}).text, kNow)->holder.size(), 12u);
}

TEST_F(TokenLookupTest, RefusesEveryOtherTextWithOneMessage) {
  NewToken made = make({.expires_us = kNow + 10});
  NewToken revoked = make({});
  ASSERT_TRUE(revoke_token(home, revoked.token.id().to_string()));
  std::string digest = made.token.digest.to_string();
  std::string wanted = lookup.find("", kNow).error().to_string();
  for (const std::string& text :
       {std::string("theater_"), revoked.text, made.text.substr(1), made.text + "0",
        " " + made.text, std::string(kTokenPrefix) + std::string(64, '0'),
        std::string(kTokenPrefix) + digest, digest}) {
    auto found = lookup.find(text, kNow);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(found.error().to_string(), wanted);
    EXPECT_EQ(found.error().hint(), "");
  }
  EXPECT_TRUE(lookup.find(made.text, kNow + 9));
  EXPECT_EQ(lookup.find(made.text, kNow + 10).error().to_string(), wanted);
}

TEST_F(TokenLookupTest, FollowsTheFile) {
  EXPECT_FALSE(lookup.find("theater_", kNow));
  NewToken made = make({});
  Access access = lookup.find(made.text, kNow).value();
  EXPECT_TRUE(lookup.holds(access, kNow));
  NewToken other = make({});
  EXPECT_TRUE(lookup.find(other.text, kNow));
  EXPECT_TRUE(lookup.holds(access, kNow));
  ASSERT_TRUE(revoke_token(home, access.holder));
  EXPECT_FALSE(lookup.holds(access, kNow));
  EXPECT_FALSE(lookup.find(made.text, kNow));
  EXPECT_TRUE(lookup.find(other.text, kNow));
  std::filesystem::remove(home.tokens());
  EXPECT_FALSE(lookup.find(other.text, kNow));
  EXPECT_FALSE(lookup.failure());
}

TEST_F(TokenLookupTest, ShowsTheTokensWhenTheyHaveChanged) {
  uint64_t seen = 0;
  EXPECT_EQ(lookup.changed(seen), std::vector<Token>());
  EXPECT_EQ(lookup.changed(seen), std::nullopt);
  Token first = make({}).token;
  Token second = make({}).token;
  EXPECT_EQ(lookup.changed(seen)->size(), 2u);
  EXPECT_EQ(lookup.changed(seen), std::nullopt);
  ASSERT_TRUE(revoke_token(home, first.id().to_string()));
  ASSERT_EQ(::chmod(home.tokens().c_str(), 0620), 0);
  EXPECT_EQ(lookup.changed(seen), std::nullopt);
  ASSERT_EQ(::chmod(home.tokens().c_str(), 0600), 0);
  EXPECT_EQ(lookup.changed(seen), std::vector<Token>{second});
}

TEST_F(TokenLookupTest, EndsAnAccessAtItsTime) {
  NewToken made = make({.expires_us = kNow + 10});
  Access access = lookup.find(made.text, kNow).value();
  EXPECT_TRUE(lookup.holds(access, kNow + 9));
  EXPECT_FALSE(lookup.holds(access, kNow + 10));
}

TEST_F(TokenLookupTest, GivesNoAccessByAFileThatOthersMayUse) {
  NewToken made = make({});
  ASSERT_TRUE(lookup.find(made.text, kNow));
  ASSERT_EQ(::chmod(home.tokens().c_str(), 0620), 0);
  auto found = lookup.find(made.text, kNow);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(found.error().to_string().find(folder.path().string()), std::string::npos);
  EXPECT_NE(lookup.failure()->to_string().find("mode is 0620"), std::string::npos);
  ASSERT_EQ(::chmod(home.tokens().c_str(), 0600), 0);
  EXPECT_TRUE(lookup.find(made.text, kNow));
}

TEST_F(TokenLookupTest, GivesNoAccessByADamagedFile) {
  NewToken made = make({});
  ASSERT_TRUE(lookup.find(made.text, kNow));
  ASSERT_TRUE(write_file(home.tokens(), as_bytes(std::string_view("{")), FileMode::kPrivate));
  EXPECT_EQ(lookup.find(made.text, kNow).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(lookup.failure()->code(), ErrorCode::kCorrupt);
}

}  // namespace theater::token_lookup_test
