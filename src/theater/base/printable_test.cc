#include "theater/base/printable.h"

#include "theater/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace theater::printable_test {

TEST(Printable, KeepsTextAndShowsWhatATerminalWouldObey) {
  EXPECT_EQ(escape_control("caf\xc3\xa9\n\x1b[31m\x7f\xff"), "caf\xc3\xa9\\n\\x1b[31m\\x7f\\xff");
  EXPECT_EQ(escape_control("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(escape_control("a\xe2\x80\xa6 \xf0\x9f\x8e\xad"), "a\xe2\x80\xa6 \xf0\x9f\x8e\xad");
}

TEST(Printable, ShowsBidirectionalControlsAndSeparators) {
  for (uint32_t scalar : {0x85U, 0x61cU, 0x200eU, 0x200fU, 0x2028U, 0x2029U, 0x202aU, 0x202bU,
                          0x202cU, 0x202dU, 0x202eU, 0x2066U, 0x2067U, 0x2068U, 0x2069U}) {
    std::string text;
    utf8_append(text, scalar);
    char shown[8];
    snprintf(shown, sizeof shown, "\\u%04x", scalar);
    EXPECT_EQ(escape_control(text), shown);
    EXPECT_EQ(escape_control_in_lines(text), shown);
    EXPECT_EQ(escape_control_in_json(text), shown);
  }
}

TEST(Printable, KeepsTheNeighboursOfWhatItShows) {
  for (uint32_t scalar :
       {0xa0U, 0x61bU, 0x61dU, 0x200dU, 0x2010U, 0x2027U, 0x202fU, 0x2065U, 0x206aU}) {
    std::string text;
    utf8_append(text, scalar);
    EXPECT_EQ(escape_control(text), text);
  }
}

TEST(Printable, KeepsTheLinesOfWholeText) {
  EXPECT_EQ(escape_control_in_lines("a\n\tb\r\x1b\xff\n"), "a\n\tb\\x0d\\x1b\\xff\n");
}

TEST(Printable, WritesEscapesOfJsonIntoJson) {
  EXPECT_EQ(escape_control_in_json("{\n \"\xe2\x80\xae\x7f\xc2\x9b\"}"),
            "{\n \"\\u202e\\u007f\\u009b\"}");
}

}  // namespace theater::printable_test
