#include "theater/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace theater::log_test {

using ::testing::EndsWith;

std::string guest_line(std::string_view text, LogFormat format = LogFormat::kHuman) {
  return log_text(
      log_entry(LogLane::kGuests, LogLevel::kInfo, {.actor = "agent", .part = {}}, text), format);
}

TEST(LogEntry, KeepsAGuestInItsOwnLine) {
  EXPECT_EQ(guest_line("one\n<3>[recovery] two\r\x1b[2J"),
            "agent: one\\n<3>[recovery] two\\x0d\\x1b[2J");
}

TEST(LogEntry, KeepsAGuestInItsFieldOfJson) {
  std::string line = guest_line("\",\"part\":\"recovery\"}\n", LogFormat::kJson);
  EXPECT_EQ(line, R"("actor":"agent","message":"\",\"part\":\"recovery\"}\\n")");
}

TEST(LogEntry, CutsALineThatIsTooLong) {
  std::string line = guest_line(std::string(kGuestTextMax + 1, 'x'));
  EXPECT_THAT(line, EndsWith("x [cut after 65536 of 65537 bytes]"));
  EXPECT_LT(line.size(), kGuestTextMax + 100);
  // The node says what it has to.
  std::string own = log_entry(LogLane::kNode, LogLevel::kInfo, {.actor = {}, .part = "log"},
                              std::string(kGuestTextMax + 1, 'x'))
                        .text;
  EXPECT_EQ(own.find("cut"), std::string::npos);
}

}  // namespace theater::log_test
