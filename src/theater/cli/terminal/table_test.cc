#include "theater/cli/terminal/table.h"

#include <gtest/gtest.h>

namespace theater::cli::table_test {

using Kind = Column::Kind;

Table sample() {
  Table table({{"ID"}, {"NAME", Kind::kShrinkingText}, {"N", Kind::kNumber}, {"LAST"}});
  table.add({{"a1"}, {"a-rather-long-name"}, {"12"}, {"x"}});
  table.add({{"b2"}, {"é"}, {"3"}, {"yy"}});
  return table;
}

TEST(Table, AlignsColumns) {
  EXPECT_EQ(sample().text({}),
            "ID  NAME                 N  LAST\n"
            "a1  a-rather-long-name  12  x\n"
            "b2  é                    3  yy\n");
}

TEST(Table, ShrinksToTheTerminal) {
  EXPECT_EQ(sample().text({.is_terminal = true, .columns = 24}),
            "ID  NAME         N  LAST\n"
            "a1  a-rather-…  12  x\n"
            "b2  é            3  yy\n");
}

TEST(Table, CutsLinesThatFitNoLonger) {
  for (size_t columns = 1; columns < 40; ++columns) {
    std::string text = sample().text({.is_terminal = true, .columns = columns});
    for (size_t begin = 0; begin < text.size();) {
      size_t end = text.find('\n', begin);
      EXPECT_LE(text_width(text.substr(begin, end - begin)), columns);
      begin = end + 1;
    }
  }
}

TEST(Table, EscapesEveryCell) {
  Table table({{"A"}});
  table.add({{"x\x1b]52;c;\x07\ny"}});
  EXPECT_EQ(table.text({}), "A\nx\\x1b]52;c;\\x07\\ny\n");
}

TEST(Table, HasColoursOnlyWhereTheScreenHas) {
  Table table({{"A"}});
  table.add({{"x", "31"}});
  EXPECT_EQ(table.text({.has_colours = false}), "A\nx\n");
  EXPECT_EQ(table.text({.is_terminal = true, .has_colours = true}),
            "\x1b[1mA\x1b[0m\n\x1b[31mx\x1b[0m\n");
}

TEST(Table, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to_width("äöü", 3), "äöü");
  EXPECT_EQ(cut_to_width("äöü", 2), "ä…");
  EXPECT_EQ(cut_to_width("äöü", 1), "…");
  EXPECT_EQ(cut_to_width("äöü", 0), "");
}

TEST(Screen, ShowsBytesAsTheyAreToProgramsAndPrintableOnATerminal) {
  Bytes bytes = to_bytes(std::string_view("a\x1b[2J\nb\0", 8));
  EXPECT_EQ(bytes_for({}, bytes), as_text(bytes));
  EXPECT_EQ(bytes_for({.is_terminal = true}, bytes), "a\\x1b[2J\nb\\x00\n");
}

}  // namespace theater::cli::table_test
