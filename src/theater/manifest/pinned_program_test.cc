#include "theater/manifest/pinned_program.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::pinned_program_test {

const std::string kDigits(64, 'a');

TEST(PinnedProgram, IsANameAndPerhapsADigest) {
  EXPECT_EQ(PinnedProgram::parse("git").value(), (PinnedProgram{"git", std::nullopt}));
  EXPECT_EQ(PinnedProgram::parse("/usr/bin/git#sha256=" + kDigits).value(),
            (PinnedProgram{"/usr/bin/git", Hash::parse(kDigits).value()}));
}

TEST(PinnedProgram, RefusesWhatCannotBeADigest) {
  for (const std::string& text : std::vector<std::string>{
           "git#" + kDigits, "git#sha256:" + kDigits, "git#SHA256=" + kDigits,
           "git#sha256=", "git#sha256=" + kDigits + "a", "git#sha256=" + kDigits.substr(1), "git#",
           "#sha256=" + kDigits, "git#sha256=" + kDigits.substr(1) + "g",
           "git#sha256=" + kDigits + "#sha256=" + kDigits}) {
    Result<PinnedProgram> parsed = PinnedProgram::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(parsed.error().to_string().find("`#sha256=` and 64 hexadecimal digits"),
              std::string::npos);
  }
}

}  // namespace theater::pinned_program_test
