#include "theater/manifest/substitution.h"

#include <gtest/gtest.h>

namespace theater::substitution_test {

std::optional<std::string> context(std::string_view path) {
  if (path == "model.name") return "a <b> & \"c\"";
  if (path == "nested") return "{{model.name}}";
  return std::nullopt;
}

TEST(Substitution, FillsInAPathAsItIs) {
  EXPECT_EQ(*substitute("x-{{model.name}}-{{ model.name }}", context),
            "x-a <b> & \"c\"-a <b> & \"c\"");
}

TEST(Substitution, UsesTheDefaultOnlyWithoutAValue) {
  EXPECT_EQ(*substitute("{{default model.size \"big \\\"one\\\"\"}}", context), "big \"one\"");
  EXPECT_EQ(*substitute("{{default nested \"x\"}}", context), "{{model.name}}");
}

TEST(Substitution, DoesNotScanWhatItFilledIn) {
  EXPECT_EQ(*substitute("{{nested}}", context), "{{model.name}}");
}

TEST(Substitution, TakesAContextKeyNamedDefault) {
  EXPECT_EQ(*substitute("{{default}}",
                        [](std::string_view path) { return std::optional<std::string>(path); }),
            "default");
}

TEST(Substitution, LeavesEscapedAndSingleBracesAlone) {
  EXPECT_EQ(*substitute("\\{{model.name}} {x} }}", context), "{{model.name}} {x} }}");
}

TEST(Substitution, NamesAPathWithoutValue) {
  EXPECT_EQ(substitute("{{a.b}}", context).error().message(),
            "the context has no value for {{a.b}}; give one, or write {{default a.b \"…\"}}");
  EXPECT_FALSE(substitute("{{a.b}}", {}));
}

TEST(Substitution, RefusesMalformedPlaceholders) {
  for (const char* text : {"{{", "{{}}", "{{a b}}", "{{a", "{{default a}}", "{{default a \"x}}",
                           "{{default a 'x'}}", "{{#if a}}", "{{{a}}}"}) {
    EXPECT_FALSE(substitute(text, [](std::string_view) { return std::optional<std::string>("v"); }))
        << text;
  }
}

TEST(Substitution, BoundsTheResult) {
  auto large = [](std::string_view) {
    return std::optional<std::string>(std::string(kSubstitutedSizeMax / 2 + 1, 'x'));
  };
  EXPECT_TRUE(substitute("{{a}}", large));
  EXPECT_FALSE(substitute("{{a}}{{a}}", large));
}

}  // namespace theater::substitution_test
