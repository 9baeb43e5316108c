#include "theater/api/client/token_file.h"

#include "theater/api/testing/fake_api.h"
#include "theater/base/file.h"
#include "theater/base/testing/must.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>

namespace theater::api::token_file_test {

using ::testing::HasSubstr;
using ::testing::Not;

class TokenFile : public ::testing::Test {
 protected:
  void put(const std::string& text, FileMode mode = FileMode::kPrivate) {
    std::filesystem::create_directories(token_file().parent_path());
    must(write_file(token_file(), as_bytes(text), mode));
  }

  TemporaryFolder folder_;
  TestVariable config_{"XDG_CONFIG_HOME", folder_.path().string()};
  TestVariable token_{"THEATER_TOKEN", ""};
  ServerAddress server_ = must(parse_server_address("https://h.example"));
};

TEST_F(TokenFile, RefusesAFileThatOthersMayUse) {
  put("https://h.example:443 secret\n", FileMode::kPublic);
  auto token = find_token(server_);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_THAT(token.error().to_string(), Not(HasSubstr("secret")));
}

TEST_F(TokenFile, RefusesALink) {
  put("https://h.example:443 secret\n");
  std::filesystem::path other = folder_.path() / "other";
  std::filesystem::rename(token_file(), other);
  std::filesystem::create_symlink(other, token_file());
  EXPECT_FALSE(find_token(server_));
}

TEST_F(TokenFile, RefusesAWrongLineWithoutQuotingIt) {
  put("# a comment\nhttps://h.example:443 sec ret\n");
  auto token = find_token(server_);
  ASSERT_FALSE(token);
  EXPECT_THAT(token.error().to_string(), HasSubstr("tokens:2:"));
  EXPECT_THAT(token.error().to_string(), Not(HasSubstr("ret")));
}

TEST_F(TokenFile, FindsTheTokenOfTheOriginAlone) {
  EXPECT_EQ(must(find_token(server_)), "");
  put("\nhttps://h.example:444 a\nhttps://h.example:443\tb\nunix:/s c");
  EXPECT_EQ(must(find_token(server_)), "b");
  EXPECT_EQ(must(find_token(must(parse_server_address("https://h.example:444")))), "a");
  EXPECT_EQ(must(find_token(must(parse_server_address("unix:/s")))), "c");
  EXPECT_EQ(must(find_token(must(parse_server_address("https://other.example")))), "");
}

TEST_F(TokenFile, TheEnvironmentComesFirstExceptForTheHomesOwnSocket) {
  put("https://h.example:443 b\n");
  TestVariable token("THEATER_TOKEN", "e");
  EXPECT_EQ(must(find_token(server_)), "e");
  EXPECT_EQ(must(find_token(must(server_of_home("/h")))), "");
  TestVariable broken("THEATER_TOKEN", "a\r\nb");
  EXPECT_FALSE(find_token(server_));
}

TEST_F(TokenFile, NoTokenTravelsWhereOthersCanReadIt) {
  TestVariable token("THEATER_TOKEN", "secret");
  auto found = find_token(must(parse_server_address("http://10.0.0.1:9000")));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_THAT(found.error().to_string(), Not(HasSubstr("secret")));
  EXPECT_EQ(must(find_token(must(parse_server_address("http://127.0.0.1:9000")))), "secret");
}

}  // namespace theater::api::token_file_test
