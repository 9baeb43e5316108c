#include "theater/access/token_store.h"

#include "theater/access/token_file.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <set>

namespace theater::token_store_test {

constexpr uint64_t kNow = 1'000'000;

struct TokenStore : ::testing::Test {
  Result<NewToken> make(const TokenRequest& request) {
    return make_token(home, request, random, kNow);
  }

  TemporaryFolder folder;
  HomeLayout home{folder.path()};
  SeededRandom random{1};
};

TEST_F(TokenStore, MakesATokenThatTheHomeDoesNotKeep) {
  NewToken made = make({.scope = AccessScope::kRead, .name = "ci"}).value();
  EXPECT_EQ(made.text.size(), kTokenPrefix.size() + 64);
  EXPECT_TRUE(made.text.starts_with(kTokenPrefix));
  EXPECT_EQ(made.token.digest, token_digest(made.text).value());
  std::string file = read_text_file(home.tokens()).value();
  EXPECT_EQ(file.find(made.text.substr(kTokenPrefix.size())), std::string::npos);
  EXPECT_EQ(list_tokens(home).value(), std::vector<Token>{made.token});
}

TEST_F(TokenStore, MakesDifferentTokens) {
  std::set<std::string> texts;
  std::set<TokenId> ids;
  for (int i = 0; i < 20; ++i) {
    NewToken made = make({}).value();
    texts.insert(made.text);
    ids.insert(made.token.id());
  }
  EXPECT_EQ(texts.size(), 20u);
  EXPECT_EQ(ids.size(), 20u);
}

TEST_F(TokenStore, GivesANameOnce) {
  ASSERT_TRUE(make({.name = "ci"}));
  auto again = make({.name = "ci"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kAlreadyExists);
  ASSERT_TRUE(revoke_token(home, "ci"));
  EXPECT_TRUE(make({.name = "ci"}));
}

TEST_F(TokenStore, RefusesBadNamesAndEndsInThePast) {
  for (const char* name : {"a b", "-x", "caf\xc3\xa9", "a\n", "00112233aabb", "a/b"}) {
    auto made = make({.name = name});
    ASSERT_FALSE(made) << name;
    EXPECT_EQ(made.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(make({.name = std::string(65, 'a')}));
  EXPECT_FALSE(make({.expires_us = kNow}));
  EXPECT_TRUE(make({.expires_us = kNow + 1}));
  EXPECT_TRUE(list_tokens(home).value().size() == 1);
}

TEST_F(TokenStore, RevokesByNameOrId) {
  NewToken named = make({.name = "ci"}).value();
  NewToken other = make({}).value();
  EXPECT_EQ(revoke_token(home, "ci").value(), named.token);
  EXPECT_EQ(revoke_token(home, other.token.id().to_string()).value(), other.token);
  EXPECT_TRUE(list_tokens(home).value().empty());
  for (std::string_view gone : {"ci", "", "cj"}) {
    auto revoked = revoke_token(home, gone);
    ASSERT_FALSE(revoked);
    EXPECT_EQ(revoked.error().code(), ErrorCode::kNotFound);
  }
}

TEST_F(TokenStore, NamesTheNearestTokenThatIsThere) {
  ASSERT_TRUE(make({.name = "dashboard"}));
  EXPECT_NE(revoke_token(home, "dashbord").error().hint().find("`dashboard`"), std::string::npos);
}

TEST_F(TokenStore, HasABoundAndForgetsExpiredTokensFirst) {
  ASSERT_TRUE(change_tokens(home, [](std::vector<Token>& tokens) -> Result<void> {
    for (size_t i = 0; i < kTokensMax; ++i) {
      Token token;
      token.digest = sha256(as_bytes(std::to_string(i)));
      if (i == 0) token.expires_us = kNow + 1;
      tokens.push_back(token);
    }
    return {};
  }));
  auto refused = make({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(list_tokens(home).value().size(), kTokensMax);
  EXPECT_TRUE(make_token(home, {}, random, kNow + 1));
  EXPECT_EQ(list_tokens(home).value().size(), kTokensMax);
}

}  // namespace theater::token_store_test
