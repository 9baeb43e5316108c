#include "theater/sandbox/sealed_file.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace theater::sealed_file_test {

using ::testing::HasSubstr;

struct SealedFileTest : ::testing::Test {
  std::string put(std::string_view content, mode_t mode = 0755) {
    EXPECT_TRUE(write_file(path, as_bytes(content)).has_value());
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  static Result<Descriptor> seal(const std::string& path, std::string_view content) {
    Hash digest = sha256(as_bytes(content));
    return seal_program(path, std::span(&digest, 1));
  }
  static std::string complaint(const Result<Descriptor>& result) {
    return result ? "none" : result.error().to_string();
  }

  TemporaryFolder folder;
  std::string path = folder.path() / "program";
};

TEST_F(SealedFileTest, IsACopyThatNothingChanges) {
  Descriptor sealed = seal(put("content"), "content").value();
  put("changed");
  std::string read(64, '\0');
  ssize_t size = ::pread(sealed.number(), read.data(), read.size(), 0);
  EXPECT_EQ(read.substr(0, static_cast<size_t>(std::max<ssize_t>(size, 0))), "content");
  EXPECT_LT(::pwrite(sealed.number(), "C", 1, 0), 0);
  EXPECT_NE(::ftruncate(sealed.number(), 0), 0);
  EXPECT_NE(::fcntl(sealed.number(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  EXPECT_GT(sealed.number(), 2);
}

// The kernel bounds the name of a file in memory, and paths are longer.
TEST_F(SealedFileTest, TakesAFileWithALongPath) {
  std::filesystem::path deep = folder.path() / std::string(200, 'd');
  std::filesystem::create_directory(deep);
  path = (deep / std::string(200, 'p')).string();
  EXPECT_EQ(complaint(seal(put("content"), "content")), "none");
}

TEST_F(SealedFileTest, SaysWhichDigestItHasInstead) {
  Result<Descriptor> sealed = seal(put("other"), "content");
  EXPECT_THAT(complaint(sealed), HasSubstr(path));
  EXPECT_THAT(complaint(sealed), HasSubstr("sha256=" + sha256(as_bytes("other")).to_string()));
  EXPECT_EQ(sealed.error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(SealedFileTest, GivesNobodyMoreThanTheFileDoes) {
  for (mode_t mode : {0700u, 0750u, 0644u, 0711u})
    EXPECT_THAT(complaint(seal(put("content", mode), "content")),
                HasSubstr("readable and executable for all"))
        << mode;
}

TEST_F(SealedFileTest, RefusesWhatADigestDoesNotCover) {
  EXPECT_THAT(complaint(seal(put("#!/bin/sh\n"), "#!/bin/sh\n")), HasSubstr("it is a script"));
  put("");
  ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(kSealedProgramMax + 1)), 0);
  EXPECT_THAT(complaint(seal(path, "")), HasSubstr("has at most 134217728"));
  EXPECT_FALSE(seal(folder.path(), "").has_value());
  EXPECT_FALSE(seal(folder.path() / "none", "").has_value());
}

}  // namespace theater::sealed_file_test
