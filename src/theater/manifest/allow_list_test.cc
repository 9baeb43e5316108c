#include "theater/manifest/allow_list.h"

#include "theater/manifest/testing/permission_generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace theater::allow_list_test {

PathPattern path(std::string_view text) {
  return *PathPattern::parse(text, "/base");
}
HostPattern host(std::string_view text) {
  return *HostPattern::parse(text, "");
}

TEST(PathPattern, HoldsByComponents) {
  EXPECT_TRUE(path("/data").covers(path("/data/x")));
  EXPECT_TRUE(path("/data").covers(path("/data")));
  EXPECT_FALSE(path("/data").covers(path("/database")));
  EXPECT_FALSE(path("/data/x").covers(path("/data")));
  EXPECT_TRUE(path("/").covers(path("/data")));
}

TEST(PathPattern, IsNormalised) {
  EXPECT_EQ(path("/a//b/./c/../d/").text, "/a/b/d");
  EXPECT_EQ(path("/../..").text, "/");
  EXPECT_EQ(path("data/x").text, "/base/data/x");
  EXPECT_EQ(path("../x").text, "/x");
  EXPECT_EQ(path("*").text, "/");
}

TEST(PathPattern, TakesAnEmptyFolderForTheCurrentOne) {
  EXPECT_EQ(PathPattern::parse("x", "")->text,
            (std::filesystem::current_path() / "x").lexically_normal().string());
}

TEST(PathPattern, RefusesWhatCannotBeAPath) {
  EXPECT_FALSE(PathPattern::parse("", "/"));
  EXPECT_FALSE(PathPattern::parse(std::string_view("a\0b", 3), "/"));
  EXPECT_FALSE(PathPattern::parse(std::string(5000, 'a'), "/"));
}

TEST(HostPattern, SuffixHoldsWhatIsBelowIt) {
  EXPECT_TRUE(host("*.example.org").covers(host("api.example.org")));
  EXPECT_TRUE(host("*.example.org").covers(host("a.b.example.org")));
  EXPECT_TRUE(host("*.example.org").covers(host("*.b.example.org")));
  EXPECT_FALSE(host("*.example.org").covers(host("example.org")));
  EXPECT_FALSE(host("*.example.org").covers(host("notexample.org")));
  EXPECT_FALSE(host("*.b.example.org").covers(host("*.example.org")));
  EXPECT_FALSE(host("*.example.org").covers(host("*")));
}

TEST(HostPattern, PortNarrows) {
  EXPECT_TRUE(host("a.org").covers(host("a.org:443")));
  EXPECT_FALSE(host("a.org:443").covers(host("a.org")));
  EXPECT_EQ(host("*:443").intersect(host("*.org"))->to_string(), "*.org:443");
  EXPECT_EQ(host("a.org:80").intersect(host("a.org:443")), std::nullopt);
}

TEST(HostPattern, IsLowerCaseAndTakesAddresses) {
  EXPECT_EQ(host("API.Example.ORG:8443").to_string(), "api.example.org:8443");
  EXPECT_EQ(host("[::1]:80").port, 80);
  EXPECT_EQ(host("[::1]").port, 0);
  EXPECT_EQ(host("127.0.0.1").to_string(), "127.0.0.1");
}

TEST(HostPattern, RefusesWhatIsNoHost) {
  for (const char* text :
       {"", ":80", "a.org:", "a.org:0", "a.org:65536", "a.org:8x", "a..b", ".a", "a.", "*a.org",
        "*.", "a b", "http://a.org", "a.org/x", "[]", "::1", "*.*"}) {
    EXPECT_FALSE(HostPattern::parse(text, "")) << text;
  }
}

TEST(NamePattern, TakesAStarOnlyAlone) {
  EXPECT_TRUE(NamePattern::parse("*", ""));
  EXPECT_FALSE(NamePattern::parse("git*", ""));
  EXPECT_FALSE(NamePattern::parse("", ""));
}

TEST(NamePattern, RefusesWhatATerminalWouldTakeAsACommand) {
  EXPECT_FALSE(NamePattern::parse("git\x1b[2J", ""));
  EXPECT_FALSE(PathPattern::parse("/a\nb", ""));
}

TEST(AllowList, AllowsNothingByDefault) {
  EXPECT_FALSE(NameList().allows({"x"}));
  EXPECT_TRUE(NameList::unrestricted().allows({"x"}));
}

TEST(AllowList, UnrestrictedMetWithAListIsTheList) {
  NameList list({{"GET"}, {"PUT"}});
  EXPECT_EQ(meet(NameList::unrestricted(), list), list);
}

TEST(AllowList, DropsWhatIsCovered) {
  EXPECT_EQ(PathList({path("/a/b"), path("/a"), path("/c")}), PathList({path("/c"), path("/a")}));
}

TEST(AllowList, NamesWhatIsMissing) {
  EXPECT_EQ(missing(NameList({{"a"}, {"b"}}), NameList({{"b"}})), NameList({{"a"}}));
}

template <class Pattern>
void check_widening(const AllowList<Pattern>& list, const Pattern& asked) {
  bool covered = std::any_of(list.patterns().begin(), list.patterns().end(),
                             [&](const Pattern& pattern) { return pattern.covers(asked); });
  RC_ASSERT(list.allows(asked) == covered);
}

RC_GTEST_PROP(AllowList, AllowsExactlyWhatAPatternCovers, ()) {
  check_widening(*rc::gen::arbitrary<PathList>(), *rc::gen::arbitrary<PathPattern>());
  check_widening(*rc::gen::arbitrary<HostList>(), *rc::gen::arbitrary<HostPattern>());
  check_widening(*rc::gen::arbitrary<NameList>(), *rc::gen::arbitrary<NamePattern>());
}

RC_GTEST_PROP(AllowList, MeetAllowsWhatBothDoAndJoinWhatEitherDoes,
              (const HostList& a, const HostList& b, const HostPattern& asked)) {
  RC_ASSERT(meet(a, b).allows(asked) == (a.allows(asked) && b.allows(asked)));
  RC_ASSERT(join(a, b).allows(asked) == (a.allows(asked) || b.allows(asked)));
}

RC_GTEST_PROP(AllowList, PatternsAreReadBackFromTheirPrint,
              (const HostPattern& h, const PathPattern& p)) {
  RC_ASSERT(*HostPattern::parse(h.to_string(), "") == h);
  RC_ASSERT(*PathPattern::parse(p.to_string(), "/x") == p);
}

}  // namespace theater::allow_list_test
