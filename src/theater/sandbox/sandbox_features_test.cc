// The levels that follow from features, and what a machine with fewer of them says and does.
#include "theater/sandbox/sandbox_features.h"

#include "theater/sandbox/testing/command_fixture.h"

namespace theater::sandbox_features_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const SandboxFeatures kNew{.filter = true,
                           .listener = true,
                           .landlock = 6,
                           .namespaces = true,
                           .proc = true,
                           .groups = {true, true, true, true}};

TEST(SandboxFeatures, WithoutAFilterNothingRuns) {
  SandboxFeatures features = kNew;
  features.filter = false;
  EXPECT_EQ(level_of(features), SandboxLevel::kRefused);
  EXPECT_EQ(level_text(features), "refused");
  Error error = check_level(features).error();
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(error.message(), HasSubstr("no filter of system calls"));
  EXPECT_THAT(error.hint(), HasSubstr("seccomp"));
  EXPECT_THAT(missing_protections(features), ElementsAre(error.message()));
}

TEST(SandboxFeatures, WithoutLandlockAndNamespacesNothingRuns) {
  SandboxFeatures features = kNew;
  features.landlock = 0;
  EXPECT_EQ(level_text(features), "namespaces seccomp cgroup");
  features.namespaces = false;
  features.namespaces_fault = "make namespaces: not permitted";
  EXPECT_EQ(level_of(features), SandboxLevel::kRefused);
  EXPECT_THAT(check_level(features).error().message(), HasSubstr("not permitted"));
  EXPECT_THAT(check_level(features).error().message(), HasSubstr("no Landlock"));
  EXPECT_THAT(check_level(features).error().hint(), HasSubstr("lsm=landlock"));
}

TEST(SandboxFeatures, NamesWhatAnOlderKernelLacks) {
  EXPECT_THAT(missing_protections(kNew), IsEmpty());
  SandboxFeatures older = kNew;
  older.landlock = 2;
  EXPECT_EQ(level_text(older), "namespaces seccomp landlock-2 cgroup");
  older.proc = false;
  EXPECT_THAT(missing_protections(older), ElementsAre(HasSubstr("/proc")));
  older.namespaces = false;
  EXPECT_EQ(level_text(older), "seccomp landlock-2 cgroup");
  EXPECT_THAT(missing_protections(older),
              ElementsAre(HasSubstr("namespaces"), HasSubstr("signal")));
  older.listener = false;
  EXPECT_THAT(missing_protections(older).back(), HasSubstr("modes and times"));
}

TEST(SandboxFeatures, NamesTheBoundsThatNoGroupKeeps) {
  SandboxFeatures features = kNew;
  features.groups.memory = false;
  features.groups.fault = "the group /a has no controller memory";
  EXPECT_EQ(level_text(features), "namespaces seccomp landlock-6 cgroup-pids-cpu");
  ASSERT_THAT(missing_protections(features),
              ElementsAre(HasSubstr("processes times data alone, 1024 times 4 GiB")));
  EXPECT_THAT(missing_protections(features).front(),
              AllOf(HasSubstr("(the group /a has no controller memory)"), HasSubstr("Delegate=yes"),
                    Not(HasSubstr("as many processes")), Not(HasSubstr("CPU time"))));
  features.groups.processes = features.groups.cpu = false;
  EXPECT_EQ(level_text(features), "namespaces seccomp landlock-6 cgroup-none");
  EXPECT_THAT(missing_protections(features),
              ElementsAre(AllOf(HasSubstr("4096 times 4 GiB"), HasSubstr("its user may, 4096"),
                                HasSubstr("CPU time"), Not(HasSubstr("ties")))));
  features.groups = {.fault = "no cgroup v2 is mounted"};
  EXPECT_EQ(level_text(features), "namespaces seccomp landlock-6");
  EXPECT_THAT(missing_protections(features),
              ElementsAre(AllOf(HasSubstr("ties"), HasSubstr("no cgroup v2 is mounted"))));
}

struct SandboxFeaturesRunTest : testing::CommandFixture {};

TEST_F(SandboxFeaturesRunTest, ABuildOfFewerFeaturesIsRefused) {
  SandboxFeatures none;
  Descriptor nowhere;
  Result<CommandSandbox> wall = CommandSandbox::build({nowhere, rights, "/bin/true", home, none});
  EXPECT_EQ(wall.error().code(), ErrorCode::kUnsupported);
}

TEST_F(SandboxFeaturesRunTest, AnOlderLandlockStillKeepsTheHomeClosed) {
  features.landlock = std::min(features.landlock, 2);
  features.namespaces = false;
  EXPECT_EQ(success(shell("echo x > file; cat ../home/key; cat file")).out, "x\n");
}

}  // namespace theater::sandbox_features_test
