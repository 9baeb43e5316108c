#include "theater/api/token_history.h"

#include "theater/base/random.h"
#include "theater/wit/codec.h"
#include "theater/wit/codec_describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace theater::api::token_history_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Token token(uint8_t number, std::string name = "") {
  Hash digest;
  digest.bytes[0] = number;
  return {.digest = digest, .scope = AccessScope::kRead, .created_us = 1, .name = std::move(name)};
}

Access access_of(const Token& token) {
  return {.digest = token.digest,
          .holder = token.name.empty() ? token.id().to_string() : token.name,
          .scope = token.scope,
          .subtree = token.subtree,
          .expires_us = token.expires_us};
}

std::vector<std::string> texts(const std::vector<TokenNote>& notes) {
  std::vector<std::string> texts;
  for (const TokenNote& note : notes)
    texts.push_back(std::string(note.what) + " " + note.token.name.value_or(note.token.id));
  return texts;
}

// What a later server reads of `notes`.
void accept(TokenHistory& history, const std::vector<TokenNote>& notes) {
  for (const TokenNote& note : notes) {
    history.accept({std::string(note.what), {}, log::inline_payload(wit::encode(note.token))});
  }
}

TEST(TokenHistory, NotesWhatChanged) {
  TokenHistory history;
  EXPECT_THAT(texts(history.compare({token(1, "a"), token(2)})),
              ElementsAre("token-made a", "token-made 020000000000"));
  EXPECT_THAT(history.compare({token(1, "a"), token(2)}), IsEmpty());
  EXPECT_THAT(texts(history.compare({token(2), token(3, "a")})),
              ElementsAre("token-revoked a", "token-made a"));
}

TEST(TokenHistory, NotesOnlyTheFirstUse) {
  TokenHistory history;
  history.compare({token(1, "a")});
  EXPECT_THAT(texts(history.use(access_of(token(1, "a")))), ElementsAre("token-used a"));
  EXPECT_THAT(history.use(access_of(token(1, "a"))), IsEmpty());
  // One that was made and revoked since the last look.
  EXPECT_THAT(texts(history.use(access_of(token(2)))),
              ElementsAre("token-made 020000000000", "token-used 020000000000"));
  EXPECT_THAT(texts(history.compare({token(1, "a")})), ElementsAre("token-revoked 020000000000"));
}

TEST(TokenHistory, ContinuesFromTheRecord) {
  TokenHistory first;
  TokenHistory second;
  accept(second, first.compare({token(1, "a"), token(2, "b"), token(3, "c")}));
  accept(second, first.use(access_of(token(1, "a"))));
  accept(second, first.compare({token(1, "a"), token(2, "b")}));
  EXPECT_THAT(second.use(access_of(token(1, "a"))), IsEmpty());
  EXPECT_THAT(texts(second.compare({token(2, "b")})), ElementsAre("token-revoked a"));
  EXPECT_THAT(texts(second.use(access_of(token(2, "b")))), ElementsAre("token-used b"));
}

TEST(TokenHistory, HasNoSecret) {
  SeededRandom random(1);
  Token made = token(1, "a");
  made.digest = token_digest(generate_token(random)).value();
  TokenHistory history;
  Bytes bytes = wit::encode(history.compare({made}).at(0).token);
  std::string text(as_text(bytes));
  EXPECT_NE(text.find(made.id().to_string()), std::string::npos);
  EXPECT_EQ(text.find(made.digest.to_string().substr(0, 16)), std::string::npos);
}

}  // namespace theater::api::token_history_test
