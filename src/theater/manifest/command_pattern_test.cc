#include "theater/manifest/command_pattern.h"

#include "theater/manifest/grant.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <rapidcheck.h>

namespace theater::command_pattern_test {

std::string parsed(std::string_view text) {
  Result<CommandPattern> pattern = CommandPattern::parse(text, "");
  return pattern ? pattern->text : pattern.error().message();
}

bool allows(std::string_view pattern, std::vector<std::string> words) {
  CommandList list({*CommandPattern::parse(pattern, "")});
  return list.allows(CommandPattern::of(words.front(), std::span(words).subspan(1)));
}

TEST(CommandPattern, RefusesWhatOnlyAShellUnderstands) {
  for (const char* text : {"", "  ", "echo $HOME", "a; b", "a | b", "a && b", "ls *.txt", "* ls",
                           "a * b", "echo 'open", "echo \"open", "echo \\", "echo `id`", "a > b",
                           "bin/tool", "./tool", "'' x", "a\tb"}) {
    EXPECT_FALSE(CommandPattern::parse(text, "")) << text;
  }
  EXPECT_EQ(parsed("echo $HOME"),
            "`echo $HOME`: there is no shell, so `$` has to be quoted; a star alone may stand for "
            "further arguments as the last word");
  EXPECT_FALSE(CommandPattern::parse(std::string(5000, 'a'), ""));
}

TEST(CommandPattern, WritesWordsInOneWay) {
  EXPECT_EQ(parsed("git   status"), "git status");
  EXPECT_EQ(parsed("'git' \"status\" "), "git status");
  EXPECT_EQ(parsed("sh -c 'echo $HOME; exit'"), "sh -c 'echo $HOME; exit'");
  EXPECT_EQ(parsed("sh -c \"echo \\\"a b\\\"\""), "sh -c 'echo \"a b\"'");
  EXPECT_EQ(parsed("echo a\\ b"), "echo 'a b'");
  EXPECT_EQ(parsed("echo '*'"), "echo '*'");
  EXPECT_EQ(parsed("git log *"), "git log *");
  EXPECT_EQ(parsed("*"), "*");
}

TEST(CommandPattern, AllowsTheCommandAloneOrWithFurtherArguments) {
  EXPECT_TRUE(allows("git status", {"git", "status"}));
  EXPECT_FALSE(allows("git status", {"git"}));
  EXPECT_FALSE(allows("git status", {"git", "status", "-s"}));
  EXPECT_FALSE(allows("git status", {"git status"}));
  EXPECT_TRUE(allows("git log *", {"git", "log"}));
  EXPECT_TRUE(allows("git log *", {"git", "log", "-n", "1 2"}));
  EXPECT_FALSE(allows("git log *", {"git", "logs"}));
  EXPECT_FALSE(allows("git log *", {"git", "log x"}));
  EXPECT_TRUE(allows("git *", {"git"}));
  EXPECT_FALSE(allows("git *", {"gitk"}));
  EXPECT_FALSE(allows("ls '*'", {"ls", "-l"}));
  EXPECT_TRUE(allows("ls '*'", {"ls", "*"}));
  EXPECT_TRUE(allows("*", {"rm", "-rf", "/"}));
}

TEST(CommandPattern, ReadsTheWordsOfACommandLine) {
  EXPECT_EQ(*command_words("cargo build --name 'a b'"),
            (std::vector<std::string>{"cargo", "build", "--name", "a b"}));
  EXPECT_EQ(*command_words("echo ''"), (std::vector<std::string>{"echo", ""}));
  EXPECT_FALSE(command_words("ls *"));
  EXPECT_FALSE(command_words(" "));
}

CommandPattern any_pattern() {
  const std::vector<std::string> words{"a", "b", "a b", "*", "it's", "", "\\", " "};
  std::vector<std::string> chosen(1, *rc::gen::elementOf(std::vector<std::string>{"a", "b", "'"}));
  for (int left = *rc::gen::inRange(0, 4); left > 0; --left)
    chosen.push_back(*rc::gen::elementOf(words));
  CommandPattern pattern = CommandPattern::of(chosen.front(), std::span(chosen).subspan(1));
  if (*rc::gen::arbitrary<bool>()) pattern.text += " *";
  return *rc::gen::inRange(0, 10) == 0 ? CommandPattern::everything() : pattern;
}

RC_GTEST_PROP(CommandPatternProperty, IsReadBackAndKnowsWhatIsWider, ()) {
  CommandPattern a = any_pattern();
  CommandPattern b = any_pattern();
  RC_ASSERT(*CommandPattern::parse(a.text, "") == a);
  std::vector<CommandPattern> above = b.wider();
  bool listed = std::find(above.begin(), above.end(), a) != above.end();
  RC_ASSERT(listed == (a != b && a.covers(b)));
  if (a.covers(b) && b.covers(a)) RC_ASSERT(a == b);
}

}  // namespace theater::command_pattern_test
