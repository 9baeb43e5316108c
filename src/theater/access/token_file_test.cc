#include "theater/access/token_file.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

namespace theater::token_file_test {

struct TokenFile : ::testing::Test {
  Token token(uint8_t number) const {
    Token token;
    token.digest.bytes.fill(number);
    token.created_us = 5;
    return token;
  }
  Result<void> add(const Token& token) const {
    return change_tokens(home, [&](std::vector<Token>& tokens) -> Result<void> {
      tokens.push_back(token);
      return {};
    });
  }
  void write(std::string_view text) const {
    ASSERT_TRUE(write_file(home.tokens(), as_bytes(text), FileMode::kPrivate));
  }
  // Fails with this code when it is read.
  void expect_fault(ErrorCode code) const {
    auto tokens = read_tokens(home);
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().code(), code) << tokens.error().to_string();
    EXPECT_NE(tokens.error().to_string().find("tokens.json"), std::string::npos);
  }

  TemporaryFolder folder;
  HomeLayout home{folder.path() / "home"};
};

TEST_F(TokenFile, KeepsWhatAChangeLeaves) {
  EXPECT_TRUE(read_tokens(home).value().empty());
  Token whole = token(1);
  whole.scope = AccessScope::kOperate;
  whole.subtree = ActorId::parse("000102030405060708090a0b0c0d0e0f").value();
  whole.expires_us = 7;
  whole.name = "ci";
  ASSERT_TRUE(add(whole));
  ASSERT_TRUE(add(token(2)));
  EXPECT_EQ(read_tokens(home).value(), (std::vector<Token>{whole, token(2)}));
  struct stat status{};
  ASSERT_EQ(::stat(home.tokens().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(TokenFile, StaysAsItIsIfAChangeFails) {
  ASSERT_TRUE(add(token(1)));
  Result<void> changed = change_tokens(home, [](std::vector<Token>& tokens) -> Result<void> {
    tokens.clear();
    return fail(ErrorCode::kNotFound, "no");
  });
  EXPECT_FALSE(changed);
  EXPECT_EQ(read_tokens(home).value().size(), 1u);
}

TEST_F(TokenFile, RefusesAFileThatOthersMayUse) {
  ASSERT_TRUE(add(token(1)));
  for (mode_t mode : {0640U, 0604U, 0660U, 0602U}) {
    ASSERT_EQ(::chmod(home.tokens().c_str(), mode), 0);
    expect_fault(ErrorCode::kPermissionDenied);
    Result<void> changed = add(token(2));
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code(), ErrorCode::kPermissionDenied);
  }
}

TEST_F(TokenFile, RefusesALinkInItsPlace) {
  ASSERT_TRUE(add(token(1)));
  std::filesystem::rename(home.tokens(), home.folder / "other");
  std::filesystem::create_symlink("other", home.tokens());
  EXPECT_FALSE(read_tokens(home));
}

TEST_F(TokenFile, RefusesAnotherForm) {
  ASSERT_TRUE(add(token(1)));
  std::string digest = token(1).digest.to_string();
  std::string good = R"({"digest": ")" + digest + R"(", "scope": "read", "created_us": 1})";
  write(R"({"version": 1, "tokens": [)" + good + "]}");
  ASSERT_TRUE(read_tokens(home));
  for (
      const std::string& bad :
      {std::string(), std::string("{"), std::string("[]"), std::string(R"({"version": 1})"),
       std::string(R"({"version": 1, "tokens": 3})"),
       R"({"version": 1, "tokens": [)" + good + ", 3]}",
       R"({"version": 1, "tokens": [{"digest": ")" + digest + R"(", "created_us": 1}]})",
       R"({"version": 1, "tokens": [{"digest": ")" + digest +
           R"(", "scope": "root", "created_us": 1}]})",
       R"({"version": 1, "tokens": [{"digest": ")" + digest +
           R"(", "scope": "admin", "created_us": 1, "only": "here"}]})",
       R"({"version": 1, "tokens": [{"digest": ")" + digest +
           R"(", "scope": "admin", "created_us": 1, "expires_us": "soon"}]})",
       std::string(
           R"({"version": 1, "tokens": [{"digest": "00", "scope": "admin", "created_us": 1}]})")}) {
    write(bad);
    SCOPED_TRACE(bad);
    expect_fault(ErrorCode::kCorrupt);
    EXPECT_FALSE(add(token(2))) << "a damaged file is never replaced";
  }
  write(R"({"version": 2, "tokens": []})");
  expect_fault(ErrorCode::kUnsupported);
}

TEST_F(TokenFile, RefusesAFileThatIsTooLarge) {
  ASSERT_TRUE(add(token(1)));
  std::filesystem::resize_file(home.tokens(), size_t{9} << 20);
  expect_fault(ErrorCode::kCorrupt);
}

TEST_F(TokenFile, RemovesWhatAKilledProcessLeft) {
  ASSERT_TRUE(add(token(1)));
  std::filesystem::path left = home.tokens();
  left += ".tmp-0011223344556677";
  std::ofstream(left) << "{";
  ASSERT_TRUE(add(token(2)));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_EQ(read_tokens(home).value().size(), 2u);
}

TEST_F(TokenFile, ChangesTakeTurns) {
  constexpr int kThreads = 4;
  constexpr int kEach = 10;
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        if (!add(token(static_cast<uint8_t>(t * kEach + i)))) ++failed;
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(read_tokens(home).value().size(), static_cast<size_t>(kThreads * kEach));
}

}  // namespace theater::token_file_test
