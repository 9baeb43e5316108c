#include "theater/cli/toolchain/sandbox_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace theater::cli::sandbox_report_test {

using ::testing::HasSubstr;
using ::testing::Not;

SandboxFeatures older() {
  return {.filter = true, .listener = true, .landlock = 2, .namespaces_fault = "not permitted"};
}

TEST(SandboxReport, NamesTheLevelAndWhatIsMissing) {
  std::string text = sandbox_text(older());
  EXPECT_THAT(text, HasSubstr("Programs of actors: seccomp landlock-2\n"));
  EXPECT_THAT(text, HasSubstr("missing without namespaces"));
  EXPECT_THAT(text, HasSubstr("not permitted"));
}

TEST(SandboxReport, NamesTheBoundsThatNoControlGroupKeeps) {
  SandboxFeatures features = older();
  features.groups.fault = "no cgroup v2 is mounted";
  for (const std::string& said : {sandbox_text(features), sandbox_json(features).dump()}) {
    EXPECT_THAT(said, HasSubstr("no control group bounds a whole program"));
    EXPECT_THAT(said,
                HasSubstr("memory is bounded by processes times data alone, 4096 times 4 GiB"));
    EXPECT_THAT(said, HasSubstr("(no cgroup v2 is mounted)"));
  }
  features.groups = {true, true, true, true};
  EXPECT_THAT(sandbox_text(features), HasSubstr("seccomp landlock-2 cgroup\n"));
  EXPECT_THAT(sandbox_text(features), Not(HasSubstr("no control group")));
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
