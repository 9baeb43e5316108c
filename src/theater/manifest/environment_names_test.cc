#include "theater/manifest/environment_names.h"

#include "theater/manifest/testing/permission_generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace theater::environment_names_test {

std::string any_name() {
  return testing::any_of({"A", "AP", "APP_", "APP_X", "APP_XZ", "APP_Y", "B", "BC", "HOME", "Z"});
}

TEST(EnvironmentNames, DenialWinsOverListsAndPrefixes) {
  EnvironmentNames names({"HOME", "PATH"}, {"APP_"}, {"PATH", "APP_KEY"});
  EXPECT_TRUE(names.allows("HOME"));
  EXPECT_TRUE(names.allows("APP_NAME"));
  EXPECT_FALSE(names.allows("PATH"));
  EXPECT_FALSE(names.allows("APP_KEY"));
  EXPECT_FALSE(names.allows("USER"));
}

TEST(EnvironmentNames, ANameMeetsAPrefixThatCoversIt) {
  EnvironmentNames listed({"APP_KEY", "HOME"}, {}, {});
  EXPECT_EQ(meet(listed, EnvironmentNames({}, {"APP_"}, {})),
            EnvironmentNames({"APP_KEY"}, {}, {}));
}

TEST(EnvironmentNames, AListIsBelowEverythingButADeniedNameNotInIt) {
  EnvironmentNames all_but_secret({}, {""}, {"SECRET"});
  EXPECT_TRUE(leq(EnvironmentNames({"HOME"}, {}, {}), all_but_secret));
  EXPECT_FALSE(leq(EnvironmentNames({"SECRET"}, {}, {}), all_but_secret));
  EXPECT_FALSE(leq(EnvironmentNames::unrestricted(), all_but_secret));
}

RC_GTEST_PROP(EnvironmentNames, MeetAllowsWhatBothDoAndJoinWhatEitherDoes,
              (const EnvironmentNames& a, const EnvironmentNames& b)) {
  std::string name = any_name();
  RC_ASSERT(meet(a, b).allows(name) == (a.allows(name) && b.allows(name)));
  RC_ASSERT(join(a, b).allows(name) == (a.allows(name) || b.allows(name)));
}

RC_GTEST_PROP(EnvironmentNames, BelowMeansThatNothingMoreIsAllowed,
              (const EnvironmentNames& a, const EnvironmentNames& b)) {
  std::string name = any_name();
  if (leq(a, b) && a.allows(name)) RC_ASSERT(b.allows(name));
  RC_ASSERT(leq(a, b) == (meet(a, b) == a));
}

RC_GTEST_PROP(EnvironmentNames, JoinedWithWhatIsMissingItSuffices,
              (const EnvironmentNames& a, const EnvironmentNames& b)) {
  RC_ASSERT(leq(a, join(b, missing(a, b))));
}

}  // namespace theater::environment_names_test
