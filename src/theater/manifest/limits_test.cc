#include "theater/manifest/limits.h"

#include "theater/base/testing/source_tree.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/policy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <sstream>
#include <string>

namespace theater::limits_test {

// As people read it: "64 MiB" for 64MiB.
std::string spaced(uint64_t value, Unit unit) {
  std::string text = format_quantity(value, unit);
  for (size_t i = 1; i < text.size(); ++i) {
    if (std::isalpha(static_cast<unsigned char>(text[i])) != 0) return text.insert(i, " ");
  }
  return text;
}

std::string_view type_of(Unit unit) {
  switch (unit) {
    case Unit::kBytes:
      return "size";
    case Unit::kMilliseconds:
      return "duration";
    case Unit::kCount:
      break;
  }
  return "number";
}

TEST(Limits, AreThoseOfTheManifestPage) {
  std::string table =
      "| Key | Type | Default | Least | Most | Of | At the limit |\n"
      "|---|---|---|---|---|---|---|\n";
  const ManifestLimits defaults;
  for (const LimitRow& row : limit_rows()) {
    table += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} |\n", row.key, type_of(row.unit),
                         spaced(defaults.*row.member, row.unit), spaced(row.least, row.unit),
                         spaced(row.most, row.unit), row.of, row.then);
  }
  std::ifstream file(source_path("docs/manifest.md"));
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_NE(page.str().find(table), std::string::npos)
      << "docs/manifest.md must have this table below [limits]:\n"
      << table;
}

TEST(Limits, HaveDefaultsWithinTheirBounds) {
  const ManifestLimits defaults;
  size_t members = sizeof(ManifestLimits) / sizeof(uint64_t);
  EXPECT_EQ(limit_rows().size(), members);
  for (const LimitRow& row : limit_rows()) {
    EXPECT_LE(row.least, defaults.*row.member) << row.key;
    EXPECT_LE(defaults.*row.member, row.most) << row.key;
  }
}

TEST(Limits, EachIsReadWithinItsBoundsOnly) {
  auto parsed = [](const LimitRow& row, uint64_t value) {
    return parse_manifest(
        fmt::format("name = \"a\"\ncomponent = \"a.wasm\"\n[limits]\n{} = {}\n", row.key, value),
        "a.toml", "/");
  };
  for (const LimitRow& row : limit_rows()) {
    auto most = parsed(row, row.most);
    ASSERT_TRUE(most) << most.error().message();
    ManifestLimits expected;
    expected.*row.member = row.most;
    EXPECT_EQ(most->limits, expected) << row.key;
    auto beyond = parsed(row, row.most + 1);
    ASSERT_FALSE(beyond) << row.key;
    EXPECT_NE(beyond.error().message().find("out of range"), std::string::npos)
        << beyond.error().message();
    if (row.least == 0) continue;
    EXPECT_FALSE(parsed(row, row.least - 1)) << row.key;
  }
}

TEST(Limits, OfTheOperatorHoldForEveryActor) {
  auto policy = Policy::parse("[limits]\nmemory_bytes = \"1MiB\"\nchildren = 7\n", "p.toml", "/");
  ASSERT_TRUE(policy) << policy.error().message();
  ManifestLimits asked;
  asked.memory_bytes = 64 << 10;
  asked.children = 100;
  ManifestLimits held = meet(asked, policy->limits());
  EXPECT_EQ(held.memory_bytes, uint64_t{64} << 10);
  EXPECT_EQ(held.children, 7u);
  EXPECT_EQ(held.call_cpu_ms, asked.call_cpu_ms);
  EXPECT_EQ(meet(asked, Policy::default_policy().limits()), asked);
  auto wrong = Policy::parse("[limits]\nchildrn = 7\n", "p.toml", "/");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("did you mean `children`?"), std::string::npos)
      << wrong.error().message();
}

}  // namespace theater::limits_test
