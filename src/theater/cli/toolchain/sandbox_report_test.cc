#include "theater/cli/toolchain/sandbox_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace theater::cli::sandbox_report_test {

using ::testing::HasSubstr;

SandboxFeatures older() {
  return {.filter = true, .listener = true, .landlock = 2, .namespaces_fault = "not permitted"};
}

TEST(SandboxReport, NamesTheLevelAndWhatIsMissing) {
  std::string text = sandbox_text(older());
  EXPECT_THAT(text, HasSubstr("Programs of actors: seccomp landlock-2\n"));
  EXPECT_THAT(text, HasSubstr("missing without namespaces"));
  EXPECT_THAT(text, HasSubstr("not permitted"));
}

TEST(SandboxReport, SaysThatNothingRuns) {
  EXPECT_THAT(sandbox_text({}), HasSubstr("Programs of actors: refused\n"));
}

TEST(SandboxReport, WritesJson) {
  auto json = sandbox_json(older());
  EXPECT_EQ(json["level"], "seccomp landlock-2");
  EXPECT_EQ(json["missing"].size(), missing_protections(older()).size());
}

}  // namespace theater::cli::sandbox_report_test
