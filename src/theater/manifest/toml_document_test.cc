#include "theater/manifest/toml_document.h"

#include <gtest/gtest.h>

namespace theater::toml_document_test {

std::string complaint_of(std::string_view text) {
  Diagnostics diagnostics("t.toml");
  parse_toml(text, diagnostics);
  return diagnostics.empty() ? "" : diagnostics.to_error().message();
}

TEST(TomlDocument, KnowsThePlacesOfKeysAndValues) {
  Diagnostics diagnostics("t.toml");
  TomlTable table = parse_toml("a = 1\n[b]\n  c = \"x\"\n", diagnostics);
  ASSERT_TRUE(diagnostics.empty());
  const TomlEntry* b = table.find("b");
  ASSERT_NE(b, nullptr);
  const TomlEntry* c = std::get<TomlTable>(b->value.value).find("c");
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->key_position.line, 3u);
  EXPECT_EQ(c->key_position.column, 3u);
  EXPECT_EQ(c->value.position.column, 7u);
  EXPECT_EQ(c->value.type_name(), "a string");
}

TEST(TomlDocument, NamesEveryType) {
  Diagnostics diagnostics("t.toml");
  TomlTable table =
      parse_toml("a=1\nb=1.5\nc=true\nd=1979-05-27\ne=[]\nf={}\ng='x'\n", diagnostics);
  std::vector<std::string> names;
  for (const TomlEntry& entry : table.entries)
    names.emplace_back(entry.value.type_name());
  EXPECT_EQ(names, (std::vector<std::string>{"an integer", "a number with a fraction", "a boolean",
                                             "a date", "an array", "a table", "a string"}));
}

TEST(TomlDocument, LocatesASyntaxError) {
  EXPECT_EQ(complaint_of("a = 1\nb = = 2\n").substr(0, 11), "t.toml:2:5:");
}

TEST(TomlDocument, RefusesATableHeaderThatStartsWithNoKey) {
  EXPECT_EQ(complaint_of("[)a]\n").substr(0, 9), "t.toml:1:");
  EXPECT_EQ(complaint_of("a = 1\n[[\n").substr(0, 9), "t.toml:2:");
}

TEST(TomlDocument, RefusesLettersOutsideOfAsciiInBareKeysButNotInStrings) {
  EXPECT_EQ(complaint_of("\u00e9 = 1\n").substr(0, 9), "t.toml:1:");
  EXPECT_EQ(complaint_of("a \ufee2 = 1\n").substr(0, 9), "t.toml:1:");
  EXPECT_EQ(complaint_of("\"\u00e9\" = \"\"\"\\\n \ufee2\"\"\"\n"), "");
}

TEST(TomlDocument, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(complaint_of("a = 1\nb = \"\xff\"\n"), "t.toml:2:6: this is not UTF-8 text");
}

TEST(TomlDocument, RefusesTextPastItsBound) {
  EXPECT_NE(complaint_of(std::string(kTomlSizeMax + 1, '#')), "");
  EXPECT_EQ(complaint_of(std::string(kTomlSizeMax, '#')), "");
}

TEST(TomlDocument, RefusesTablesNestedByDotsPastItsBound) {
  std::string deep = "a";
  for (size_t i = 0; i < 100'000; ++i)
    deep += ".a";
  EXPECT_NE(complaint_of(deep + " = 1").find("nest too deep"), std::string::npos);
}

TEST(TomlDocument, RefusesDeeplyNestedValues) {
  EXPECT_NE(complaint_of("a = " + std::string(100'000, '[')), "");
}

TEST(TomlDocument, DoesNotCountDotsInStringsAndComments) {
  std::string dots(kTomlDotsMax + 1, '.');
  EXPECT_EQ(complaint_of("a = \"" + dots + "\\\"" + dots + "\"\n"), "");
  EXPECT_EQ(complaint_of("a = '" + dots + "\\'\n"), "");
  EXPECT_EQ(complaint_of("a = \"\"\"" + dots + "\n\"\"" + dots + "\"\"\"\n"), "");
  EXPECT_EQ(complaint_of("a = '''" + dots + "'''\n# " + dots), "");
}

TEST(TomlDocument, RewritesStringsAtEveryDepthButNoKeys) {
  Diagnostics diagnostics("t.toml");
  TomlTable table = parse_toml("x = ['x', {x = 'x'}]\ny = 1\n", diagnostics);
  rewrite_strings(table, diagnostics,
                  [](const std::string& text) -> Result<std::string> { return text + "!"; });
  const auto& array = std::get<TomlArray>(table.find("x")->value.value);
  EXPECT_EQ(std::get<std::string>(array[0].value), "x!");
  const TomlEntry* inner = std::get<TomlTable>(array[1].value).find("x");
  ASSERT_NE(inner, nullptr);
  EXPECT_EQ(std::get<std::string>(inner->value.value), "x!");
}

TEST(Diagnostics, ShowsControlCharactersAndCutsLongMessages) {
  Diagnostics diagnostics("t.toml");
  diagnostics.add({}, "key `\x1b[2J\n`");
  EXPECT_EQ(diagnostics.to_error().message(), "t.toml:1:1: key `\\x1b[2J\\x0a`");
  Diagnostics longer("t.toml");
  std::string letters;
  for (int i = 0; i < 1000; ++i)
    letters += "é";
  longer.add({}, letters);
  std::string text = longer.to_error().message();
  EXPECT_LT(text.size(), Diagnostics::kMessageSizeMax + 100);
  EXPECT_TRUE(text.ends_with("é…")) << text;
}

TEST(Diagnostics, KeepsTwentyAndCountsTheRest) {
  Diagnostics diagnostics("t.toml");
  for (uint32_t i = 0; i < 23; ++i)
    diagnostics.add({100 - i, 1}, "wrong");
  std::string text = diagnostics.to_error().message();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_TRUE(text.starts_with("t.toml:81:1: wrong\n")) << text;
  EXPECT_TRUE(text.ends_with("\nand 3 more")) << text;
}

}  // namespace theater::toml_document_test
