#include "theater/manifest/permissions.h"

#include "theater/manifest/testing/permission_generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace theater::permissions_test {

TEST(Permissions, NothingIsAllowedByDefault) {
  EXPECT_EQ(meet(Permissions{}, Permissions::unrestricted()), Permissions{});
  EXPECT_FALSE(EnvironmentPermissions{}.allows_var("HOME"));
  EXPECT_FALSE(EnvironmentPermissions{}.allows_list_all());
}

TEST(Permissions, AnAbsentCapabilityIsDeniedWhateverTheOtherHas) {
  Permissions all = Permissions::unrestricted();
  EXPECT_FALSE(meet(all, all.without(Capability::kProcess)).process.has_value());
  EXPECT_FALSE(leq(all, all.without(Capability::kProcess)));
}

TEST(Permissions, MeetNarrowsEachSetting) {
  Permissions a;
  a.timing = TimingPermissions{{1000}, {5}};
  Permissions b;
  b.timing = TimingPermissions{{500}, {10}};
  EXPECT_EQ(meet(a, b).timing, (TimingPermissions{{500}, {10}}));
}

TEST(Permissions, JoinThatWouldAllowACombinationOfNeitherIsNotExact) {
  Permissions a;
  a.file_system = FileSystemPermissions{.paths = PathList({{"/data"}}), .read = true};
  Permissions b;
  b.file_system = FileSystemPermissions{.paths = PathList({{"/tmp"}}), .read = true};
  EXPECT_TRUE(join_is_exact(a, b));
  b.file_system->write = true;
  EXPECT_FALSE(join_is_exact(a, b));
}

TEST(Permissions, OnlyAndWithoutSplitThemIntoTwo) {
  Permissions all = Permissions::unrestricted();
  for (Capability capability : kCapabilities) {
    EXPECT_TRUE(all.only(capability).has(capability));
    EXPECT_FALSE(all.without(capability).has(capability));
    EXPECT_EQ(join(all.only(capability), all.without(capability)), all);
  }
}

RC_GTEST_PROP(Permissions, MeetIsCommutativeAssociativeAndIdempotent,
              (const Permissions& a, const Permissions& b, const Permissions& c)) {
  RC_ASSERT(meet(a, b) == meet(b, a));
  RC_ASSERT(meet(a, meet(b, c)) == meet(meet(a, b), c));
  RC_ASSERT(meet(a, a) == a);
}

RC_GTEST_PROP(Permissions, MeetIsBelowBoth, (const Permissions& a, const Permissions& b)) {
  RC_ASSERT(leq(meet(a, b), a));
  RC_ASSERT(leq(meet(a, b), b));
}

RC_GTEST_PROP(Permissions, MeetIsTheGreatestBelowBoth,
              (const Permissions& a, const Permissions& b, const Permissions& c)) {
  Permissions below = meet(c, meet(a, b));
  RC_ASSERT(leq(below, meet(a, b)));
  RC_ASSERT(leq(a, b) == (meet(a, b) == a));
}

RC_GTEST_PROP(Permissions, JoinIsAboveBoth, (const Permissions& a, const Permissions& b)) {
  RC_ASSERT(leq(a, join(a, b)));
  RC_ASSERT(leq(b, join(a, b)));
  RC_ASSERT(join(a, b) == join(b, a));
}

RC_GTEST_PROP(Permissions, UnrestrictedAndNothingAreTheEnds, (const Permissions& a)) {
  RC_ASSERT(leq(a, Permissions::unrestricted()));
  RC_ASSERT(leq(Permissions{}, a));
  RC_ASSERT(meet(a, Permissions::unrestricted()) == a);
}

}  // namespace theater::permissions_test
