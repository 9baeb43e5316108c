#include "theater/manifest/budget.h"

#include "theater/manifest/manifest.h"
#include "theater/manifest/policy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::budget_test {

using ::testing::HasSubstr;

constexpr const char* kBudget =
    "[budget]\ncpu_ms = \"10m\"\nmessages = 1000\ndescendants = 5\n"
    "[budget.host_calls]\nhttp-client = 7\n\"acme:tools/oracle\" = 0\n";

Result<Manifest> manifest_with(std::string_view rest) {
  return parse_manifest(fmt::format("name = \"a\"\ncomponent = \"a.wasm\"\n{}", rest), "a.toml",
                        "/");
}

TEST(ManifestBudget, IsReadFromAManifestAndFromAPolicy) {
  ManifestBudget expected{
      600'000, 1000, 5, {{"acme:tools/oracle", 0}, {"theater:simple/http-client", 7}}};
  auto manifest = manifest_with(kBudget);
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->budget, expected);
  auto policy = Policy::parse(kBudget, "p.toml", "/");
  ASSERT_TRUE(policy) << policy.error().message();
  EXPECT_EQ(policy->root_budget(), expected);
  EXPECT_TRUE(manifest_with("")->budget.empty());
  EXPECT_TRUE(Policy::default_policy().root_budget().empty());
}

TEST(ManifestBudget, ComplainsOfWhatItCannotRead) {
  auto manifest = manifest_with(
      "[budget]\nmesages = 1\ncpu_ms = -1\n[budget.host_calls]\nstore = \"many\"\n"
      "\"theater:simple/random\" = 1\nrandom = 2\n");
  ASSERT_FALSE(manifest);
  std::string text = manifest.error().message();
  EXPECT_THAT(text, HasSubstr("a.toml:4:1: unknown key `mesages` in [budget]; did you mean "
                              "`messages`?"));
  EXPECT_THAT(text, HasSubstr("a.toml:5:10: `cpu_ms` in [budget]: -1 is out of range"));
  EXPECT_THAT(text, HasSubstr("a.toml:7:9: `store` in [budget.host_calls]"));
  EXPECT_THAT(text, HasSubstr("this interface is named twice"));
}

TEST(ManifestBudget, MeetsAreTheSmallerOfBoth) {
  ManifestBudget a{.cpu_ms = 5, .messages = 10, .host_calls = {{"x:y/a", 1}, {"x:y/b", 9}}};
  ManifestBudget b{.messages = 3, .descendants = 2, .host_calls = {{"x:y/b", 4}, {"x:y/c", 0}}};
  ManifestBudget met{5, 3, 2, {{"x:y/a", 1}, {"x:y/b", 4}, {"x:y/c", 0}}};
  EXPECT_EQ(meet(a, b), met);
  EXPECT_EQ(meet(b, a), met);
  EXPECT_EQ(meet(a, {}), a);
}

}  // namespace theater::budget_test
