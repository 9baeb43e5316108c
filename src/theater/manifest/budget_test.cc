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
    "log_bytes = \"1MiB\"\nstore_bytes = \"8GiB\"\nfiles_bytes = 0\n"
    "[budget.host_calls]\nhttp-client = 7\n\"acme:tools/oracle\" = 0\n";

Result<Manifest> manifest_with(std::string_view rest) {
  return parse_manifest(fmt::format("name = \"a\"\ncomponent = \"a.wasm\"\n{}", rest), "a.toml",
                        "/");
}

TEST(ManifestBudget, IsReadFromAManifestAndFromAPolicy) {
  ManifestBudget expected{
      600'000, 1000, 5, {{"acme:tools/oracle", 0}, {"theater:simple/http-client", 7}}};
  expected.log_bytes = uint64_t{1} << 20;
  expected.store_bytes = uint64_t{8} << 30;
  expected.files_bytes = 0;
  auto manifest = manifest_with(kBudget);
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->budget, expected);
  auto policy = Policy::parse(kBudget, "p.toml", "/");
  ASSERT_TRUE(policy) << policy.error().message();
  EXPECT_EQ(policy->root_budget(), expected);
  EXPECT_TRUE(manifest_with("")->budget.empty());
}

// What stays on disk has a bound unless the operator chooses another.
TEST(ManifestBudget, OfARootBoundsStoresAndFilesByDefault) {
  ManifestBudget expected;
  expected.store_bytes = uint64_t{1} << 30;
  expected.files_bytes = uint64_t{4} << 30;
  EXPECT_EQ(Policy::default_policy().root_budget(), expected);
  auto policy = Policy::parse("[budget]\nstore_bytes = \"2GiB\"\nmessages = 1\n", "p.toml", "/");
  ASSERT_TRUE(policy) << policy.error().message();
  expected.store_bytes = uint64_t{2} << 30;
  expected.messages = 1;
  EXPECT_EQ(policy->root_budget(), expected);
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
  ManifestBudget more{.log_bytes = 7, .store_bytes = 8};
  ManifestBudget less{.log_bytes = 9, .store_bytes = 1, .files_bytes = 2};
  EXPECT_EQ(meet(more, less), (ManifestBudget{.log_bytes = 7, .store_bytes = 1, .files_bytes = 2}));
}

}  // namespace theater::budget_test
